/* SPDX-License-Identifier: BSD-2-Clause */
/* The notes, read as who gets them does: by <elf.h> and <sys/procfs.h>. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <criterion/criterion.h>
#include <xen/elfnote.h>
#undef PAGE_SHIFT /* <sys/user.h>'s */
#undef PAGE_SIZE
#undef PAGE_MASK

#include <hv/frame.h>
#include <hv/kexec.h>

#include "host.h"
#include "world.h"

/* The n-th note of an area: its header; *name and *desc. NULL: there are not so many. */
static const Elf64_Nhdr *note(struct kexec_area a, unsigned n, const char **name, const void **desc)
{
    const char *p = (const char *)arch_frame_ptr(paddr_mfn(PADDR(a.start))) + a.start % PAGE_SIZE,
               *end = p + a.size;

    for (; p < end; n--) {
        const Elf64_Nhdr *h = (const void *)p;
        *name = p + sizeof(*h);
        *desc = *name + ROUND_UP(h->n_namesz, 4);
        p = (const char *)*desc + ROUND_UP(h->n_descsz, 4);
        cr_assert_leq(p, end);
        if (!n)
            return h;
    }
    return NULL;
}

Test(notes, of_each_cpu)
{
    uint64_t regs[KEXEC_REGS];
    const uint64_t cr[4] = {0xc0, 0xc2, 0xc3, 0xc4};
    const char *name;
    const void *desc;
    const Elf64_Nhdr *h;

    world_start(3);
    kexec_init();
    dom0->shared_info->arch.pfn_to_mfn_frame_list_list = 0x1234;
    for (unsigned i = 0; i < KEXEC_REGS; i++)
        regs[i] = 0x100 + i;
    for (unsigned cpu = 0; cpu < 3; cpu++, regs[16]++) {
        const struct kexec_area a = kexec_note_area(cpu);
        kexec_note(cpu, regs, cr);
        cr_expect_leq(a.start % PAGE_SIZE + a.size, PAGE_SIZE, "no note crosses a page");
        h = note(a, 0, &name, &desc);
        cr_expect(h->n_type == NT_PRSTATUS && !strcmp(name, "CORE") && h->n_namesz == 5);
        cr_assert_eq(h->n_descsz, sizeof(struct elf_prstatus));
        struct elf_prstatus s;
        memcpy(&s, desc, sizeof(s));
        cr_expect_eq(memcmp(s.pr_reg, regs, sizeof(s.pr_reg)), 0, "CPU %u", cpu);
        h = note(a, 1, &name, &desc);
        cr_expect(h->n_type == XEN_ELFNOTE_CRASH_REGS && !strcmp(name, "Xen") && h->n_namesz == 4);
        cr_expect(h->n_descsz == sizeof(cr) && !memcmp(desc, cr, sizeof(cr)));
        h = note(a, 2, &name, &desc);
        cr_expect_eq(!h, cpu != 0, "one has the machine's");
        cr_expect_null(note(a, 3, &name, &desc));
    }
    h = note(kexec_note_area(0), 2, &name, &desc);
    uint64_t info[10];
    cr_assert_eq(h->n_descsz, sizeof(info));
    memcpy(info, desc, sizeof(info));
    cr_expect(h->n_type == XEN_ELFNOTE_CRASH_INFO && !strcmp(name, "Xen") && info[0] == 4 &&
              info[1] == 17 && info[9] == 0x1234);
}

Test(notes, vmcoreinfo)
{
    const char *name;
    const void *desc;

    world_start(2);
    kexec_init();
    const Elf64_Nhdr *h = note(kexec_vmcoreinfo_area(), 0, &name, &desc);
    cr_expect(h->n_type == 0 && !strcmp(name, "VMCOREINFO_XEN"));
    cr_expect(!strncmp(desc, "PAGESIZE=4096\nOSRELEASE=4.17", 28), "%s", (const char *)desc);
    cr_expect_eq(h->n_descsz, strlen(desc));
    cr_expect_null(note(kexec_vmcoreinfo_area(), 1, &name, &desc));
}

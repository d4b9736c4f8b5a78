/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a crash image reads of us: ELF notes at addresses that the control domain was told.  A CPU's are CORE's PRSTATUS
 * (System V psABI; <sys/procfs.h>) and Xen's registers; CPU 0's has Xen's information, too (xen/elfnote.h).  A slot is so large
 * that none crosses a page.
 */
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/kexec.h>
#include <hv/lib.h>
#include <xen/elfnote.h>

#include "../hcall/version.h"

#define NT_PRSTATUS 1
#define SLOT        512u

struct note {
    uint32_t name_size, size, type;
} __attribute__((packed));

struct cpu_notes {
    struct note core;
    char core_name[8];
    struct {
        uint8_t signals[32];
        uint32_t pid;
        uint8_t times[76];
        uint64_t regs[KEXEC_REGS];
        uint64_t fpu; /* there is no note of it */
    } __attribute__((packed)) prstatus;
    struct note regs;
    char regs_name[4];
    uint64_t cr[4];
    struct note info;
    char info_name[4];
    /* version; addresses of texts, which are none; taint; where we are; the control domain's list of frames */
    uint64_t major, minor, texts[5], tainted, phys_start, frame_list_list;
} __attribute__((packed));
STATIC_CHECK(sizeof(((struct cpu_notes *)0)->prstatus) == 336, "struct elf_prstatus");
STATIC_CHECK(sizeof(struct cpu_notes) <= SLOT, "its slot");

static char *slots; /* one a CPU, and one more for VMCOREINFO */

static struct cpu_notes *notes_of(unsigned cpu)
{
    return (struct cpu_notes *)(slots + cpu * SLOT);
}

static struct kexec_area area(const void *p, uint64_t size)
{
    const uint64_t offset = (uint64_t)p & (PAGE_SIZE - 1);

    return (struct kexec_area){mfn_paddr(arch_ptr_mfn(p)).a + offset, size};
}

struct kexec_area kexec_note_area(unsigned cpu)
{
    return area(notes_of(cpu), cpu ? offsetof(struct cpu_notes, info) : sizeof(struct cpu_notes));
}

struct kexec_area kexec_vmcoreinfo_area(void)
{
    const struct note *n = (struct note *)(slots + arch_cpu_count() * SLOT);

    return area(n, sizeof(*n) + 16 + ROUND_UP(n->size, 4));
}

void kexec_note(unsigned cpu, const uint64_t regs[KEXEC_REGS], const uint64_t cr[4])
{
    struct cpu_notes *n = notes_of(cpu);

    memcpy(n->prstatus.regs, regs, sizeof(n->prstatus.regs));
    memcpy(n->cr, cr, sizeof(n->cr));
    if (dom0)
        notes_of(0)->frame_list_list = dom0->shared_info->arch.pfn_to_mfn_frame_list_list;
}

void kexec_init(void)
{
    static const struct cpu_notes empty = {
        .core = {5, sizeof(empty.prstatus), NT_PRSTATUS},
        .core_name = "CORE",
        .regs = {4, sizeof(empty.cr), XEN_ELFNOTE_CRASH_REGS},
        .regs_name = "Xen",
        .info = {4, sizeof(empty) - offsetof(struct cpu_notes, major), XEN_ELFNOTE_CRASH_INFO},
        .info_name = "Xen",
        .major = VERSION_MAJOR,
        .minor = VERSION_MINOR,
    };
    struct note *v;

    slots = hv_alloc_pages(order_for((arch_cpu_count() + 1) * SLOT));
    CHECK(slots); /* at boot */
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        memcpy(notes_of(cpu), &empty, sizeof(empty));
    v = (struct note *)(slots + arch_cpu_count() * SLOT);
    memcpy(v + 1, "VMCOREINFO_XEN", 15);
    v->name_size = 15;
    v->size = (uint32_t)hv_snprintf((char *)(v + 1) + 16, SLOT - sizeof(*v) - 16,
                                    "PAGESIZE=%lu\nOSRELEASE=%s\n", PAGE_SIZE, "4.17" EXTRAVERSION);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* See payload.h.  Compiled so that it runs at any address (test.mk), and calls nothing outside this file. */
#include "payload.h"

struct payload_expects payload_expects;
static char stack[4096] __attribute__((aligned(16), used));
extern const char payload_start[], payload_start32[], image_end[];

asm(".text\n"
    "payload_start: lea stack + 4096(%rip), %rsp\n"
    "call payload_main\n"
    ".code32\n"
    "payload_start32: mov $0x7000, %esp\n" /* free memory, as long as nothing else runs */
    "call 1f\n"
    "1: pop %esi\n"
    "mov %cr0, %eax\n"
    "lea text32 - 1b(%esi), %esi\n"
    "test %eax, %eax\n"
    "jns 2f\n"
    "add $text32_paging - text32, %esi\n"
    "2: lodsb\n"
    "test %al, %al\n"
    "jz 4f\n"
    "mov %al, %ah\n"
    "mov $0x3fd, %edx\n"
    "3: in %dx, %al\n"
    "test $0x20, %al\n"
    "jz 3b\n"
    "mov %ah, %al\n"
    "mov $0x3f8, %edx\n"
    "out %al, %dx\n"
    "jmp 2b\n"
    "4: mov $0xfe, %al\n"
    "out %al, $0x64\n"
    "5: hlt\n"
    "jmp 5b\n"
    "text32: .asciz \"\\noutcome: success (payload of 32 bits)\\n\"\n"
    "text32_paging: .asciz \"\\noutcome: failure (payload of 32 bits: paging is on)\\n\"\n"
    ".code64\n");
void payload_main(void);

long payload_range(int range, int nr, struct payload_area *out)
{
    struct xen_kexec_range r = {.range = range, .nr = nr};
    const long err = hc_kexec_op(KEXEC_CMD_kexec_get_range, &r);

    *out = (struct payload_area){r.start, r.size};
    return err;
}

long payload_load(uint8_t type, uint16_t arch, uint64_t to)
{
    const uint64_t start = FRONT_VIRT_BASE + 0x100000;
    struct xen_kexec_segment segments[2] = {
        {
            .buf.h.p = (void *)start,
            .buf_size = (uint64_t)image_end - start,
            .dest_maddr = to,
            .dest_size = (uint64_t)image_end - start,
        },
        {.dest_size = 1 << 20}, /* the first MiB, as kexec-tools has it mapped */
    };
    struct xen_kexec_load load = {
        .type = type,
        .arch = arch,
        .nr_segments = 2,
        .segments.h.p = segments,
        .entry_maddr = to - start + (uint64_t)(arch == EM_386 ? payload_start32 : payload_start),
    };

    return hc_kexec_op(KEXEC_CMD_kexec_load, &load);
}

static void outb(uint16_t port, uint8_t v)
{
    asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}
static uint8_t inb(uint16_t port)
{
    uint8_t v;
    asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static void text(const char *s)
{
    for (; *s; s++) {
        while (!(inb(0x3f8 + 5) & 0x20))
            ;
        outb(0x3f8, (uint8_t)*s);
    }
}
static bool failed;
static void expect(bool good, const char *what)
{
    failed |= !good;
    text(good ? "ok - payload: " : "not ok - payload: ");
    text(what);
    text("\n");
}

/* ---- ELF notes (System V gABI, figure 5-7) ---- */
struct note {
    uint32_t name_size, size, type;
    char name[];
};
#define PRSTATUS_SIZE 336 /* struct elf_prstatus (System V psABI, <sys/procfs.h>) */
#define PRSTATUS_RIP  (112 + 16 * 8)

static const char *desc_of(const struct note *n)
{
    return n->name + ((n->name_size + 3) & ~3u);
}
static bool is(const struct note *n, const char *name, uint32_t type, uint32_t size)
{
    uint32_t i = 0;

    while (i < n->name_size && n->name[i] == name[i] && name[i])
        i++;
    return i + 1 == n->name_size && !name[i] && n->type == type && (!size || n->size == size);
}
static const struct note *next(const struct note *n)
{
    return (const void *)(desc_of(n) + ((n->size + 3) & ~3u));
}

static void look_at_notes(const struct payload_expects *e)
{
    unsigned rips = 0;

    for (unsigned cpu = 0; cpu < 2 && e->cpu[cpu].at; cpu++) {
        const struct note *core = (const void *)e->cpu[cpu].at, *xen = next(core),
                          *info = next(xen);
        const uint64_t rip = *(const uint64_t *)(desc_of(core) + PRSTATUS_RIP);

        expect(is(core, "CORE", 1, PRSTATUS_SIZE), "a CPU's first note is its PRSTATUS");
        expect(rip != 0, "with an RIP");
        rips += rip >= e->rip && rip < e->rip_end;
        expect(is(xen, "Xen", XEN_ELFNOTE_CRASH_REGS, 32),
               "the second Xen's, of control registers");
        expect(*(const uint64_t *)desc_of(xen) & 1, "CR0 has PE");
        if (!cpu)
            expect(is(info, "Xen", XEN_ELFNOTE_CRASH_INFO, 80) &&
                       *(const uint64_t *)desc_of(info) == 4,
                   "the first CPU has the machine's, too");
        expect((uint64_t)(cpu ? info : next(info)) == e->cpu[cpu].at + e->cpu[cpu].size, "no more");
    }
    if (e->cpu[0].at)
        expect(rips == e->rips, "where they were");
    if (e->vmcoreinfo.at)
        expect(is((const void *)e->vmcoreinfo.at, "VMCOREINFO_XEN", 0, 0), "VMCOREINFO");
}

/* Maps the first 4 GiB one to one: what is mapped besides the image is nobody's promise (xen/kexec.h). */
static void map_all(void)
{
    static uint64_t l4[512] aligned_page, l3[512] aligned_page, l2[2048] aligned_page;

    for (uint64_t i = 0; i < 2048; i++)
        l2[i] = i << 21 | PTE_PS | PTE_W | PTE_P;
    for (unsigned i = 0; i < 4; i++)
        l3[i] = ((uint64_t)l2 + i * PAGE_SIZE) | PTE_W | PTE_P;
    l4[0] = (uint64_t)l3 | PTE_W | PTE_P;
    asm volatile("mov %0, %%cr3" : : "r"(l4) : "memory");
}

void payload_main(void)
{
    map_all();
    text("\n# the payload runs\n");
    look_at_notes(&payload_expects);
    text(failed ? "outcome: failure (payload)\n" : "outcome: success (payload)\n");
    outb(0x64, 0xfe);
    for (;;)
        asm volatile("cli; hlt");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attack: a process attacks its kernel and the hypervisor.  Privileged instructions are refused and
 * change nothing; ports open by IOPL 3 or by the kernel's bitmap alone; INT n reaches only gates of
 * DPL 3; interrupts and IOPL stay the hypervisor's whatever a return frame says; page tables cannot
 * be written; what the kernel keeps in its own memory for the hypervisor (port bitmap, LDT) is
 * found there although the process' page table does not map it.  Once: a process could not use the
 * ports it was given, INT 0x80 without a handler ended the domain, and FSGSBASE could not be taken
 * away (XSA-293).
 */
#include "attack.h"
#include "probe.h"
#include "program.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/physdev.h>

#define CR4_TSD      0x4ul
#define CR4_FSGSBASE 0x10000ul

/* Every instruction that only ring 0 may run. */
/* clang-format off */
#define REFUSED(X)                                                                                 \
    X(hlt, "hlt")                                                                                  \
    X(cli, "cli")                                                                                  \
    X(sti, "sti")                                                                                  \
    X(clts, "clts")                                                                                \
    X(wbinvd, "wbinvd")                                                                            \
    X(invd, "invd")                                                                                \
    X(invlpg, "invlpg (%rdi)")                                                                     \
    X(swapgs, "swapgs")                                                                            \
    X(rdmsr, "mov $0xc0000080, %ecx; rdmsr")                                                       \
    X(wrmsr, "mov $0xc0000100, %ecx; mov $0x12345000, %eax; xor %edx, %edx; wrmsr")                \
    X(xsetbv, "xor %ecx, %ecx; xor %edx, %edx; mov $3, %eax; xsetbv")                              \
    X(lgdt, "lgdt (%rdi)")                                                                         \
    X(lidt, "lidt (%rdi)")                                                                         \
    X(lldt, "lldt %ax")                                                                            \
    X(ltr, "ltr %ax")                                                                              \
    X(lmsw, "lmsw %ax")                                                                            \
    X(sysret, "mov %rsp, %rcx; sysretq")                                                           \
    X(read_cr0, "mov %cr0, %rax")                                                                  \
    X(read_cr3, "mov %cr3, %rax")                                                                  \
    X(read_cr4, "mov %cr4, %rax")                                                                  \
    X(write_cr0, "mov $8, %eax; mov %rax, %cr0")                                                   \
    X(write_cr3, "mov %rax, %cr3")                                                                 \
    X(write_cr4, "mov $4, %eax; mov %rax, %cr4")                                                   \
    X(read_dr, "mov %dr7, %rax")                                                                   \
    X(write_dr, "mov $1, %eax; mov %rax, %dr7")                                                    \
    X(in, "in $0x61, %al")                                                                         \
    X(out, "out %al, $0x80")                                                                       \
    X(in_dx, "mov $0x61, %edx; in %dx, %eax")                                                      \
    X(insb, "mov $0x61, %edx; insb")                                                               \
    X(outsb, "mov $0x80, %edx; mov %rdi, %rsi; outsb")                                             \
    X(cf8, "mov $0xcf8, %edx; mov $0x80000000, %eax; out %eax, %dx")
/* clang-format on */
#define DEFINE(name, text) PROGRAM(name, text)
REFUSED(DEFINE)
#define ROW(name, text) {#name, user_##name, user_##name##_end},
static const struct {
    const char *name, *start, *end;
} refused[] = {REFUSED(ROW)};

PROGRAM(sysenter, "sysenter")
PROGRAM(pushf, "pushf; pop %rax; int3")
PROGRAM(cli_sti, "cli; sti; int3")
PROGRAM(in_byte, "mov %edi, %edx; in %dx, %al; int3")
PROGRAM(in_word, "mov %edi, %edx; in %dx, %ax; int3")
PROGRAM(in_long, "mov %edi, %edx; in %dx, %eax; int3")
PROGRAM(ins_byte, "mov %edi, %edx; mov %rsp, %rdi; sub $8, %rdi; insb; int3")
PROGRAM(int20, "int $0x20")
PROGRAM(int80, "int $0x80")
PROGRAM(store, "mov %rax, (%rdi); int3")
PROGRAM(load_fs, "mov %edi, %fs; int3")
PROGRAM(rdfsbase, "rdfsbase %rax; int3")
PROGRAM(wrgsbase, "wrgsbase %rdi; int3")
PROGRAM(rdtsc, "rdtsc; int3")
PROGRAM(syscall32, "syscall")
PROGRAM(cs, "mov %cs, %eax; int3")

static void test_refused(void)
{
    uint64_t cr0 = 0, cr4 = 0, fs, cr0_after = 0, cr4_after = 0, fs_after;

    asm volatile("mov %%cr0, %0; mov %%cr4, %1" : "=r"(cr0), "=r"(cr4));
    probe_rdmsr(0xc0000100, &fs);
    for (unsigned i = 0; i < array_size(refused); i++) {
        struct regs r;

        user_code(refused[i].start, (size_t)(refused[i].end - refused[i].start));
        r = program_run(USER_DATA);
        /* UD: Xen's guest has no XSETBV before it sets CR4.OSXSAVE */
        check((r.vector == TRAP_GP && r.error == 0) ||
                  (refused[i].start == user_xsetbv && r.vector == TRAP_UD),
              "%s: #GP (vector %lu)", refused[i].name, r.vector);
    }
    asm volatile("mov %%cr0, %0; mov %%cr4, %1" : "=r"(cr0_after), "=r"(cr4_after));
    probe_rdmsr(0xc0000100, &fs_after);
    check(cr0 == cr0_after && cr4 == cr4_after && fs == fs_after, "and nothing has changed");
    check_eq(hc_get_debugreg(7), 0x400, "nor has dr7");
}

/* With NT set, an IRET on the way back would be to another task (XSA-44, XSA-339).  #UD: AMD's CPUs
 * have no SYSENTER in 64-bit code. */
static void test_sysenter(void)
{
    for (unsigned nt = 0; nt < 2; nt++) {
        struct regs in = user_regs(), r;

        LOAD(sysenter);
        in.rflags = 0x202 | nt << 14;
        r = user_run(&in);
        check((r.vector == TRAP_GP && r.error == 0) || r.vector == TRAP_UD,
              "sysenter, NT %u: refused (vector %lu)", nt, r.vector);
        check_eq((long)(r.rip - in.rip), 0, "sysenter, NT %u: at the instruction", nt);
        check_eq((long)(r.rflags & 0x4000), nt << 14, "sysenter, NT %u: the frame says so", nt);
    }
}

/* What the hardware has, which the frame does not show: PUSHF tells. */
static void expect_flags(uint64_t flags, unsigned mask, const char *what)
{
    struct regs in = user_regs(), r;

    in.rflags = flags;
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_BP, "%s: runs", what);
    check_eq((long)(r.rax & 0x3200), 0x200, "%s: interrupts are on and IOPL is 0", what);
    check_eq(r.saved_mask, mask, "%s: upcall mask", what);
}

static void test_flags(void)
{
    uint64_t flags;

    LOAD(pushf);
    expect_flags(0x202, 0, "plain return");
    expect_flags(0x002, 1, "return with IF clear");
    expect_flags(0x3202, 0, "return with IOPL 3");
    expect_flags(0x1f3002, 1, "return with IOPL, VM, AC, VIF and VIP");
    asm volatile("ud2_: call 1f; 1: pop %%rax; pushf; pop %0" : "=r"(flags) : : "rax", "memory");
    check_eq((long)(flags & 0x3200), 0x200, "the kernel, events masked: the same");
}

static void set_iopl(unsigned level)
{
    struct physdev_set_iopl op = {.iopl = level};

    check_eq(hc_physdev_op(PHYSDEVOP_set_iopl, &op), 0, "iopl %u", level);
}

static void test_iopl(void)
{
    static const unsigned works[] = {TRAP_GP, TRAP_GP, TRAP_GP, TRAP_BP};

    for (unsigned level = 0; level < 4; level++) {
        set_iopl(level);
        LOAD(in_byte);
        check_eq((long)program_run(0x61).vector, works[level], "in at IOPL %u", level);
        LOAD(ins_byte);
        check_eq((long)program_run(0x61).vector, works[level], "ins at IOPL %u", level);
        LOAD(cli_sti);
        check_eq((long)program_run(0).vector, works[level], "cli and sti at IOPL %u", level);
        check_eq((long)probe_insn("cli"), level ? 0 : (long)TRAP_FAULT(TRAP_GP, 0),
                 "the kernel's cli");
    }
    LOAD(pushf);
    expect_flags(0x202, 0, "at IOPL 3");
    set_iopl(0);
}

static uint8_t bitmap[8192 + 8]; /* all closed */

static void open_ports(unsigned first, unsigned count)
{
    memset(bitmap, 0xff, sizeof(bitmap));
    for (unsigned p = first; p < first + count; p++)
        bitmap[p / 8] &= (uint8_t) ~(1u << p % 8);
}

static void set_bitmap(void *map, unsigned ports)
{
    struct physdev_set_iobitmap op = {.nr_ports = ports};

    op.bitmap.p = map;
    check_eq(hc_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0, "bitmap of %u ports", ports);
}

/* The bitmap lies in kernel memory, which the process' page table does not map. */
static void test_bitmap(void)
{
    LOAD(in_byte);
    open_ports(0x61, 1);
    set_bitmap(bitmap, 65536);
    check_eq((long)program_run(0x61).vector, TRAP_BP, "the open port");
    check_eq((long)program_run(0x60).vector, TRAP_GP, "the port below");
    check_eq((long)program_run(0x62).vector, TRAP_GP, "the port above");
    LOAD(ins_byte);
    check_eq((long)program_run(0x61).vector, TRAP_BP, "ins from the open port");
    check_eq((long)program_run(0x62).vector, TRAP_GP, "ins from a closed one");
    LOAD(in_word);
    check_eq((long)program_run(0x61).vector, TRAP_GP, "a word half of which is closed");
    open_ports(0x46, 4);
    LOAD(in_long);
    check_eq((long)program_run(0x46).vector, TRAP_BP, "four open ports in two bytes");
    check_eq((long)program_run(0x45).vector, TRAP_GP, "four that begin with a closed one");
    check_eq((long)program_run(0x47).vector, TRAP_GP, "four that end with a closed one");
    set_bitmap(bitmap, 0x4a);
    check_eq((long)program_run(0x46).vector, TRAP_BP, "up to the last port of the bitmap");
    set_bitmap(bitmap, 0x49);
    check_eq((long)program_run(0x46).vector, TRAP_GP, "across its end");
    set_bitmap((void *)0x7f0000000000, 65536);
    check_eq((long)program_run(0x46).vector, TRAP_GP, "a bitmap in a hole");
    set_bitmap((void *)USER_DATA, 65536);
    memset(user_data, 0, PAGE_SIZE);
    set_bitmap(NULL, 0);
    check_eq((long)program_run(0x46).vector, TRAP_GP, "no bitmap");
}

/* QEMU 7.2's error code for INT n is that of INT 2n: both gates are the same here. */
static void gates(unsigned dpl)
{
    static struct trap_info t[40];
    unsigned n = 0;

    for (; trap_table[n].address; n++)
        t[n] = trap_table[n];
    for (unsigned i = 0; i < 2; i++)
        t[n + i] = (struct trap_info){.vector = (uint8_t)(0x20 << i),
                                      .flags = (uint8_t)dpl,
                                      .cs = FLAT_KERNEL_CS,
                                      .address = trap_table[n - 1].address};
    t[n + 2].address = 0;
    check_eq(hc_set_trap_table(t), 0, "gates of DPL %u", dpl);
}

static unsigned arrived;

static bool count_int(struct regs *r)
{
    arrived += r->vector == TRAP_INT80;
    return r->vector == TRAP_INT80;
}

static uint64_t kernel_int(void)
{
    uint64_t fault = 0;

    arrived = 0;
    trap_hook = count_int;
    asm volatile(TRAP_PROBE("int $0x20") : "+D"(fault) : : "memory");
    trap_hook = NULL;
    return TRAP_FAULT_VECTOR(fault);
}

static void test_gates(void)
{
    LOAD(int20);
    for (unsigned dpl = 0; dpl < 4; dpl++) {
        struct regs r;

        gates(dpl);
        r = program_run(0);
        check_eq((long)r.vector, dpl == 3 ? TRAP_INT80 : TRAP_GP, "int of a process");
        check_eq((long)(r.rip - USER_CODE), dpl == 3 ? 2 : 0, "rip");
        check_eq((long)kernel_int(), dpl ? 0 : TRAP_GP, "int of the kernel");
        check_eq(arrived, dpl ? 1 : 0, "arrives");
    }
    hc_set_trap_table(NULL);
    hc_set_trap_table(trap_table);
    check_eq((long)program_run(0).vector, TRAP_GP, "int of a process, no gate");
}

/* The kernel's emulated writes to its page tables are not a process'. */
static void test_page_tables(void)
{
    struct regs in = user_regs(), r;
    uint64_t before;

    check_eq(pt_write(&user_l1[4], pte_of(user_l1, PT_RO)), 0, "a process maps its page table");
    check_eq(
        hcall(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0),
        0, "writable page tables");
    before = user_l1[5];
    LOAD(store);
    in.rdi = USER_BASE + 4 * PAGE_SIZE + 5 * 8;
    in.rax = pte_of(user_data, PT_RW);
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_PF, "it writes to it: #PF");
    check_eq((long)r.error, 7, "error code");
    check_eq((long)user_l1[5], (long)before, "nothing was stored");
    check_eq(
        (long)probe_write((void *)(USER_BASE + 4 * PAGE_SIZE + 5 * 8), pte_of(user_data, PT_RW)), 0,
        "its kernel may");
    check_eq((long)(user_l1[5] >> PAGE_SHIFT), (long)boot_mfn(user_data), "and it is stored");
    check_eq(pt_write(&user_l1[5], 0) | pt_write(&user_l1[4], 0), 0, "undone");
    hcall(__HYPERVISOR_vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0);
}

/* The process, not its kernel, is the first to load a selector of the LDT. */
static void test_ldt(void)
{
    static uint64_t entries[512];
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};
    uint64_t *ldt;

    entries[0] = 0x00cff3000000ffff; /* data, DPL 3 */
    entries[1] = 0x0000ec00e008ffff; /* a call gate */
    ldt = pt_page_with(entries);
    op.arg1.linear_addr = U64(ldt);
    op.arg2.nr_ents = 512;
    LOAD(load_fs);
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "an LDT with a call gate");
    check(program_run(7).vector != TRAP_BP, "nothing of it can be loaded");
    pt_rw(ldt);
    ldt[1] = 0;
    pt_ro(ldt);
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "a good LDT");
    check_eq((long)program_run(7).vector, TRAP_BP, "the process loads its first selector");
    check_eq((long)program_run(0xf).vector, TRAP_GP, "an empty entry: #GP");
    /* What FS holds must not outlive the table: loaded again after a switch of vCPUs it would fail
     * (failsafe). */
    asm volatile("mov %0, %%fs" : : "r"(0));
    op.arg2.nr_ents = 0;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "no LDT");
    check_eq((long)program_run(7).vector, TRAP_GP, "the selector is gone");
}

static uint64_t write_cr4(uint64_t v)
{
    uint64_t fault = 0;

    asm volatile(TRAP_PROBE("mov %[v], %%cr4") : "+D"(fault) : [v] "r"(v) : "memory");
    return fault;
}

static uint64_t read_cr4(void)
{
    uint64_t v;

    asm volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}

static void test_fsgsbase(void)
{
    uint64_t cr4 = read_cr4(), fault = 0;

    check_eq((long)(cr4 & CR4_FSGSBASE), 0, "FSGSBASE begins off");
    LOAD(rdfsbase);
    check_eq((long)program_run(0).vector, TRAP_UD, "rdfsbase of a process: #UD");
    asm volatile(TRAP_PROBE("rdfsbase %%rax") : "+D"(fault) : : "rax");
    check_eq((long)TRAP_FAULT_VECTOR(fault), TRAP_UD, "of the kernel: #UD");
    check_eq(hc_set_segment_base(SEGBASE_FS, USER_DATA), 0, "the base by hypercall");
    check_eq((long)write_cr4(cr4 | CR4_FSGSBASE), 0, "FSGSBASE on");
    if (!(read_cr4() & CR4_FSGSBASE)) {
        skip("this CPU has no FSGSBASE");
        return;
    }
    LOAD(rdfsbase);
    check_eq((long)program_run(0).rax, (long)USER_DATA, "a process reads its base");
    LOAD(wrgsbase);
    check_eq((long)program_run(0x5000).vector, TRAP_BP, "and writes one");
    check_eq((long)write_cr4(cr4), 0, "FSGSBASE off");
    check_eq((long)read_cr4(), (long)cr4, "reads back");
    check_eq((long)program_run(0x6000).vector, TRAP_UD, "then no more");
    check_eq(hc_set_segment_base(SEGBASE_FS, 0), 0, "fs base 0");
}

static void test_cr4(void)
{
    uint64_t cr4 = read_cr4(), choice = 0;

    for (unsigned bit = 0; bit < 24; bit++) {
        write_cr4(cr4 ^ 1ul << bit);
        if (read_cr4() != cr4)
            choice |= 1ul << bit;
        write_cr4(cr4);
    }
    check_eq((long)(choice & ~0x50000ul), 0xc,
             "a guest chooses TSD, DE, FSGSBASE and OSXSAVE (%lx)", choice);
    check_eq((long)(cr4 & 0x660), 0x660, "and has PAE, MCE, OSFXSR and OSXMMEXCPT (%lx)", cr4);
    check_eq((long)(cr4 & 0x700000), 0, "SMEP, SMAP and PKE are the hypervisor's");
    write_cr4(cr4 | CR4_TSD);
    LOAD(rdtsc);
    check_eq((long)program_run(0).vector, TRAP_GP, "TSD: rdtsc of a process is refused");
    uint64_t before = __builtin_ia32_rdtsc();
    check(__builtin_ia32_rdtsc() > before, "the kernel's are not");
    write_cr4(cr4);
    check_eq((long)program_run(0).vector, TRAP_BP, "without: it may");
}

#define LOW 0x10000

/* A return that says "by SYSRET" to another code segment must still get that segment. */
static void test_return_to_compat(void)
{
    struct pt_region low = pt_region(0);
    struct regs in = user_regs(), r;

    in.rip = LOW;
    in.rsp = 0;
    check_eq(pt_write(&low.l1[LOW >> PAGE_SHIFT], user_l1[0]) |
                 pt_write(&user_l4[0], pte_of(low.l3, PT_RW)),
             0, "code below 4 GiB");
    LOAD(cs);
    for (unsigned flags = 0; flags <= VGCF_in_syscall; flags += VGCF_in_syscall) {
        in.cs = FLAT_USER_CS32;
        r = user_run_by(&in, flags);
        check_eq((long)r.vector, TRAP_BP, "flags %x: 32-bit code runs", flags);
        check_eq((long)(r.rax & 0xffff), FLAT_USER_CS32, "in its segment");
        check_eq(r.cs, FLAT_USER_CS32, "and shows in the frame");
        in.cs = FLAT_USER_CS;
        r = user_run_by(&in, flags);
        check_eq((long)(r.rax & 0xffff), FLAT_USER_CS, "flags %x: 64-bit code too", flags);
    }
    LOAD(syscall32);
    in.cs = FLAT_USER_CS32;
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_UD, "a system call of 32-bit code, no callback: #UD");
    check_eq((long)r.rip, LOW, "at the instruction");
}

void test_attacks(void)
{
    test_refused();
    test_sysenter();
    test_flags();
    test_iopl();
    test_bitmap();
    test_gates();
    test_page_tables();
    test_ldt();
    test_fsgsbase();
    test_cr4();
    test_return_to_compat();
}

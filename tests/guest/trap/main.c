/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap: set_trap_table, the exact bounce frame of exceptions raised in the kernel, the upcall mask
 * across traps, debug registers, callbacks, and lazy FPU.  The U bit of a page-fault error code is
 * cleared for a fault of the kernel, although it runs in ring 3.
 */
#include "pt.h"
#include "probe.h"
#include "report.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

#define CS_KERNEL_FRAME (FLAT_KERNEL_CS & ~3u) /* kernel mode shows as ring 0 in frames */
#define TF_FLAG         0x100
#define IF_FLAG         0x200

static struct regs seen;
static unsigned count;
static uint64_t skip_bytes; /* how far the hook moves rip past the faulting instruction */

static bool record(struct regs *r)
{
    seen = *r;
    count++;
    r->rip += skip_bytes;
    r->rflags &= ~(uint64_t)TF_FLAG;
    return true;
}

#define RAISE(insn, skip)                                                                          \
    do {                                                                                           \
        count = 0;                                                                                 \
        skip_bytes = (skip);                                                                       \
        memset(&seen, 0, sizeof(seen));                                                            \
        trap_hook = record;                                                                        \
        asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; 1: " insn                               \
                     : "=m"(raised_at)                                                             \
                     :                                                                             \
                     : "memory", "cc", "rax", "rcx", "rdx");                                       \
        trap_hook = NULL;                                                                          \
    } while (0)

static uint64_t raised_at;

static void expect(const char *what, unsigned vector, uint64_t error, uint64_t rip_offset)
{
    check_eq(count, 1, "%s: one trap", what);
    check_eq((long)seen.vector, vector, "%s: vector", what);
    check_eq((long)seen.error, (long)error, "%s: error code", what);
    check_eq((long)(seen.rip - raised_at), (long)rip_offset, "%s: rip", what);
    check_eq(seen.cs, CS_KERNEL_FRAME, "%s: cs", what);
    check_eq((long)seen.ss, FLAT_KERNEL_SS, "%s: ss", what);
}

static void test_frames(void)
{
    uint64_t unaligned, aligned;

    RAISE("ud2", 2);
    expect("ud2", TRAP_UD, 0, 0);
    RAISE("int3", 0);
    expect("int3", TRAP_BP, 0, 1);
    RAISE("int $0x80", 0);
    expect("int 0x80", TRAP_INT80, 0, 2);
    RAISE("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx", 2);
    expect("div by 0", TRAP_DE, 0, 4);
    RAISE("mov 0x10, %%rax", 8);
    expect("read of page 0", TRAP_PF, 0, 0);
    check_eq((long)boot_shared->vcpu_info[0].arch.cr2, 0x10, "cr2 of the read");
    RAISE("movl $1, 0x20", 11);
    expect("write of page 0", TRAP_PF, 2, 0);
    check_eq((long)boot_shared->vcpu_info[0].arch.cr2, 0x20, "cr2 of the write");
    RAISE("mov $0x33, %%ecx; mov %%ecx, %%ds", 2);
    expect("bad selector into ds", TRAP_GP, 0x30, 5);
    RAISE("mov $0x8000000000000000, %%rcx; mov (%%rcx), %%rcx", 3);
    expect("non-canonical read", TRAP_GP, 0, 10);

    asm volatile("mov %%rsp, %0" : "=r"(unaligned));
    RAISE("ud2", 2);
    aligned = seen.rsp;
    check(aligned == unaligned || aligned - unaligned < 64 || unaligned - aligned < 64,
          "rsp in the frame is the interrupted one");
}

/* The hypervisor aligns the frame to 16 bytes below the interrupted stack pointer. */
static void test_alignment(void)
{
    uint64_t sp, used;

    count = 0;
    skip_bytes = 2;
    trap_hook = record;
    asm volatile("mov %%rsp, %%rbx; sub $8, %%rsp; and $-16, %%rsp; sub $8, %%rsp;"
                 "mov %%rsp, %0; ud2; mov %%rbx, %%rsp"
                 : "=r"(sp)
                 :
                 : "rbx", "memory", "cc");
    trap_hook = NULL;
    used = seen.rsp;
    check_eq((long)(used - sp), 0, "frame holds an rsp that is 8 modulo 16");
}

static void test_mask(void)
{
    struct vcpu_info *v = &boot_shared->vcpu_info[0];

    v->evtchn_upcall_mask = 0;
    RAISE("ud2", 2);
    check_eq(seen.saved_mask, 0, "open mask is saved in the cs slot");
    check_eq((long)(seen.rflags & IF_FLAG), IF_FLAG, "open mask shows as IF");
    check_eq(v->evtchn_upcall_mask, 0, "iret keeps the mask open");
    v->evtchn_upcall_mask = 1;
    RAISE("ud2", 2);
    check_eq(seen.saved_mask, 1, "closed mask is saved in the cs slot");
    check_eq((long)(seen.rflags & IF_FLAG), 0, "closed mask shows as clear IF");
    check_eq(v->evtchn_upcall_mask, 1, "iret keeps the mask closed");
}

static uint8_t mask_inside;

static bool look_at_mask(struct regs *r)
{
    mask_inside = boot_shared->vcpu_info[0].evtchn_upcall_mask;
    r->rip += skip_bytes;
    return true;
}

static void test_ti_if(void)
{
    struct vcpu_info *v = &boot_shared->vcpu_info[0];

    trap_hook = look_at_mask;
    v->evtchn_upcall_mask = 0;
    skip_bytes = 2;
    asm volatile("ud2" ::: "memory");
    check_eq(mask_inside, 0, "a gate without TI_IF leaves events open");
    skip_bytes = 8;
    asm volatile("mov 0x10, %%rax" ::: "rax", "memory");
    check_eq(mask_inside, 1, "a gate with TI_IF masks events");
    v->evtchn_upcall_mask = 1;
    trap_hook = NULL;
}

static void test_single_step(void)
{
    count = 0;
    skip_bytes = 0;
    trap_hook = record;
    asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop" ::: "memory", "cc");
    trap_hook = NULL;
    check_eq(count, 1, "TF: one trap");
    check_eq((long)seen.vector, TRAP_DB, "TF: vector");
    check_eq(hc_get_debugreg(6) & 0x4000, 0x4000, "dr6 has BS");
}

static void test_table_arguments(void)
{
    static struct trap_info t[] = {{.vector = TRAP_UD, .cs = 0x8}, {0}};

    check_eq(hc_set_trap_table((void *)0xffff830000000000), -EFAULT, "table in hypervisor space");
    check_eq(hc_set_trap_table((void *)0x7f0000000000), -EFAULT, "table in a hole");
    t[0].address = U64(entry_event);
    t[0].cs = FLAT_KERNEL_CS;
    t[0].address = 0x8000000000000000;
    check_eq(hc_set_trap_table(t), -EINVAL, "non-canonical handler");
    check_eq(hc_set_trap_table(NULL), 0, "NULL clears the table");
    check_eq(hc_set_trap_table(trap_table), 0, "the table again");
}

static void test_debug_registers(void)
{
    check_eq(hc_set_debugreg(0, 0x1234), 0, "dr0 := 0x1234");
    check_eq(hc_get_debugreg(0), 0x1234, "dr0 reads back");
    check_eq(hc_set_debugreg(0, 0xffff830000000000), -EPERM, "dr0 into hypervisor space");
    check_eq(hc_set_debugreg(4, 0), 0, "dr4 stands for dr6");
    check_eq(hc_set_debugreg(8, 0), -ENODEV, "dr8 does not exist");
    check_eq(hc_get_debugreg(8), -ENODEV, "dr8 cannot be read");
    check_eq(hc_set_debugreg(7, 0x2000), -EPERM, "dr7.GD is refused");
    check_eq(hc_set_debugreg(7, 0x1 | 0x20000), -EPERM, "I/O breakpoint without CR4.DE");
    check_eq(hc_set_debugreg(7, 0), 0, "dr7 := 0");
    check_eq(hc_set_debugreg(0, 0), 0, "dr0 := 0");
}

/* Hardware watchpoint on data through dr1. */
static void test_watchpoint(void)
{
    static volatile uint64_t watched;

    check_eq(hc_set_debugreg(1, U64(&watched)), 0, "dr1 := &watched");
    check_eq(hc_set_debugreg(7, 0x4 | 0x900000), 0, "dr7: write, 4 bytes");
    count = 0;
    skip_bytes = 0;
    trap_hook = record;
    asm volatile("movl $5, %0; nop" : "=m"(watched) : : "memory");
    trap_hook = NULL;
    check_eq(count, 1, "watchpoint: one trap");
    check_eq((long)seen.vector, TRAP_DB, "watchpoint: vector");
    check_eq(hc_get_debugreg(6) & 0xf, 2, "dr6 names dr1");
    hc_set_debugreg(7, 0);
}

/* TF while the instruction is one that the hypervisor does itself: the trap is behind it, not one
 * later. */
#define STEP(insn)                                                                                 \
    ({                                                                                             \
        count = 0;                                                                                 \
        skip_bytes = 0;                                                                            \
        trap_hook = record;                                                                        \
        asm volatile(                                                                              \
            "lea 1f(%%rip), %%rax; mov %%rax, %0; pushfq; orl $0x100, (%%rsp); popfq; " insn       \
            "; 1: nop; nop"                                                                        \
            : "=m"(raised_at)                                                                      \
            :                                                                                      \
            : "memory", "cc", "rax", "rbx", "rcx", "rdx");                                         \
        trap_hook = NULL;                                                                          \
        count == 1 && seen.vector == TRAP_DB ? (long)(seen.rip - raised_at) : -1;                  \
    })

static void test_step_over_emulated(void)
{
    hc_set_debugreg(6, 0);
    check_eq(STEP("mov %%cr0, %%rax"), 0, "TF over a read of cr0");
    check_eq(hc_get_debugreg(6) & 0x4000, 0x4000, "dr6 has BS");
    check_eq(STEP("ud2a; .ascii \"xen\"; cpuid"), 0, "TF over the forced cpuid");
    check_eq(STEP("clts"), 0, "TF over clts");
}

static long ports_hit(unsigned port, bool word)
{
    count = 0;
    skip_bytes = 0;
    hc_set_debugreg(6, 0);
    trap_hook = record;
    if (word)
        asm volatile("in %%dx, %%ax; nop" : : "d"(port) : "rax", "memory");
    else
        asm volatile("in %%dx, %%al; nop" : : "d"(port) : "rax", "memory");
    trap_hook = NULL;
    return count ? hc_get_debugreg(6) & 0xf : 0;
}

/* Breakpoints on ports 0x80 (dr0), and 0x84 and 0x85 (dr3). */
static void test_port_breakpoints(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};
    uint64_t cr4;

    check_eq(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0, "iopl 1");
    asm volatile("mov %%cr4, %0" : "=r"(cr4));
    asm volatile("mov %0, %%cr4" : : "r"(cr4 | 8) : "memory");
    check_eq(hc_set_debugreg(0, 0x80), 0, "dr0 := 0x80");
    check_eq(hc_set_debugreg(3, 0x84), 0, "dr3 := 0x84");
    check_eq(hc_set_debugreg(7, 0x1 | 0x40 | 0x60020000), 0, "dr7: two on ports, with CR4.DE");
    check_eq(hc_get_debugreg(7), 0x1 | 0x40 | 0x400 | 0x60020000, "dr7 reads back");
    check_eq(ports_hit(0x80, false), 1, "port 0x80");
    check_eq(ports_hit(0x81, false), 0, "port 0x81");
    check_eq(ports_hit(0x82, false), 0, "port 0x82");
    check_eq(ports_hit(0x83, true), 8, "ports 0x83 and 0x84");
    check_eq(ports_hit(0x85, false), 8, "port 0x85");
    check_eq(ports_hit(0x86, false), 0, "port 0x86");
    check_eq(hc_set_debugreg(7, 0), 0, "dr7 := 0");
    check_eq(ports_hit(0x80, false), 0, "port 0x80, not armed");
    hc_set_debugreg(0, 0);
    hc_set_debugreg(3, 0);
    asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
    iopl.iopl = 0;
    hc_physdev_op(PHYSDEVOP_set_iopl, &iopl);
}

static void test_callback_op(void)
{
    struct callback_register cb = {.type = CALLBACKTYPE_event, .address = 0x8000000000000000};
    struct callback_unregister un = {.type = CALLBACKTYPE_nmi};

    check_eq(hc_callback_op(CALLBACKOP_register, &cb), -EINVAL, "non-canonical event callback");
    cb.type = 77;
    cb.address = U64(entry_event);
    check_eq(hc_callback_op(CALLBACKOP_register, &cb), -ENOSYS, "unknown callback type");
    check_eq(hc_callback_op(9, &cb), -ENOSYS, "unknown callback command");
    check_eq(hc_callback_op(CALLBACKOP_register, (void *)0x7f0000000000), -EFAULT,
             "callback in a hole");
    check_eq(hc_callback_op(CALLBACKOP_unregister, &un), 0, "unregister the NMI callback");
    un.type = CALLBACKTYPE_event;
    check_eq(hc_callback_op(CALLBACKOP_unregister, &un), -EINVAL, "the event one stays");
    check_eq(hc_set_callbacks(U64(entry_event), U64(entry_failsafe), U64(entry_syscall)), 0,
             "set_callbacks");
    check_eq(hc_set_callbacks(0x8000000000000000, 0, 0), 0,
             "set_callbacks ignores bad addresses and answers 0");
    hc_set_callbacks(U64(entry_event), U64(entry_failsafe), U64(entry_syscall));
}

static void test_fpu(void)
{
    count = 0;
    check_eq(hc_fpu_taskswitch(1), 0, "fpu_taskswitch(1)");
    trap_hook = record;
    skip_bytes = 2;
    asm volatile("fnop" ::: "memory");
    check_eq(count, 1, "x87 instruction traps");
    check_eq((long)seen.vector, TRAP_NM, "by #NM");
    count = 0;
    asm volatile("fnop" ::: "memory");
    check_eq(count, 0, "#NM delivery clears the virtual TS");
    hc_fpu_taskswitch(1);
    check_eq(hc_fpu_taskswitch(0), 0, "fpu_taskswitch(0)");
    asm volatile("fnop" ::: "memory");
    check_eq(count, 0, "no trap afterwards");
    trap_hook = NULL;
}

void test_main(void)
{
    test_frames();
    test_alignment();
    test_mask();
    test_ti_if();
    test_single_step();
    test_table_arguments();
    test_debug_registers();
    test_watchpoint();
    test_step_over_emulated();
    test_port_breakpoints();
    test_callback_op();
    test_fpu();
}

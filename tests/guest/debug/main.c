/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug: #DB and #BP around what enters the hypervisor, as a hostile guest sets them up.
 *
 * A guest may watch its own memory and step its own code, and the hypervisor uses both: it reads and
 * writes hypercall arguments, exception frames and the frame of an iret, and a step or what MOV SS puts off
 * until the next instruction (CVE-2018-8897) may strike on the first instruction of an entry.  What strikes in
 * the hypervisor must cost nothing: the hypercall's result is right, the guest is not told of a
 * breakpoint that it did not hit itself (Xen drops it, too), its next one still works, and nobody else
 * meets its debug registers.
 *
 * Where MOV SS comes first a CPU delays the breakpoint and the hypervisor drops it, QEMU's emulation
 * raises it at once: there the count may be 0 or 1, and the rest is the test.  (No ICEBP: it stops
 * QEMU 7.2 for its debugger.)
 */
#include "program.h"
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define TF         0x100ul
#define RF         0x10000ul
#define DR6_BS     0x4000
#define RW_EXECUTE 0ul
#define RW_WRITE   1ul
#define RW_ACCESS  3ul
#define LEN_1      0ul
#define LEN_8      2ul
#define LEN_4      3ul
/* DR7 for breakpoint n, by its local and its global bit (SDM 3B 17.2.4). */
#define ARM(n, rw, len) (3ul << 2 * (n) | ((rw) | (len) << 2) << (16 + 4 * (n)))

#define MAX_SEEN 8
static struct regs seen[MAX_SEEN];
static unsigned count;

/* RF lets a breakpoint on an instruction pass once. */
static bool record(struct regs *r)
{
    if (count < MAX_SEEN)
        seen[count] = *r;
    count++;
    r->rflags = (r->rflags & ~TF) | RF;
    if (r->vector == TRAP_UD)
        r->rip += 2;
    return true;
}

static void watch_begin(void)
{
    count = 0;
    memset(seen, 0, sizeof(seen));
    hc_set_debugreg(6, 0);
    trap_hook = record;
}

static unsigned watch_end(void)
{
    trap_hook = NULL;
    hc_set_debugreg(7, 0);
    return count;
}

/* ---- steps ---- */

/* A step over the hypercall; *rip: where it was told, from the instruction behind. */
static long step_over(long nr, void *arg0, long arg1, long *rip)
{
    long rax = nr;
    uint64_t behind;

    watch_begin();
    asm volatile(
        "lea 1f(%%rip), %[behind]; pushfq; orl $0x100, (%%rsp); popfq; syscall; 1: nop; nop; nop"
        : "+a"(rax), "+D"(arg0), "+S"(arg1), [behind] "=&b"(behind)
        :
        : "rcx", "r11", "memory", "cc");
    trap_hook = NULL;
    *rip = (long)(seen[0].rip - behind);
    return rax;
}

/* SYSCALL masks TF; SYSRET brings it back, and the step ends at once or, by IRET, one later. */
static void expect_step(const char *what, long rip)
{
    check_eq(count, 1, "step over %s: one trap", what);
    check_eq((long)seen[0].vector, TRAP_DB, "step over %s: vector", what);
    check(rip == 0 || rip == 1, "step over %s: behind it (%ld)", what, rip);
    check_eq(hc_get_debugreg(6) & DR6_BS, DR6_BS, "step over %s: dr6 has BS", what);
}

static void test_steps(void)
{
    static struct multicall_entry m[2];
    long rip, result;
    unsigned tries = 0;

    check_eq(step_over(__HYPERVISOR_xen_version, (void *)XENVER_version, 0, &rip), 4 << 16 | 17,
             "step over xen_version: its result");
    expect_step("xen_version", rip);
    check_eq(step_over(__HYPERVISOR_xen_version, (void *)XENVER_get_features, 0x10, &rip), -EFAULT,
             "step over a call that faults: its result");
    expect_step("a call that faults", rip);
    for (unsigned i = 0; i < 2; i++)
        m[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
    /* One that is preempted, as any may be on Xen, is to be made again: the step ends on it. */
    do
        result = step_over(__HYPERVISOR_multicall, m, 2, &rip);
    while (rip == -2 && ++tries < 10);
    check_eq(result, 0, "step over a multicall: its result");
    expect_step("a multicall", rip);
    check_eq((long)m[1].result, 4 << 16 | 17, "step over a multicall: all of it");
    check_eq(step_over(63, NULL, 0, &rip), -ENOSYS, "step over no hypercall: its result");
    expect_step("no hypercall", rip);
}

/* ---- breakpoints on what the hypervisor reads and writes ---- */

/* Still armed, and not told of before. */
static void expect_next(volatile void *watched, const char *what)
{
    check_eq(count, 0, "%s: nothing is told", what);
    check_eq(hc_get_debugreg(6) & 0xf, 0, "%s: dr6 names none", what);
    (void)*(volatile uint32_t *)watched;
    asm volatile("nop");
    check_eq(count, 1, "%s: the guest's own access is", what);
    check_eq(hc_get_debugreg(6) & 1, 1, "%s: dr6 names dr0", what);
}

static void test_arguments(void)
{
    static struct xen_feature_info features __attribute__((aligned(8)));
    static struct multicall_entry m[64];
    uint64_t dr7 = 0;
    long wrong = 0;

    check_eq(hc_set_debugreg(0, U64(&features)), 0, "dr0 := a call's argument");
    watch_begin();
    check_eq(hc_set_debugreg(7, ARM(0, RW_ACCESS, LEN_8)), 0, "armed");
    check_eq(hc_xen_version(XENVER_get_features, &features), 0, "a watched argument: the result");
    expect_next(&features, "a watched argument");
    watch_end();
    check(features.submap, "a watched argument: written");

    for (unsigned i = 0; i < array_size(m); i++)
        m[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
    hc_set_debugreg(0, U64(&m[0].op));
    hc_set_debugreg(1, U64(&m[1].result));
    hc_set_debugreg(2, U64(&m[62].args[0]));
    hc_set_debugreg(3, U64(&m[63].result));
    for (unsigned i = 0; i < 4; i++)
        dr7 |= ARM(i, RW_ACCESS, LEN_8);
    watch_begin();
    check_eq(hc_set_debugreg(7, dr7), 0, "four armed");
    check_eq(hc_multicall(m, array_size(m)), 0, "a watched list: the result");
    expect_next(&m[0].op, "a watched list");
    watch_end();
    for (unsigned i = 0; i < array_size(m); i++)
        wrong += m[i].result != (4 << 16 | 17);
    check_eq(wrong, 0, "a watched list: all entries are done");
}

/* Writes to the places below the stack pointer where the frame of a #UD comes to lie, from rip on, which the
 * guest's own entry leaves alone. */
static __attribute__((noinline)) void test_frames(void)
{
    static const unsigned below[4] = {40, 32, 16, 8};
    uint64_t at, sp, dr7 = 0;
    long rc;

    for (unsigned i = 0; i < 4; i++)
        dr7 |= ARM(i, RW_WRITE, LEN_8);
    asm volatile("mov %%rsp, %0" : "=r"(sp));
    for (unsigned i = 0; i < 4; i++)
        hc_set_debugreg((int)i, ((sp - 512) & ~15ul) - below[i]);
    watch_begin();
    asm volatile("mov %%rsp, %%rbx; sub $512, %%rsp; and $-16, %%rsp;"
                 "syscall; lea 1f(%%rip), %[at]; 1: ud2; mov %%rbx, %%rsp"
                 : "=a"(rc), [at] "=&r"(at)
                 : "a"(__HYPERVISOR_set_debugreg), "D"(7), "S"(dr7)
                 : "rbx", "rcx", "r11", "memory", "cc");
    watch_end();
    check_eq(rc, 0, "a watched frame: armed");
    check_eq((long)seen[0].vector, TRAP_UD, "a watched frame: the exception comes first");
    check_eq((long)(seen[0].rip - at), 0, "a watched frame: rip");
}

/* ---- breakpoints on instructions ---- */

static void test_instructions(void)
{
    uint64_t call, behind;
    long rc;

    asm volatile("lea 1f(%%rip), %0; lea 2f(%%rip), %1; jmp 3f;"
                 "1: syscall; nop; 2: nop; ret; 3:"
                 : "=r"(call), "=r"(behind));
    hc_set_debugreg(0, call);
    hc_set_debugreg(1, behind);
    watch_begin();
    check_eq(hc_set_debugreg(7, ARM(0, RW_EXECUTE, LEN_1) | ARM(1, RW_EXECUTE, LEN_1)), 0,
             "two armed");
    asm volatile("call *%[call]"
                 : "=a"(rc)
                 : "a"(__HYPERVISOR_xen_version), "D"(XENVER_version), "S"(0), [call] "b"(call)
                 : "rcx", "r11", "memory", "cc");
    watch_end();
    check_eq(rc, 4 << 16 | 17, "a breakpoint on the SYSCALL: the result");
    check_eq(count, 2, "a breakpoint on the SYSCALL and one behind it: two traps");
    check_eq((long)(seen[0].rip - call), 0, "the first before it");
    check_eq((long)(seen[1].rip - behind), 0, "the second where it was set");
}

/* Watched addresses of the hypervisor's are refused, what guests' tables may map is not. */
static void test_addresses(void)
{
    check_eq(hc_set_debugreg(0, HYPERVISOR_VIRT_START), -EPERM, "the hypervisor's first byte");
    check_eq(hc_set_debugreg(0, HYPERVISOR_VIRT_END - 1), -EPERM, "its last");
    check_eq(hc_set_debugreg(0, HYPERVISOR_VIRT_END), 0, "the one behind it");
    check_eq(hc_set_debugreg(0, 0x7ffffffffff8), 0, "the last below the hole");
    check_eq(hc_set_debugreg(0, 0), 0, "0");
}

/* ---- MOV SS ---- */

static uint64_t stack_selector __attribute__((aligned(8))) = FLAT_KERNEL_SS;

/* What comes next does its work; a #DB may come or not. */
#define DELAYED(insn, nr, arg)                                                                     \
    ({                                                                                             \
        long rax_ = (nr);                                                                          \
        watch_begin();                                                                             \
        hc_set_debugreg(7, ARM(0, RW_ACCESS, LEN_8));                                              \
        asm volatile("mov (%[ss]), %%ss; " insn "; nop"                                            \
                     : "+a"(rax_)                                                                  \
                     : [ss] "b"(&stack_selector), "D"(arg)                                         \
                     : "rcx", "rdx", "rsi", "r11", "memory", "cc");                                \
        watch_end();                                                                               \
        rax_;                                                                                      \
    })

static void expect_delayed(const char *what, unsigned vector)
{
    unsigned n = vector ? 1 : 0;

    check(count == n || count == n + 1, "MOV SS, %s: %u traps", what, count);
    if (count == n + 1)
        check_eq((long)seen[0].vector, TRAP_DB, "MOV SS, %s: the breakpoint comes first", what);
    if (count && vector)
        check_eq((long)seen[count - 1].vector, vector, "MOV SS, %s: the exception comes last",
                 what);
}

static void test_mov_ss(void)
{
    hc_set_debugreg(0, U64(&stack_selector));
    check_eq(DELAYED("syscall", __HYPERVISOR_xen_version, XENVER_version), 4 << 16 | 17,
             "MOV SS, SYSCALL: the result");
    expect_delayed("SYSCALL", 0);
    DELAYED("int3", 0, 0);
    expect_delayed("INT3", TRAP_BP);
    DELAYED("int $0x80", 0, 0);
    expect_delayed("INT 0x80", TRAP_INT80);
    DELAYED("ud2", 0, 0);
    expect_delayed("UD2", TRAP_UD);
    DELAYED("pushfq; orl $0x100, (%%rsp); popfq; mov (%[ss]), %%ss; int3", 0, 0);
    check(count && count <= 4, "MOV SS and a step, INT3: %u traps", count);
    check_eq(DELAYED("pushfq; orl $0x100, (%%rsp); popfq; mov (%[ss]), %%ss; syscall",
                     __HYPERVISOR_xen_version, XENVER_version),
             4 << 16 | 17, "MOV SS and a step, SYSCALL: the result");
    check(count && count <= 4, "MOV SS and a step, SYSCALL: %u traps", count);
}

/* ---- from a process ---- */

PROGRAM(call, "mov $0x111, %eax; syscall")
PROGRAM(int3, "int3")
PROGRAM(int80, "int $0x80")
PROGRAM(mov_ss_call, "mov (%rdi), %ss; syscall")
PROGRAM(mov_ss_int3, "mov (%rdi), %ss; int3")

static struct regs run_stepped(uint64_t at)
{
    struct regs in = user_regs();

    in.rip += at;
    in.rflags |= TF;
    return user_run(&in);
}

/* Entered with a step under way: the kernel is not stepped, the process' flags say it. */
static void expect_entry(const struct regs *r, unsigned vector, const char *what)
{
    check_eq((long)r->vector, vector, "a process steps onto %s: vector", what);
    check_eq((long)(r->rflags & TF), (long)TF, "a process steps onto %s: TF is in the frame", what);
    check_eq(hc_get_debugreg(6) & DR6_BS, 0, "a process steps onto %s: no step in its kernel",
             what);
}

static void test_process(void)
{
    struct regs r;

    user_setup();
    hc_set_debugreg(6, 0);
    LOAD(call);
    r = run_stepped(5);
    expect_entry(&r, TRAP_SYSCALL, "SYSCALL");
    LOAD(int3);
    r = run_stepped(0);
    expect_entry(&r, TRAP_BP, "INT3");
    LOAD(int80);
    r = run_stepped(0);
    expect_entry(&r, TRAP_INT80, "INT 0x80");
    LOAD(call);
    r = run_stepped(0);
    check_eq((long)r.vector, TRAP_DB, "a process is stepped: vector");
    check_eq((long)r.rip, (long)USER_CODE + 5, "a process is stepped: rip");
    check_eq(hc_get_debugreg(6) & DR6_BS, DR6_BS, "a process is stepped: dr6 has BS");
}

/* The kernel's breakpoint, in its process, before each way in. */
static void test_process_mov_ss(void)
{
    struct regs r;

    *(uint64_t *)user_data = FLAT_USER_SS;
    hc_set_debugreg(0, USER_DATA);
    hc_set_debugreg(6, 0);
    hc_set_debugreg(7, ARM(0, RW_ACCESS, LEN_8));
    LOAD(mov_ss_call);
    r = program_run(USER_DATA);
    check(r.vector == TRAP_SYSCALL || (r.vector == TRAP_DB && r.rip == USER_CODE + 2),
          "a process: MOV SS, SYSCALL: vector %lx", r.vector);
    LOAD(mov_ss_int3);
    r = program_run(USER_DATA);
    check(r.vector == TRAP_BP || (r.vector == TRAP_DB && r.rip == USER_CODE + 2),
          "a process: MOV SS, INT3: vector %lx", r.vector);
    hc_set_debugreg(7, 0);
    hc_set_debugreg(0, 0);
}

void test_main(void)
{
    test_steps();
    test_arguments();
    test_frames();
    test_instructions();
    test_addresses();
    test_mov_ss();
    test_process();
    test_process_mov_ss();
    check_eq(hc_get_debugreg(7), 0x400, "at the end nothing is armed");
}

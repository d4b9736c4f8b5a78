/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handler: a bounce goes only where the guest registered something.  INT 0x80 of a process without
 * a handler is #GP.  Any other exception without a handler is #GP that names the gate, then a
 * double fault, then the failsafe callback, whose frame has the segment selectors; an event without
 * a callback stays pending.  None of it ends the domain.  Once: any process ended its domain, and
 * with dom0 the machine, by INT 0x80.  Xen, too, ends it for exceptions other than INT n, so those
 * parts are not run there.
 */
#include "probe.h"
#include "program.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/vcpu.h>

PROGRAM(int80, "int $0x80")
PROGRAM(int3, "int3")
PROGRAM(int3_long, ".byte 0xcd, 3")
PROGRAM(ud2, "ud2")
PROGRAM(read, "mov (%rdi), %rax")
PROGRAM(syscall, "syscall")
PROGRAM(segments, "mov $0xe02b, %eax; mov %eax, %ds; mov %eax, %es; ud2")

/* The usual table without these vectors (-1: none). */
static void without(int a, int b, int c)
{
    static struct trap_info t[40];
    unsigned n = 0;

    for (unsigned i = 0; trap_table[i].address; i++)
        if (trap_table[i].vector != a && trap_table[i].vector != b && trap_table[i].vector != c)
            t[n++] = trap_table[i];
    t[n].address = 0;
    hc_set_trap_table(NULL);
    check_eq(hc_set_trap_table(t), 0, "a table without %d, %d, %d", a, b, c);
}

static void expect(const char *what, unsigned vector, uint64_t error, uint64_t rip)
{
    struct regs r = program_run(0x10);

    check_eq((long)r.vector, vector, "%s: vector", what);
    check_eq((long)r.error, (long)error, "%s: error code", what);
    check_eq((long)(r.rip - USER_CODE), (long)rip, "%s: rip", what);
}

static void test_int80(void)
{
    uint64_t fault = 0;

    LOAD(int80);
    expect("int 0x80 with a handler", TRAP_INT80, 0, 2);
    without(TRAP_INT80, -1, -1);
    expect("int 0x80 without", TRAP_GP, 0x80 * 8 + 2, 0);
    asm volatile(TRAP_PROBE("int $0x80") : "+D"(fault));
    check_eq((long)fault, (long)TRAP_FAULT(TRAP_GP, 0x80 * 8 + 2), "the kernel's int 0x80");
}

static void test_syscall(void)
{
    LOAD(syscall);
    expect("system call with a callback", TRAP_SYSCALL, 0, 2);
    check_eq(hc_set_callbacks(U64(entry_event), U64(entry_failsafe), 0), 0,
             "no system call callback");
    expect("system call without", TRAP_UD, 0, 0);
    hc_set_callbacks(U64(entry_event), U64(entry_failsafe), U64(entry_syscall));
}

static void test_exceptions(void)
{
    LOAD(int3);
    without(TRAP_BP, -1, -1);
    expect("int3", TRAP_GP, TRAP_BP * 8 + 2, 0);
    LOAD(int3_long);
    expect("int 3 in two bytes", TRAP_GP, TRAP_BP * 8 + 2, 0);
    without(TRAP_UD, TRAP_PF, -1);
    LOAD(ud2);
    expect("ud2", TRAP_GP, TRAP_UD * 8 + 3, 0);
    LOAD(read);
    expect("page fault", TRAP_GP, TRAP_PF * 8 + 3, 0);
    without(TRAP_UD, TRAP_GP, -1);
    LOAD(ud2);
    expect("ud2, no #GP", TRAP_DF, 0, 0);
    LOAD(int80);
    expect("int 0x80 is not concerned", TRAP_INT80, 0, 2);
    without(TRAP_UD, TRAP_GP, TRAP_DF);
    LOAD(ud2);
    expect("ud2, no #GP, no #DF: failsafe", TRAP_FAILSAFE, 0, 0);
    hc_set_trap_table(trap_table);
}

uint64_t frame[5]; /* rdi; ds, es, fs, gs */

/* Keeps the raw frame: the library's stub drops the selectors. */
asm(".text\nraw_failsafe:\n"
    "mov %rdi, frame(%rip); mov 16(%rsp), %rdi; mov %rdi, frame+8(%rip); mov 24(%rsp), %rdi\n"
    "mov %rdi, frame+16(%rip); mov 32(%rsp), %rdi; mov %rdi, frame+24(%rip)\n"
    "mov 40(%rsp), %rdi; mov %rdi, frame+32(%rip); mov frame(%rip), %rdi; jmp entry_failsafe\n");
extern const char raw_failsafe[];

static void test_failsafe_frame(void)
{
    uint16_t fs, gs;
    struct callback_register cb = {.type = CALLBACKTYPE_failsafe,
                                   .flags = CALLBACKF_mask_events,
                                   .address = U64(raw_failsafe)};

    check_eq(hc_callback_op(CALLBACKOP_register, &cb), 0, "a failsafe callback that masks events");
    without(TRAP_UD, TRAP_GP, TRAP_DF);
    LOAD(segments);
    expect("with segments loaded", TRAP_FAILSAFE, 0, 9);
    check_eq(boot_shared->vcpu_info[0].evtchn_upcall_mask, 1, "events are masked");
    check_eq((long)(frame[1] & 0xffff), 0xe02b, "ds");
    check_eq((long)(frame[2] & 0xffff), 0xe02b, "es");
    asm volatile("mov %%fs, %0; mov %%gs, %1" : "=r"(fs), "=r"(gs));
    check(frame[3] == fs && frame[4] == gs, "fs and gs");
    hc_set_trap_table(trap_table);
    asm volatile("mov %0, %%ds; mov %0, %%es" : : "r"(0));
    hc_set_callbacks(U64(entry_event), U64(entry_failsafe), U64(entry_syscall));
}

static volatile unsigned events;

static bool count_event(struct regs *r)
{
    events += r->vector == TRAP_EVENT;
    if (r->vector == TRAP_EVENT)
        boot_shared->vcpu_info[0].evtchn_upcall_pending = 0;
    return r->vector == TRAP_EVENT;
}

static void test_event(void)
{
    struct vcpu_info *v = &boot_shared->vcpu_info[0];

    check_eq(hc_set_callbacks(0, U64(entry_failsafe), U64(entry_syscall)), 0, "no event callback");
    trap_hook = count_event;
    v->evtchn_upcall_mask = 0;
    v->evtchn_upcall_pending = 1;
    hc_sched_op(SCHEDOP_yield, NULL);
    check_eq(events, 0, "an event waits");
    check_eq(v->evtchn_upcall_pending, 1, "and stays pending");
    check_eq(hc_set_callbacks(U64(entry_event), U64(entry_failsafe), U64(entry_syscall)), 0,
             "a callback");
    hc_sched_op(SCHEDOP_yield, NULL);
    check_eq(events, 1, "it arrives");
    trap_hook = NULL;
    v->evtchn_upcall_mask = 1;
}

static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static volatile bool stop, stopped;

/* Raises events on vCPU 0 and opens its mask, as fast as it can. */
static void tease(void *arg)
{
    volatile struct vcpu_info *v = arg;

    while (!stop) {
        v->evtchn_upcall_pending = 1;
        v->evtchn_upcall_mask = 0;
    }
    stopped = true;
    for (;;)
        hc_vcpu_op(VCPUOP_down, 1, NULL);
}

static volatile unsigned taken;
static volatile uint64_t lowest = UINT64_MAX;

/* Each bounce before the guest ran at all is one more frame on its stack. */
static bool note_nesting(struct regs *r)
{
    if (r->vector != TRAP_EVENT)
        return false;
    if (U64(r) < lowest)
        lowest = U64(r);
    boot_shared->vcpu_info[0].evtchn_upcall_pending = 0;
    if (++taken == 1000) /* the interrupted code gets nowhere meanwhile */
        stop = true;
    return true;
}

/* The hypervisor must let the guest run between two bounces, whatever its other vCPU writes
 * meanwhile. */
static void test_second_vcpu(void)
{
    volatile struct vcpu_info *v = &boot_shared->vcpu_info[0];

    trap_hook = note_nesting;
    check_eq(vcpu_start(1, tease, (void *)v, stack1), 0, "a second vCPU");
    while (!stopped)
        hc_sched_op(SCHEDOP_yield, NULL);
    v->evtchn_upcall_mask = 1;
    trap_hook = NULL;
    check(taken >= 1000, "%u events", taken);
    check(lowest > U64(boot_stack) + STACK_SIZE / 2, "that left half of the stack (%lu bytes)",
          lowest - U64(boot_stack));
}

void test_main(void)
{
    user_setup();
    test_int80();
    test_syscall();
    if (on_peer()) {
        skip("Xen ends the domain for the rest");
        return;
    }
    test_exceptions();
    test_failsafe_frame();
    test_event();
    test_second_vcpu();
}

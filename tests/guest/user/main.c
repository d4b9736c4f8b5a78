/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user: ring-3 programs on a user page table: system calls, int 0x80, breakpoints, faults with
 * their exact frames, kernel memory out of reach, events while in user mode, segment bases, stack
 * switch, and returns with odd frames; attack.c: what a process may try against its kernel.
 */
#include "attack.h"
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "user.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

#define PROGRAM(name) extern const char user_##name[], user_##name##_end[];
#define LOAD(name)    user_code(user_##name, (size_t)(user_##name##_end - user_##name))
PROGRAM(syscall)
PROGRAM(int80)
PROGRAM(int3)
PROGRAM(ud2)
PROGRAM(hlt)
PROGRAM(in)
PROGRAM(cli)
PROGRAM(int_kernel)
PROGRAM(read)
PROGRAM(write)
PROGRAM(jump)
PROGRAM(spin)
PROGRAM(read_fs)
PROGRAM(read_gs)

static char kernel_data[64] = "secret";

static struct regs run(uint64_t rdi)
{
    struct regs in = user_regs();

    in.rdi = rdi;
    return user_run(&in);
}

static void expect(const struct regs *r, const char *what, unsigned vector, uint64_t error,
                   uint64_t rip)
{
    check_eq((long)r->vector, vector, "%s: vector", what);
    check_eq((long)r->error, (long)error, "%s: error code", what);
    check_eq((long)r->rip, (long)rip, "%s: rip", what);
    check_eq(r->cs, FLAT_USER_CS, "%s: cs is the user's", what);
    check_eq((long)r->ss, FLAT_USER_SS, "%s: ss", what);
    check_eq((long)r->rsp, (long)USER_STACK, "%s: rsp", what);
}

static void test_system_calls(void)
{
    struct regs in = user_regs(), r;

    LOAD(syscall);
    in.rbx = 0xb0b;
    in.r15 = 0xf00;
    r = user_run(&in);
    expect(&r, "syscall", TRAP_SYSCALL, 0, USER_CODE + 7);
    check_eq((long)r.rax, 0x111, "syscall: rax");
    check_eq((long)r.rbx, 0xb0b, "syscall: rbx");
    check_eq((long)r.r15, 0xf00, "syscall: r15");
    check_eq((long)(r.rflags & 0x200), 0x200, "syscall: IF shows events were open");
    check_eq(r.saved_mask, 0, "syscall: saved mask");
    in.rflags = 0x202 | 0x400 | 0x40000; /* DF, AC */
    r = user_run(&in);
    check_eq((long)(r.rflags & 0x40600), 0x40600, "syscall: user's DF and AC are in the frame");
    LOAD(int80);
    r = run(0);
    expect(&r, "int 0x80", TRAP_INT80, 0, USER_CODE + 2);
    LOAD(int3);
    r = run(0);
    expect(&r, "int3", TRAP_BP, 0, USER_CODE + 1);
}

/* An iret in a multicall leaves at once: what stands before it is done, what stands behind it is not. */
static void test_iret_in_list(void)
{
    static struct multicall_entry m[3];
    struct regs in = user_regs(), r;

    for (unsigned i = 0; i < 3; i++)
        m[i] = (struct multicall_entry){
            .op = __HYPERVISOR_xen_version, .args = {XENVER_version}, .result = 7};
    m[1].op = __HYPERVISOR_iret;
    in.rax = 0x123456789abcdef;
    LOAD(int3);
    r = user_run_list(&in, m, 3);
    expect(&r, "iret in a list", TRAP_BP, 0, USER_CODE + 1);
    check_eq((long)r.rax, (int)in.rax, "iret in a list: rax is half of the frame's");
    check(r.r11 == 11 && r.rcx == 12, "iret in a list: r11 and rcx, too");
    check_eq(r.saved_mask, 0, "iret in a list: events are open");
    check_eq((long)m[0].result, 4 << 16 | 17, "the call before it is done");
    check_eq((long)m[2].result, 7, "the call behind it is not");
    in.cs = FLAT_KERNEL_CS & ~3u;
    in.ss = FLAT_KERNEL_SS;
    in.rip = U64(user_list_landed);
    in.rflags = 2;
    m[0].result = 7;
    user_run_list(&in, m, 3);
    check_eq((long)m[0].result, 4 << 16 | 17, "to the kernel: the call before it is done");
    check_eq((long)m[1].result, (long)in.rax, "to the kernel: its own result is rax");
    check_eq((long)m[2].result, 7, "to the kernel: the call behind it is not");
    check_eq((long)user_list_rax, (int)in.rax, "to the kernel: rax is half of the frame's");
    check_eq(hc_multicall(&m[2], 1), 0, "the next list");
    check_eq((long)m[2].result, 4 << 16 | 17, "is done");
}

static void test_refused_insns(void)
{
    struct regs r;

    LOAD(ud2);
    r = run(0);
    expect(&r, "ud2", TRAP_UD, 0, USER_CODE);
    LOAD(hlt);
    r = run(0);
    expect(&r, "hlt", TRAP_GP, 0, USER_CODE);
    LOAD(in);
    r = run(0);
    expect(&r, "in", TRAP_GP, 0, USER_CODE);
    LOAD(cli);
    r = run(0);
    expect(&r, "cli", TRAP_GP, 0, USER_CODE);
    LOAD(int_kernel);
    r = run(0);
    check_eq((long)r.vector, TRAP_GP, "int 0x20: vector");
    /* QEMU 7.2 reports N*16+2 in place of N*8+2 here. */
    check(r.error == 0x20 * 8 + 2 || r.error == 0x20 * 16 + 2, "int 0x20: error code %lx", r.error);
}

static void test_memory(void)
{
    struct regs r;

    memcpy(user_data, "hello", 6);
    LOAD(read);
    r = run(USER_DATA);
    check_eq((long)r.vector, TRAP_UD, "reads its data page");
    check_eq((long)(r.rax & 0xff), 'h', "right content");
    r = run(U64(kernel_data));
    expect(&r, "read of the kernel", TRAP_PF, 4, USER_CODE);
    check_eq((long)boot_shared->vcpu_info[0].arch.cr2, (long)U64(kernel_data), "cr2");
    r = run(0xffff830000000000);
    check_eq((long)r.vector, TRAP_PF, "read of the hypervisor: vector");
    check(r.error & 4, "user bit is set");
    boot_printf("# error code %lx\n", r.error);
    r = run(MACH2PHYS_VIRT_START);
    check_eq((long)r.vector, TRAP_PF, "read of the M2P from user: vector");
    r = run(0x8000000000000000);
    expect(&r, "non-canonical read", TRAP_GP, 0, USER_CODE);
    LOAD(write);
    r = run(USER_CODE);
    expect(&r, "write to read-only code", TRAP_PF, 7, USER_CODE);
    r = run(0x10);
    expect(&r, "write to nothing", TRAP_PF, 6, USER_CODE);
    LOAD(jump);
    r = run(U64(kernel_data));
    check_eq((long)r.vector, TRAP_PF, "jump into the kernel: vector");
    check_eq((long)r.rip, (long)U64(kernel_data), "rip is the target");
}

static volatile unsigned ticks;

static void on_timer(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
    ticks++;
    *(volatile uint32_t *)user_data = 1; /* lets the program end */
}

static void test_event_in_user(void)
{
    long port = evtchn_bind_virq(VIRQ_TIMER, 0);
    struct regs in = user_regs(), r;

    hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    evtchn_irq_save();
    evtchn_set_handler((evtchn_port_t)port, on_timer, NULL);
    boot_shared->evtchn_pending[port / 64] &= ~(1ul << port % 64);
    *(volatile uint32_t *)user_data = 0;
    LOAD(spin);
    in.rdi = USER_DATA;
    hc_set_timer_op(boot_now() + 3000000);
    r = user_run(&in);
    check_eq(ticks, 1, "the timer event interrupts user mode");
    check_eq((long)r.vector, TRAP_UD, "and the program goes on");
    check_eq((long)r.saved_mask, 0, "user mode ran with events open");
    evtchn_close((evtchn_port_t)port);
}

static void test_segment_bases(void)
{
    uint64_t *data = (uint64_t *)user_data;
    struct regs r;

    data[0] = 0xf5f5;
    data[1] = 0x6565;
    check_eq(hc_set_segment_base(SEGBASE_FS, USER_DATA), 0, "SEGBASE_FS");
    LOAD(read_fs);
    r = run(0);
    check_eq((long)r.rax, 0xf5f5, "user reads through fs");
    check_eq(hc_set_segment_base(SEGBASE_GS_USER, USER_DATA + 8), 0, "SEGBASE_GS_USER");
    LOAD(read_gs);
    r = run(0);
    check_eq((long)r.rax, 0x6565, "user reads through gs");
    check_eq(hc_set_segment_base(SEGBASE_GS_KERNEL, U64(kernel_data)), 0, "SEGBASE_GS_KERNEL");
    {
        uint64_t v;

        asm volatile("mov %%gs:0, %0" : "=r"(v));
        check_eq((long)(v & 0xff), 's', "the kernel has its own gs");
    }
    r = run(0);
    check_eq((long)r.rax, 0x6565, "the user's gs is kept");
    check_eq(hc_set_segment_base(SEGBASE_GS_USER_SEL, 0), 0, "SEGBASE_GS_USER_SEL null");
    check_eq(hc_set_segment_base(SEGBASE_FS, 0x8000000000000000), -EINVAL, "non-canonical fs base");
    check_eq(hc_set_segment_base(SEGBASE_GS_USER, 0x8000000000000000), -EINVAL,
             "non-canonical user gs base");
    check_eq(hc_set_segment_base(SEGBASE_GS_KERNEL, 0x8000000000000000), -EINVAL,
             "non-canonical kernel gs base");
    check_eq(hc_set_segment_base(9, 0), -EINVAL, "unknown segment");
    check_eq(hc_set_segment_base(SEGBASE_FS, 0), 0, "fs base 0");
}

static void test_stack_switch(void)
{
    static char other[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
    struct regs r;

    check_eq(hc_stack_switch(FLAT_KERNEL_SS, U64(other) + STACK_SIZE), 0, "stack_switch");
    LOAD(int80);
    r = run(0);
    check_eq((long)r.vector, TRAP_INT80, "trap arrives on it");
    check(*(uint64_t *)(other + STACK_SIZE - 8) == FLAT_USER_SS, "frame begins at its top");
    check_eq(hc_stack_switch(0, U64(other) + STACK_SIZE), 0, "null stack segment");
    check_eq(hc_stack_switch(FLAT_KERNEL_SS, user_stack_top), 0, "back");
}

/* Frames that a return must survive: the kernel may pass anything. */
static void test_odd_returns(void)
{
    struct regs in = user_regs(), r;

    LOAD(syscall);
    in.rflags = 0x202 | 0x3000 | 0x20000 | 0x4000; /* IOPL 3, VM, NT */
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_SYSCALL, "IOPL, VM and NT in the frame: goes on");
    check_eq((long)(r.rflags & 0x20000), 0, "VM never shows");
    in = user_regs();
    in.rflags = 0x2; /* events closed in user mode */
    r = user_run(&in);
    check_eq(r.saved_mask, 1, "IF clear in the frame masks events");
    in = user_regs();
    in.ss = 0x18 | 3;
    in.rbx = 0xb0b;
    in.r9 = 0x9009;
    in.rdi = 0xd1d1;
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_GP, "bad ss: #GP");
    check(r.rbx == 0xb0b && r.r9 == 0x9009 && r.rdi == 0xd1d1, "with the user's registers");
    check_eq((long)r.error, 0x18, "names the selector");
    in = user_regs();
    in.rip = 0x0000800000000000;
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_GP, "non-canonical rip: #GP");
    in = user_regs();
    in.cs = 0x13;
    r = user_run(&in);
    check_eq((long)r.vector, TRAP_GP, "bad cs: #GP");
    check_eq((long)r.error, 0x10, "names the selector");
}

void test_main(void)
{
    user_setup();
    test_system_calls();
    test_iret_in_list();
    test_refused_insns();
    test_memory();
    test_event_in_user();
    test_segment_bases();
    test_stack_switch();
    test_odd_returns();
    test_attacks();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu: vcpu_op.  A second vCPU is initialised, brought up, interrupted by an IPI, takes itself
 * down and is brought up again; runstate and time areas, timers, vcpu_info registration.
 */
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/trap.h>

#define MS 1000000ull

static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static struct vcpu_guest_context ctx;
static volatile unsigned ran, ipis;
static volatile unsigned seen_id;
static volatile bool leave;
static volatile uint32_t mxcsr;
static struct vcpu_info own_info __attribute__((aligned(64)));

static void on_ipi(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
    ipis++;
    seen_id = cpu_id();
}

static void second(void *arg)
{
    (void)arg;
    trap_init_callbacks();
    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    ran++;
    boot_shared->vcpu_info[1].evtchn_upcall_mask = 0;
    while (!leave)
        hc_sched_op(SCHEDOP_yield, NULL);
    leave = false;
    ran++;
    hc_vcpu_op(VCPUOP_down, 1, NULL);
    ran++;
    while (!leave)
        hc_sched_op(SCHEDOP_yield, NULL);
    hc_vcpu_op(VCPUOP_down, 1, NULL);
    for (;;)
        hc_sched_op(SCHEDOP_yield, NULL);
}

static bool wait_for(const volatile unsigned *v, unsigned want)
{
    uint64_t limit = boot_now() + 3000 * MS;

    while (*v != want && boot_now() < limit)
        hc_sched_op(SCHEDOP_yield, NULL);
    return *v == want;
}

static bool wait_down(void)
{
    uint64_t limit = boot_now() + 3000 * MS;

    while (hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1 && boot_now() < limit)
        hc_sched_op(SCHEDOP_yield, NULL);
    return hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 0;
}

static void make_context(void)
{
    *(unsigned *)stack1 = 1; /* cpu_id() */
    memset(&ctx, 0, sizeof(ctx));
    ctx.flags = VGCF_in_kernel | VGCF_i387_valid;
    ctx.fpu_ctxt.x[0] = 0x7f; /* FCW 0x37f */
    ctx.fpu_ctxt.x[1] = 3;
    memset(&ctx.fpu_ctxt.x[24], 0xff, 4); /* MXCSR: bits that no CPU has, FXRSTOR faults on them */
    ctx.user_regs.rip = U64(entry_vcpu);
    ctx.user_regs.rsp = U64(stack1) + STACK_SIZE;
    ctx.user_regs.rdi = U64(second);
    ctx.user_regs.cs = FLAT_KERNEL_CS;
    ctx.user_regs.ss = FLAT_KERNEL_SS;
    ctx.user_regs.rflags = 0x1000;
    ctx.kernel_ss = FLAT_KERNEL_SS;
    ctx.kernel_sp = U64(stack1) + STACK_SIZE;
    memcpy(ctx.trap_ctxt, trap_table, 34 * sizeof(struct trap_info));
    ctx.ctrlreg[0] = 0x80050033;
    ctx.ctrlreg[3] = xen_pfn_to_cr3(boot_mfn((void *)boot_info->pt_base));
    ctx.event_callback_eip = U64(entry_event);
    ctx.failsafe_callback_eip = U64(entry_failsafe);
    ctx.syscall_callback_eip = U64(entry_syscall);
}

static void test_initialise(void)
{
    uint64_t cr3;

    check_eq(hc_vcpu_op(VCPUOP_is_up, 0, NULL), 1, "vCPU 0 is up");
    check_eq(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0, "vCPU 1 is not");
    check_eq(hc_vcpu_op(VCPUOP_is_up, 77, NULL), -ENOENT, "vCPU 77 does not exist");
    check_eq(hc_vcpu_op(VCPUOP_up, 1, NULL), -EINVAL, "up before initialise");
    check_eq(hc_vcpu_op(99, 0, NULL), -ENOSYS, "unknown vcpu_op");
    check_eq(hc_vcpu_op(VCPUOP_initialise, 1, (void *)0x7f0000000000), -EFAULT,
             "context in a hole");
    make_context();
    cr3 = ctx.ctrlreg[3];
    ctx.ctrlreg[3] = xen_pfn_to_cr3(0);
    check_eq(hc_vcpu_op(VCPUOP_initialise, 1, &ctx), -EINVAL, "context with a foreign cr3");
    ctx.ctrlreg[3] = cr3;
    ctx.event_callback_eip = 0x8000000000000000;
    check_eq(hc_vcpu_op(VCPUOP_initialise, 1, &ctx), -EINVAL, "context with a bad callback");
    make_context();
    check_eq(hc_vcpu_op(VCPUOP_initialise, 1, &ctx), 0, "initialise");
    check_eq(hc_vcpu_op(VCPUOP_initialise, 1, &ctx), -EEXIST, "initialise twice");
    check_eq(hc_vcpu_op(VCPUOP_initialise, 0, &ctx), -EEXIST, "initialise the running vCPU");
}

/* AMD's CPUs have bit 17 (MM), Intel's none above 15. */
static uint32_t mxcsr_mask(void)
{
    static uint32_t image[128] __attribute__((aligned(16)));

    __asm__ volatile("fxsave %0" : "=m"(image));
    return image[7] ? image[7] : 0xffbf;
}

static void test_up_down(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 1};

    check_eq(hc_vcpu_op(VCPUOP_up, 1, NULL), 0, "up");
    check(wait_for(&ran, 1), "the second vCPU runs");
    /* Xen leaves them to FXRSTOR, which faults on real CPUs only: QEMU loads them. */
    if (on_peer())
        skip("bits of MXCSR that do not exist");
    else
        check_eq(mxcsr & ~mxcsr_mask(), 0, "without the bits of MXCSR that do not exist");
    check_eq(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 1, "is_up");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0, "an IPI port to it");
    evtchn_set_handler(ipi.port, on_ipi, NULL);
    evtchn_send(ipi.port);
    check(wait_for(&ipis, 1), "the IPI arrives");
    check_eq(seen_id, 1, "on vCPU 1");
    leave = true;
    check(wait_for(&ran, 2), "it goes on");
    check(wait_down(), "VCPUOP_down takes it down");
    check_eq(ran, 2, "and stops it there");
    check_eq(hc_vcpu_op(VCPUOP_up, 1, NULL), 0, "up again");
    check(wait_for(&ran, 3), "it resumes behind VCPUOP_down");
    leave = true;
    check(wait_down(), "down again");
    evtchn_close(ipi.port);
}

static void test_runstate(void)
{
    static struct vcpu_runstate_info area, other, got;
    struct vcpu_register_runstate_memory_area reg;
    uint64_t before;

    reg.addr.v = &area;
    check_eq(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), 0, "runstate area");
    check_eq(area.state, RUNSTATE_running, "filled at once: running");
    before = area.time[RUNSTATE_running];
    for (int i = 0; i < 50; i++)
        hc_sched_op(SCHEDOP_yield, NULL);
    check_eq(hc_vcpu_op(VCPUOP_get_runstate_info, 0, &got), 0, "get_runstate_info");
    check_eq(got.state, RUNSTATE_running, "state running");
    check(got.time[RUNSTATE_running] >= before, "running time grows");
    check_eq(hc_vcpu_op(VCPUOP_get_runstate_info, 1, &got), 0, "get_runstate_info of vCPU 1");
    check_eq(got.state, RUNSTATE_offline, "vCPU 1 is offline");
    reg.addr.v = &other;
    check_eq(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 1, &reg), 0,
             "runstate area of vCPU 1");
    reg.addr.v = (void *)0xffff830000000000;
    check_eq(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), -EFAULT,
             "runstate area in hypervisor space");
    reg.addr.v = NULL;
    check_eq(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), 0, "runstate area off");
}

static void test_time_area(void)
{
    static struct vcpu_time_info area;
    struct vcpu_register_time_memory_area reg;

    reg.addr.v = &area;
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &reg), 0, "time area");
    check(area.tsc_to_system_mul != 0, "filled at once");
    check_eq(area.version & 1, 0, "consistent");
    reg.addr.v = (void *)0xffff830000000000;
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &reg), -EFAULT,
             "time area in hypervisor space");
}

static volatile unsigned ticks;

static void on_tick(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
    ticks++;
}

static void wait_until(uint64_t limit)
{
    while (boot_now() < limit)
        hc_sched_op(SCHEDOP_yield, NULL);
}

static void test_timers(void)
{
    struct vcpu_set_singleshot_timer ss = {.flags = 0};
    struct vcpu_set_periodic_timer pt = {.period_ns = 2 * MS};
    long port = evtchn_bind_virq(VIRQ_TIMER, 0);

    evtchn_set_handler((evtchn_port_t)port, on_tick, NULL);
    evtchn_irq_restore(false);
    wait_until(boot_now() + 35 * MS);
    boot_printf("# %u ticks in 35 ms by default\n", ticks);
    check(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL) == 0, "stop the periodic timer");
    ticks = 0;
    wait_until(boot_now() + 35 * MS);
    check_eq(ticks, 0, "no ticks without a timer");
    ss.timeout_abs_ns = boot_now() + 2 * MS;
    check_eq(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &ss), 0, "single-shot timer");
    check(wait_for(&ticks, 1), "fires");
    check_eq(hc_vcpu_op(VCPUOP_set_singleshot_timer, 1, &ss), -EINVAL, "not for another vCPU");
    ss.flags = VCPU_SSHOTTMR_future;
    ss.timeout_abs_ns = 1;
    check_eq(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &ss), 0, "future flag, past time");
    check_eq(hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0, "stop it");
    check_eq(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &pt), 0, "periodic timer");
    ticks = 0;
    check(wait_for(&ticks, 3), "ticks three times");
    check_eq(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0, "stop it");
    pt.period_ns = 1000;
    check_eq(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &pt), -EINVAL, "1 us is too short");
    evtchn_irq_save();
    evtchn_close((evtchn_port_t)port);
}

static void test_vcpu_info(void)
{
    struct vcpu_register_vcpu_info reg = {.mfn = boot_mfn(&own_info),
                                          .offset = (uint32_t)(U64(&own_info) & ~PAGE_MASK)};
    uint32_t good = reg.offset;

    reg.offset = PAGE_SIZE - 8;
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_info, 1, &reg), -ENXIO, "info across a page end");
    reg.offset = good + 1;
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_info, 1, &reg), -ENXIO, "misaligned info");
    reg.offset = good;
    reg.mfn = 0;
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_info, 1, &reg), -EINVAL, "info in a foreign frame");
    reg.mfn = boot_mfn(&own_info);
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_info, 77, &reg), -ENOENT, "info of vCPU 77");
    memset(&own_info, 0, sizeof(own_info));
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_info, 1, &reg), 0, "info of vCPU 1");
    check_eq(own_info.evtchn_upcall_pending, 1, "pending is raised in it");
    check(own_info.evtchn_pending_sel == UINT64_MAX, "with every selector bit");
    check_eq(hc_vcpu_op(VCPUOP_register_vcpu_info, 1, &reg), -EINVAL, "only once");
}

void test_main(void)
{
    test_initialise();
    test_up_down();
    test_runstate();
    test_time_area();
    test_timers();
    test_vcpu_info();
    check_eq(hc_vcpu_op(VCPUOP_send_nmi, 0, NULL), 0, "send_nmi without a handler");
}

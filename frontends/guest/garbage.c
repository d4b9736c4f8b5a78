/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random hypercalls, for ever, from a seed.  The point is to harm others, not itself: calls whose
 * only effect is to end or stop this domain are left out, own frames other than the scratch pages
 * are never named, events stay masked, and the console's port stays open, or nobody would hear how
 * far it is.
 */
#include "garbage.h"
#include "guest.h"
#include <front/boot.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/trap.h>
#include <front/vcpu.h>

#define REPORT_EVERY 50000

/* EVTCHNOP_reset_cont of <xen/event_channel.h>, which shows it to hypervisors only. */
#define RESET_CONT 14

#define scratch    garbage_scratch
#define rnd        garbage_random
#define scratch_va garbage_scratch_va
#define frame      garbage_frame
#define number     garbage_number

/* Stores a word of the scratch area, whose mapping an earlier call may have changed. */
static void poke(void *at, uint64_t v)
{
    uint64_t fault = 0;

    asm volatile(TRAP_PROBE("mov %[v], (%[at])")
                 : "+D"(fault)
                 : [v] "r"(v), [at] "r"(at)
                 : "memory");
}

static void poke_all(unsigned index, const void *data, size_t size)
{
    uint64_t words[8];

    memcpy(words, data, size);
    for (size_t i = 0; i < size / 8; i++)
        poke(scratch[0] + index * size + i * 8, words[i]);
}

/* Mostly the scratch area, freshly filled; else hypervisor space or a hole. */
static uint64_t pointer(void)
{
    if (rnd() % 8 == 0)
        return 0xffff800000000000 + rnd() % (1ull << 43);
    if (rnd() % 16 == 0)
        return 0x7f0000000000 + rnd() % (1ull << 30);
    for (unsigned i = 0; i < 32; i++)
        poke(scratch[0] + i * 8,
             rnd() & 1 ? garbage_value() : garbage_value() << 32 | (uint32_t)garbage_value());
    return U64(scratch) + rnd() % 8 * 8;
}

/* Commands of a multiplexed call that this guest leaves out, as a bit mask. */
struct call {
    unsigned nr, commands;
    uint64_t excluded;
    enum { POINTER_FIRST, COMMAND_POINTER, COMMAND_ID_POINTER, PLAIN } shape;
};

static const struct call calls[] = {
    {__HYPERVISOR_mmu_update, 0, 0, POINTER_FIRST},
    {__HYPERVISOR_fpu_taskswitch, 2, 0, PLAIN},
    {__HYPERVISOR_platform_op, 0, 0, POINTER_FIRST},
    {__HYPERVISOR_get_debugreg, 16, 0, PLAIN},
    {__HYPERVISOR_update_descriptor, 0, 0, PLAIN},
    {__HYPERVISOR_memory_op, 32, 0, COMMAND_POINTER},
    {__HYPERVISOR_set_timer_op, 0, 0, PLAIN},
    {__HYPERVISOR_xen_version, 16, 0, COMMAND_POINTER},
    {__HYPERVISOR_grant_table_op, 16, 0, COMMAND_POINTER},
    {__HYPERVISOR_vm_assist, 4, 0, PLAIN},
    {__HYPERVISOR_update_va_mapping_otherdomain, 0, 0, PLAIN},
    /* not down (2), register_vcpu_info (10): they stop or unmask this vCPU */
    {__HYPERVISOR_vcpu_op, 16, 1 << VCPUOP_down | 1 << VCPUOP_register_vcpu_info,
     COMMAND_ID_POINTER},
    {__HYPERVISOR_mmuext_op, 0, 0, POINTER_FIRST},
    /* yield and unknown commands only: block, poll and shutdown end the show */
    {__HYPERVISOR_sched_op, 32,
     1 << SCHEDOP_block | 1 << SCHEDOP_shutdown | 1 << SCHEDOP_poll | 1 << SCHEDOP_watchdog |
         1 << SCHEDOP_shutdown_code,
     COMMAND_POINTER},
    {__HYPERVISOR_event_channel_op, 16, 1 << EVTCHNOP_close | 1 << EVTCHNOP_reset | 1 << RESET_CONT,
     COMMAND_POINTER},
    {__HYPERVISOR_physdev_op, 40, 0, COMMAND_POINTER},
    {__HYPERVISOR_sysctl, 0, 0, POINTER_FIRST},
    {__HYPERVISOR_domctl, 0, 0, POINTER_FIRST},
    {50, 0, 0, PLAIN},
    {63, 0, 0, PLAIN},
    {999, 0, 0, PLAIN},
};

/* Tables with plausible entries, for the calls that would otherwise stop at the first word. */
static uint64_t mmu_list(bool ext)
{
    for (unsigned i = 0; i < 4; i++) {
        struct mmu_update u = {.ptr = frame() << PAGE_SHIFT | (rnd() & 0xfff),
                               .val = garbage_value()};
        struct mmuext_op op = {.cmd = (unsigned)(rnd() % 22)};

        op.arg1.mfn = op.cmd == MMUEXT_NEW_BASEPTR ? 0x100 : frame();
        op.arg2.src_mfn = frame();
        if (ext)
            poke_all(i, &op, sizeof(op));
        else
            poke_all(i, &u, sizeof(u));
    }
    return U64(scratch);
}

/* What would end the whole machine, in the hands of the initial domain. */
static bool mighty(const struct call *c)
{
    return c->nr == __HYPERVISOR_sched_op || c->nr == __HYPERVISOR_sysctl ||
           c->nr == __HYPERVISOR_platform_op;
}

/* A port of its own or of its partner's comes or goes. */
static void one_port(void)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = garbage_partner};
    struct evtchn_bind_interdomain bind = {.remote_dom = garbage_partner,
                                           .remote_port = (evtchn_port_t)(rnd() % 32)};
    struct evtchn_close shut = {.port = (evtchn_port_t)(rnd() % 64)};
    struct evtchn_reset reset = {.dom = garbage_partner};

    switch (rnd() % 4) {
    case 0:
        hc_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
        break;
    case 1:
        hc_event_channel_op(EVTCHNOP_bind_interdomain, &bind);
        break;
    case 2:
        if (boot_is_dom0() || shut.port != boot_info->console.domU.evtchn)
            hc_event_channel_op(EVTCHNOP_close, &shut);
        break;
    default:
        if (garbage_partner != DOMID_SELF)
            hc_event_channel_op(EVTCHNOP_reset, &reset);
    }
}

static void one_call(void)
{
    const struct call *c = &calls[rnd() % array_size(calls)];
    uint64_t command = c->commands ? rnd() % c->commands : garbage_value(), count = rnd() % 5;

    if ((command < 64 && c->excluded >> command & 1) || (boot_is_dom0() && mighty(c)))
        return;
    if (rnd() & 1 && c->nr == __HYPERVISOR_mmu_update)
        hcall_any(c->nr, mmu_list(false), count, 0, DOMID_SELF, 0);
    else if (rnd() & 1 && c->nr == __HYPERVISOR_mmuext_op)
        hcall_any(c->nr, mmu_list(true), count, 0, DOMID_SELF, 0);
    else if (c->shape == POINTER_FIRST)
        hcall_any(c->nr, pointer(), count, 0, rnd() & 1 ? DOMID_SELF : garbage_value(), 0);
    else if (c->shape == COMMAND_POINTER)
        hcall_any(c->nr, command, pointer(), count, 0, 0);
    else if (c->shape == COMMAND_ID_POINTER)
        hcall_any(c->nr, command, rnd() % 3, pointer(), 0, 0);
    else
        hcall_any(c->nr, command, garbage_value(), garbage_value(), garbage_value(), 0);
}

/* A list of calls that would each be well-formed alone. */
static void one_multicall(void)
{
    struct multicall_entry list[8];

    for (unsigned i = 0; i < array_size(list); i++) {
        const struct call *c = &calls[rnd() % array_size(calls)];
        uint64_t command = c->commands ? rnd() % c->commands : garbage_value();
        bool left_out =
            (command < 64 && c->excluded >> command & 1) || c->nr == __HYPERVISOR_sched_op;

        list[i] = (struct multicall_entry){.op = left_out ? __HYPERVISOR_xen_version : c->nr,
                                           .args = {command, scratch_va(), rnd() % 5, DOMID_SELF}};
        if (c->nr == __HYPERVISOR_mmu_update || c->nr == __HYPERVISOR_mmuext_op)
            list[i].args[0] = mmu_list(c->nr == __HYPERVISOR_mmuext_op),
            list[i].args[1] = rnd() % 5, list[i].args[2] = 0;
    }
    hc_multicall(list, (unsigned)(rnd() % 9));
}

static void one_thing(uint64_t done)
{
    switch (rnd() % 16) {
    case 0 ... 3:
        garbage_grant();
        break;
    case 4:
        if (!boot_is_dom0())
            one_multicall();
        break;
    case 5:
        if (!boot_is_dom0())
            garbage_insn();
        break;
    case 6 ... 7:
        garbage_user();
        break;
    case 8:
        if (!boot_is_dom0())
            one_port();
        break;
    default:
        one_call();
    }
    boot_map_mfn(scratch[done % SCRATCH_PAGES], boot_mfn(scratch[done % SCRATCH_PAGES]));
}

static void run(void *arg)
{
    uint64_t done = 0;

    if (arg)
        garbage_user_init();
    for (;; done++) {
        one_thing(done);
        if (done % REPORT_EVERY == 0 && !arg)
            env_log("garbage %lu calls", done);
    }
}

static char second_stack[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));

void mode_garbage(void)
{
    uint64_t seed = guest_number("seed", 1);

    garbage_seed(seed);
    garbage_partner = (domid_t)guest_number("partner", DOMID_SELF);
    for (unsigned i = 0; i < SCRATCH_PAGES; i++)
        gnttab_grant(garbage_partner, scratch[i], false);
    env_log("mini: garbage, seed %lu", seed);
    evtchn_irq_save();
    garbage_user_init(); /* makes the table that the second vCPU uses as well */
    if (vcpu_start(1, run, second_stack, second_stack))
        env_log("garbage on one vCPU");
    run(NULL);
}

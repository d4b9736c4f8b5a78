/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unset: an assertion, a null pointer or a fault that a guest can reach by using what was never set
 * up (kind J of the advisories, as XSA-1, 107, 134, 221, 232 and 338).
 *
 * What was possible: an operation on a table, a port, a vCPU or a mode that the guest had not made
 * yet went through a pointer that was not there, or failed an assertion: the host went down.
 * Why: the code behind it was written for a guest that does first things first.
 * What must happen: each gives an error or has no effect, and the hypervisor goes on.
 */
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/trap.h>

static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));

/* The second vCPU has no context: nothing may run it, and whatever is meant for it waits. */
static void test_vcpu(void)
{
    static struct vcpu_runstate_info run;
    struct vcpu_set_singleshot_timer ss = {.timeout_abs_ns = 1};
    struct vcpu_set_periodic_timer pt = {.period_ns = 10000000};
    struct evtchn_bind_ipi ipi = {.vcpu = 1};
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER, .vcpu = 1};

    check_eq(hc_vcpu_op(VCPUOP_up, 1, NULL), -EINVAL, "up without a context");
    check_eq(hc_vcpu_op(VCPUOP_down, 1, NULL), 0, "down of what is not up");
    check_eq(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0, "it is not up");
    check_eq(hc_vcpu_op(VCPUOP_get_runstate_info, 1, &run), 0, "its runstate");
    check_eq(run.state, RUNSTATE_offline, "is offline");
    check_eq(hc_vcpu_op(VCPUOP_set_singleshot_timer, 1, &ss), -EINVAL, "its single-shot timer");
    check_eq(hc_vcpu_op(VCPUOP_set_periodic_timer, 1, &pt), 0, "its periodic timer");
    check_eq(hc_vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL), 0, "is stopped");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0, "a port to it");
    check_eq(evtchn_send(ipi.port), 0, "an event for it");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_virq, &virq), 0, "a VIRQ of it");
    check_eq(evtchn_close(ipi.port), 0, "close the port");
    check_eq(evtchn_close(virq.port), 0, "close the VIRQ");
    check_eq(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0, "none of it brought it up");
}

/* XSA-1: a context that starts in user mode, without a page table for it. */
static void test_user_context(void)
{
    static struct vcpu_guest_context ctx;

    ctx.user_regs.rip = U64(entry_vcpu);
    ctx.user_regs.rsp = U64(stack1) + STACK_SIZE;
    ctx.user_regs.cs = FLAT_USER_CS;
    ctx.user_regs.ss = FLAT_USER_SS;
    ctx.kernel_ss = FLAT_KERNEL_SS;
    ctx.kernel_sp = U64(stack1) + STACK_SIZE;
    ctx.ctrlreg[3] = xen_pfn_to_cr3(boot_mfn((void *)boot_info->pt_base));
    check_eq(hc_vcpu_op(VCPUOP_initialise, 1, &ctx), -EINVAL,
             "a context in user mode without its page table");
    check_eq(hc_vcpu_op(VCPUOP_up, 1, NULL), -EINVAL, "left nothing behind");
}

/* XSA-107, 221, 338: ports that never were, before any port was made. */
static void test_ports(void)
{
    static evtchn_port_t port = 100;
    struct sched_poll p = {.nr_ports = 1, .timeout = 1};
    struct evtchn_bind_vcpu bv = {.port = 100, .vcpu = 1};
    struct evtchn_expand_array grow = {.array_gfn = 0};
    struct evtchn_set_priority prio = {.port = 100, .priority = 0};
    long rc;

    set_xen_guest_handle(p.ports, &port);
    check_eq(evtchn_send(100), -EINVAL, "send");
    check_eq(evtchn_close(100), -EINVAL, "close");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_vcpu, &bv), -EINVAL, "bind_vcpu");
    rc = hc_sched_op(SCHEDOP_poll, &p);
    check(rc == 0 || rc == -EINVAL, "poll (%ld)", rc);
    check(hc_event_channel_op(EVTCHNOP_expand_array, &grow) < 0, "FIFO array without FIFO");
    check(hc_event_channel_op(EVTCHNOP_set_priority, &prio) < 0, "priority of no port");
}

/* XSA-134, 232: grants before the table is set up, and the things that few have tried. */
static void test_grants(void)
{
    static char *page;
    static uint8_t bytes[256];
    static const unsigned cmds[] = {GNTTABOP_map_grant_ref,     GNTTABOP_unmap_grant_ref,
                                    GNTTABOP_transfer,          GNTTABOP_copy,
                                    GNTTABOP_unmap_and_replace, GNTTABOP_set_version,
                                    GNTTABOP_get_status_frames, GNTTABOP_get_version,
                                    GNTTABOP_swap_grant_ref,    GNTTABOP_cache_flush};
    domid_t self = self_id();

    page = page_get();
    for (unsigned i = 0; i < array_size(cmds); i++) {
        long rc;

        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, &self, sizeof(self));
        rc = hc_grant_table_op(cmds[i], bytes, 1);
        check(rc <= 0, "grant command %u with zeros (%ld)", cmds[i], rc);
        memset(bytes, 0xff, sizeof(bytes));
        rc = hc_grant_table_op(cmds[i], bytes, 1);
        check(rc <= 0, "grant command %u with ones (%ld)", cmds[i], rc);
    }
    check_eq(page[0], 0, "nothing was written");
}

static void test_modes(void)
{
    struct callback_unregister cb = {.type = CALLBACKTYPE_nmi};

    check_eq(hc_callback_op(CALLBACKOP_unregister, &cb), 0, "unregister what is not registered");
    check_eq(pt_unpin(page_get()), -EINVAL, "unpin what is not pinned");
    check_eq(pt_ext(MMUEXT_SET_LDT, 0, 0), 0, "no LDT in place of no LDT");
    check_eq(pt_ext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0, "no user table in place of none");
    check_eq(hc_set_timer_op(0), 0, "stop a timer that does not run");
    check_eq(hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0, "and the other");
}

void test_main(void)
{
    test_ports();
    test_vcpu();
    test_user_context();
    test_grants();
    test_modes();
    check_eq(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE, "still alive");
}

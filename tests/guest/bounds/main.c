/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bounds: a number, size, alignment or nested pointer of the guest is not checked (kinds D and E of
 * the advisories, as XSA-20, 212, 221, 227, 231, 279, 296 and 327).
 *
 * What was possible: the start of an array was checked, but not the offset at which a call resumed
 * in it, so results were written wherever the guest wanted; a slot's address that is not aligned
 * made two page-table entries change at once; a deadline near the end of its type wrapped.
 * Why: a check looked at the number that is usually used, not at each number that is computed with.
 * What must happen: each field at its ends gives the documented error or has no effect, nothing is
 * written outside, and the domain goes on.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/hcall.h>
#include <front/lib.h>

#define MS      1000000ull
#define HV      0xffff830000000000ull
#define LOW_END 0x00007ffffffff000ull /* the last page below the hole */

/* XSA-212: the list starts where it may, and the offset leads into the hypervisor. */
static void test_exchange_offset(void)
{
    static xen_pfn_t in[1];
    struct xen_memory_exchange ex = {0};
    uint64_t n = (HV - LOW_END) / sizeof(xen_pfn_t);

    ex.in = (struct xen_memory_reservation){.nr_extents = n + 1, .domid = DOMID_SELF};
    ex.out = ex.in;
    ex.nr_exchanged = n;
    set_xen_guest_handle(ex.in.extent_start, in);
    set_xen_guest_handle(ex.out.extent_start, (xen_pfn_t *)LOW_END);
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EFAULT, "exchange: offset into the hypervisor");
    ex.nr_exchanged = n + 2;
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EINVAL, "exchange: offset behind the list");
    ex.nr_exchanged = UINT64_MAX;
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EINVAL, "exchange: offset -1");
    ex.nr_exchanged = 0;
    ex.in.nr_extents = 1ull << 62;
    ex.in.extent_order = 3;
    ex.out.nr_extents = 1ull << 62;
    ex.out.extent_order = 3;
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EINVAL, "exchange: sizes that overflow");
}

static void test_orders(void)
{
    static const unsigned orders[] = {21, 31, 32, 52, 63, 64, 65, UINT32_MAX};
    static xen_pfn_t list[1];
    long before = self_frames();

    for (unsigned i = 0; i < array_size(orders); i++) {
        struct xen_memory_reservation r = {
            .nr_extents = 1, .extent_order = orders[i], .domid = DOMID_SELF};

        set_xen_guest_handle(r.extent_start, list);
        check(hc_memory_op(XENMEM_increase_reservation, &r) <= 0, "increase by order %u",
              orders[i]);
        check(hc_memory_op(XENMEM_decrease_reservation, &r) <= 0, "decrease by order %u",
              orders[i]);
        check(hc_memory_op(XENMEM_populate_physmap, &r) <= 0, "populate order %u", orders[i]);
    }
    check_eq(self_frames(), before, "the domain has the frames that it had");
}

/* XSA-227: where the entry of a grant's mapping goes. */
static void test_grant_slots(void)
{
    struct pt_region rg = pt_region(3);
    char *page = page_get();
    uint64_t slot = boot_mfn(rg.l1) << PAGE_SHIFT;
    static const uint64_t offsets[] = {1, 4, 7, PAGE_SIZE - 1};
    struct gnttab_map_grant_ref m = {.flags = GNTMAP_host_map | GNTMAP_contains_pte};

    if (gnttab_init())
        error("no grant table");
    m.dom = self_id();
    m.ref = (grant_ref_t)gnttab_grant(m.dom, page, false);
    for (unsigned i = 0; i < array_size(offsets); i++) {
        m.host_addr = slot + offsets[i];
        check_eq(hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map into slot + %lu",
                 offsets[i]);
        check_eq(m.status, GNTST_general_error, "is refused");
    }
    m.host_addr = UINT64_MAX;
    hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
    check(m.status < 0, "slot -1 (%d)", m.status);
    m.flags = GNTMAP_host_map;
    m.host_addr = HV;
    hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
    check(m.status < 0, "address in the hypervisor (%d)", m.status);
    m.host_addr = 1ull << 63;
    hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
    check(m.status < 0, "non-canonical address (%d)", m.status);
    m.ref = UINT32_MAX;
    hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
    check_eq(m.status, GNTST_bad_gntref, "reference -1");
    for (unsigned i = 0; i < 512; i++)
        if (rg.l1[i]) {
            check(false, "entry %u was changed", i);
            return;
        }
    check(true, "no entry was changed");
}

static void test_vcpus(void)
{
    static const unsigned ids[] = {32, 8191, 1u << 16, 1u << 31, UINT32_MAX};
    static struct vcpu_guest_context ctx;
    static char arg[512];

    for (unsigned i = 0; i < array_size(ids); i++) {
        check_eq(hc_vcpu_op(VCPUOP_is_up, ids[i], NULL), -ENOENT, "is_up of vCPU %u", ids[i]);
        check_eq(hc_vcpu_op(VCPUOP_initialise, ids[i], &ctx), -ENOENT, "initialise it");
        check_eq(hc_vcpu_op(VCPUOP_up, ids[i], NULL), -ENOENT, "bring it up");
        check_eq(hc_vcpu_op(VCPUOP_get_runstate_info, ids[i], arg), -ENOENT, "its runstate");
    }
}

static void test_events(void)
{
    static const uint32_t numbers[] = {4096, 1u << 17, 1u << 31, UINT32_MAX};
    static evtchn_port_t port;
    struct sched_poll p = {.nr_ports = 1};

    set_xen_guest_handle(p.ports, &port);
    for (unsigned i = 0; i < array_size(numbers); i++) {
        struct evtchn_unmask um = {.port = numbers[i]};
        struct evtchn_bind_vcpu bv = {.port = numbers[i]};
        struct evtchn_bind_virq virq = {.virq = numbers[i]};

        check_eq(evtchn_send(numbers[i]), -EINVAL, "send to port %u", numbers[i]);
        check_eq(hc_event_channel_op(EVTCHNOP_close, &um), -EINVAL, "close it");
        check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), -EINVAL, "unmask it");
        check_eq(hc_event_channel_op(EVTCHNOP_bind_vcpu, &bv), -EINVAL, "bind it to a vCPU");
        check_eq(hc_event_channel_op(EVTCHNOP_bind_virq, &virq), -EINVAL, "bind VIRQ %u",
                 numbers[i]);
        port = numbers[i];
        p.nr_ports = 1;
        check_eq(hc_sched_op(SCHEDOP_poll, &p), -EINVAL, "poll port %u", numbers[i]);
        p.nr_ports = numbers[i];
        check_eq(hc_sched_op(SCHEDOP_poll, &p), -EINVAL, "poll %u ports", numbers[i]);
    }
}

/* XSA-279: whatever address is to leave the TLB. */
static void test_addresses(void)
{
    static const uint64_t addresses[] = {HV, 1ull << 47, 1ull << 63, UINT64_MAX, 0x7fffffffffff};
    xen_ulong_t frames[1] = {0};

    for (unsigned i = 0; i < array_size(addresses); i++) {
        check_eq(pt_ext(MMUEXT_INVLPG_LOCAL, addresses[i], 0), 0, "INVLPG of %lx", addresses[i]);
        check(hc_update_va_mapping(addresses[i], 0, UVMF_INVLPG) < 0, "its mapping");
        check(hc_update_descriptor(addresses[i], 0) < 0, "a descriptor there");
    }
    check_eq(pt_ext(MMUEXT_SET_LDT, 0, 8193), -EINVAL, "LDT of 8193 entries");
    check_eq(pt_ext(MMUEXT_SET_LDT, HV, 1), -EINVAL, "LDT in the hypervisor");
    check_eq(pt_ext(MMUEXT_SET_LDT, FRONT_VIRT_BASE + 8, 1), -EINVAL,
             "LDT that is not page aligned");
    check_eq(hc_set_gdt(frames, 7169), -EINVAL, "GDT of 7169 entries");
    check_eq(hc_set_gdt(frames, UINT32_MAX), -EINVAL, "GDT of 2^32 - 1 entries");
}

static volatile unsigned ticks;

static void on_tick(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
    ticks++;
}

/* XSA-20: deadlines and periods at the ends of their types, then one that is near. */
static void test_times(void)
{
    static const uint64_t ends[] = {UINT64_MAX, 1ull << 63, INT64_MAX, INT64_MAX - 1, 1ull << 62};
    long port;
    uint64_t limit;

    hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    port = evtchn_bind_virq(VIRQ_TIMER, 0);
    evtchn_set_handler((evtchn_port_t)port, on_tick, NULL);
    for (unsigned i = 0; i < array_size(ends); i++) {
        struct vcpu_set_periodic_timer pt = {.period_ns = ends[i]};
        struct vcpu_set_singleshot_timer ss = {.timeout_abs_ns = ends[i]};

        check_eq(hc_set_timer_op(ends[i]), 0, "set_timer_op(%lx)", ends[i]);
        check(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &ss) <= 0, "single-shot");
        hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
        check(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &pt) <= 0, "periodic");
        hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    }
    ticks = 0;
    evtchn_irq_restore(false);
    limit = boot_now() + 3000 * MS;
    hc_set_timer_op(boot_now() + 2 * MS);
    while (!ticks && boot_now() < limit)
        hc_sched_op(SCHEDOP_yield, NULL);
    check(ticks > 0, "a near deadline still fires");
    evtchn_irq_save();
    evtchn_close((evtchn_port_t)port);
}

void test_main(void)
{
    test_exchange_offset();
    test_orders();
    test_grant_slots();
    test_vcpus();
    test_events();
    test_addresses();
    test_times();
}

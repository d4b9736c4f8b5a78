/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quota: what a guest can make the host keep has no limit (kind M of the advisories, as XSA-300,
 * 385 and 391).
 *
 * What was possible: a guest asked for one more of something, again and again, until the host or
 * the control domain had no memory left for anybody.
 * Why: the thing was charged to nobody, or the sum that was compared with the limit wrapped.
 * What must happen: each ends with its own error at a fixed number, and when one is given back, one
 * can be had again.
 */
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/hcall.h>
#include <front/lib.h>

#define PORTS   4096 /* two-level event channels of a 64-bit guest */
#define PIN_MAX 128  /* uses of a kind that a grant's entry can count */

static void test_ports(void)
{
    static evtchn_port_t ports[PORTS];
    unsigned n = 0, closed = 0;
    long port;

    while ((port = evtchn_alloc(DOMID_SELF)) > 0 && n < PORTS)
        ports[n++] = (evtchn_port_t)port;
    check_eq(port, -ENOSPC, "ports end with ENOSPC");
    check(n > 100 && n < PORTS, "after some number below %u (%u)", PORTS, n);
    check_eq(evtchn_alloc(DOMID_SELF), -ENOSPC, "and again");
    evtchn_close(ports[--n]);
    port = evtchn_alloc(DOMID_SELF);
    check_eq(port, ports[n], "one that is closed can be had again");
    evtchn_close((evtchn_port_t)port);
    for (unsigned i = 0; i < n; i++)
        closed += !evtchn_close(ports[i]);
    check_eq(closed, n, "all are closed");
}

static void test_mappings(void)
{
    static grant_handle_t handles[PIN_MAX + 1];
    struct pt_region rg = pt_region(2);
    struct gnttab_map_grant_ref m = {.flags = GNTMAP_host_map | GNTMAP_readonly};
    char *page = page_get();
    unsigned n = 0, gone = 0;

    if (gnttab_init())
        error("no grant table");
    m.dom = self_id();
    m.ref = (grant_ref_t)gnttab_grant(m.dom, page, false);
    for (; n <= PIN_MAX; n++) {
        m.host_addr = U64(pt_region_va(&rg, n));
        hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
        if (m.status)
            break;
        handles[n] = m.handle;
    }
    check(m.status < 0, "mappings of one grant end with an error (%d)", m.status);
    check(n > 0 && n <= PIN_MAX, "after no more than its entry can count (%u)", n);
    check_eq((long)rg.l1[n], 0, "the refused one left no entry");
    for (unsigned i = 0; i < n; i++) {
        struct gnttab_unmap_grant_ref u = {.handle = handles[i],
                                           .host_addr = U64(pt_region_va(&rg, i))};

        hc_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1);
        gone += u.status == GNTST_okay;
    }
    check_eq(gone, n, "all are unmapped");
    check_eq(gnttab_end(m.ref), 0, "and the entry is free");
}

/* XSA-385: the sum of what a domain has and what it asks for. */
static void test_memory(void)
{
    static const uint64_t counts[] = {1ull << 31, 1ull << 32, 1ull << 51};
    domid_t self = DOMID_SELF;
    long max = hc_memory_op(XENMEM_maximum_reservation, &self), before = self_frames();
    static xen_pfn_t list[1];
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    unsigned long n = 0;

    set_xen_guest_handle(r.extent_start, list);
    if (boot_is_dom0()) {
        skip("the initial domain's memory has no limit of its own");
        return;
    }
    while (n < 4096 && hc_memory_op(XENMEM_increase_reservation, &r) == 1)
        n++;
    check(self_frames() <= max, "never more than the maximum (%ld of %ld)", self_frames(), max);
    check(n < 4096, "it ends (after %lu)", n);
    for (unsigned i = 0; i < array_size(counts); i++) {
        r.nr_extents = counts[i];
        check(hc_memory_op(XENMEM_increase_reservation, &r) <= 0, "%lx extents", counts[i]);
    }
    check_eq(self_frames(), before + (long)n, "nothing came of them");
}

void test_main(void)
{
    test_ports();
    test_mappings();
    test_memory();
}

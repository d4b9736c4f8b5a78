/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stale: a page that becomes a page table cannot be written through an old TLB entry.
 *
 * What was possible: the guest wrote a page once, so that the TLB held a writable entry, cleared
 * the entry without a flush, and let a memory_exchange with that page fail.  The page came back,
 * but without the note that a TLB might still hold it.  Linked as a page table it needed no flush,
 * and the guest wrote its own live table: all of the machine's memory with four hypercalls.
 * Why: the exchange kept its list in the word that holds the note.
 * What must happen: whatever the page went through, a write to its old address faults.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

static struct xen_memory_reservation reservation(xen_pfn_t *list, unsigned n, unsigned order)
{
    struct xen_memory_reservation r = {.nr_extents = n, .domid = DOMID_SELF, .extent_order = order};

    set_xen_guest_handle(r.extent_start, list);
    return r;
}

/* Page and a frame that is nobody's to give, for one extent of two: refused after the page was
 * taken. */
static void exchange_that_fails(uint64_t *page)
{
    static xen_pfn_t in[2], out[1];
    struct xen_memory_exchange ex = {0};

    in[0] = boot_mfn(page);
    in[1] = 0x100; /* physical 1 MiB: the hypervisor's */
    out[0] = boot_pfn(page);
    ex.in = reservation(in, 2, 0);
    ex.out = reservation(out, 1, 1);
    check(hc_memory_op(XENMEM_exchange, &ex) < 0, "an exchange of what is not ours is refused");
}

static void ordinary_write(uint64_t *page)
{
    /* while it is plain memory the hypervisor may write it for us */
    check_eq(pt_update(boot_mfn(page) << PAGE_SHIFT, 0), 0, "a plain write through the hypervisor");
}

static void nothing(uint64_t *page)
{
    (void)page;
}

static void becomes_a_table(const char *what, unsigned slot, void (*meanwhile)(uint64_t *page))
{
    struct pt_region r = pt_region(slot);
    uint64_t *page = page_get();
    const uint64_t mfn = boot_mfn(page);

    ((volatile uint64_t *)page)[0] = 0; /* the TLB holds it, writable */
    check_eq(hc_update_va_mapping((uint64_t)page, 0, UVMF_NONE), 0, "cleared without a flush");
    meanwhile(page);
    check_eq(pt_write(r.l2 + 1, mfn << PAGE_SHIFT | PT_RW), 0, "linked as a page table");
    /* an entry that is not present: harmless if it gets there */
    check_eq(TRAP_FAULT_VECTOR(probe_write(page, 0)), TRAP_PF, what);
}

void test_main(void)
{
    becomes_a_table("no write after the entry was cleared", 3, nothing);
    becomes_a_table("no write after a failed exchange", 4, exchange_that_fails);
    becomes_a_table("no write after a plain write", 5, ordinary_write);
}

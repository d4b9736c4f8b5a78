/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * continue: a call that is interrupted and resumed loses or repeats part of its work (kind R of the
 * advisories, as XSA-145, 213, 296, 299 and 318).
 *
 * What was possible: a long call that gave way to an event resumed one element too early or late,
 * or with the arguments of the call around it, so counts were wrong and memory was another's.
 * Why: the place at which to go on was kept beside the work, and each call kept it in its own way.
 * What must happen: with a timer that interrupts all the time each element is done once, in order,
 * inside a multicall as well as outside, and the results are those of an undisturbed call.
 */
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

#define MS      1000000ull
#define UPDATES 6000
#define COPIES  2000
#define FRAMES  512
#define ROUNDS  6

static struct mmu_update updates[UPDATES];
static struct gnttab_copy copies[COPIES];
static xen_pfn_t frames[FRAMES], pfns[FRAMES];
static char *pages[FRAMES];
static struct pt_region rg;
static unsigned ticks;

static void on_tick(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
    ticks++;
}

/* Each update turns an entry's flag once: the last state tells whether one was lost or repeated. */
static void make_updates(char *page)
{
    uint64_t base = boot_mfn(rg.l1) << PAGE_SHIFT;

    for (unsigned i = 0; i < UPDATES; i++)
        updates[i] = (struct mmu_update){.ptr = base + i % 512 * 8,
                                         .val = pte_of(page, i / 512 % 2 ? PT_RW : PT_RO)};
}

static unsigned wrong_entries(char *page)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < 512; i++) {
        unsigned last = (UPDATES - 1 - i) / 512;

        wrong += (rg.l1[i] & (PTE_MFN | PTE_W)) != (pte_of(page, last % 2 ? PTE_W : 0));
    }
    return wrong;
}

static void test_updates(void)
{
    char *page = page_get();
    unsigned done, wrong = 0, counted = 0;

    make_updates(page);
    for (unsigned r = 0; r < ROUNDS; r++) {
        done = 0;
        check_eq(hc_mmu_update(updates, UPDATES, &done, DOMID_SELF), 0, "a batch of updates");
        counted += done;
        wrong += wrong_entries(page);
    }
    check_eq(counted, ROUNDS * UPDATES, "each is counted once");
    check_eq(wrong, 0, "each entry has the last value");
}

/* XSA-145: the same inside a multicall, between calls whose results must not be touched. */
static void test_multicall(void)
{
    static struct multicall_entry calls[3];
    static unsigned done;
    char *page = page_get();
    unsigned wrong = 0;

    make_updates(page);
    for (unsigned r = 0; r < ROUNDS; r++) {
        calls[0] =
            (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
        calls[2] = calls[0];
        calls[1] = (struct multicall_entry){
            .op = __HYPERVISOR_mmu_update, .args = {U64(updates), UPDATES, U64(&done), DOMID_SELF}};
        done = 0;
        wrong += hc_multicall(calls, 3) != 0;
        wrong += calls[0].result != (4 << 16 | 17) || calls[2].result != (4 << 16 | 17);
        wrong += calls[1].result != 0 || done != UPDATES || wrong_entries(page);
    }
    check_eq(wrong, 0, "batches between two other calls");
}

/* XSA-318: each copy continues a chain, so a lost, repeated or exchanged one shows at its end. */
static void test_copies(void)
{
    uint8_t *a = page_get();
    unsigned wrong = 0;

    for (unsigned r = 0; r < ROUNDS; r++) {
        memset(a, 0, PAGE_SIZE);
        for (unsigned i = 0; i < 16; i++)
            a[i] = (uint8_t)(i + r + 1);
        for (unsigned i = 0; i < COPIES; i++) {
            copies[i] = (struct gnttab_copy){.len = 16, .status = 1};
            copies[i].source.domid = copies[i].dest.domid = DOMID_SELF;
            copies[i].source.u.gmfn = copies[i].dest.u.gmfn = boot_mfn(a);
            copies[i].source.offset = (uint16_t)(i % 200 * 16);
            copies[i].dest.offset = (uint16_t)((i % 200 + 1) * 16);
        }
        wrong += hc_grant_table_op(GNTTABOP_copy, copies, COPIES) != 0;
        for (unsigned i = 0; i < COPIES; i++)
            wrong += copies[i].status != GNTST_okay;
        for (unsigned i = 0; i < 201 * 16; i++)
            wrong += a[i] != (uint8_t)(i % 16 + r + 1);
    }
    check_eq(wrong, 0, "chains of copies arrive whole");
}

static void test_reservations(void)
{
    struct xen_memory_reservation r = {.nr_extents = FRAMES, .domid = DOMID_SELF};
    unsigned long before = (unsigned long)self_frames(), wrong = 0;

    for (unsigned i = 0; i < FRAMES; i++) {
        pages[i] = page_get();
        pfns[i] = boot_pfn(pages[i]);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < FRAMES; i++) {
            frames[i] = boot_mfn(pages[i]);
            hc_update_va_mapping(U64(pages[i]), 0, UVMF_INVLPG);
        }
        set_xen_guest_handle(r.extent_start, frames);
        wrong += hc_memory_op(XENMEM_decrease_reservation, &r) != FRAMES;
        wrong += (unsigned long)self_frames() != before - FRAMES;
        memcpy(frames, pfns, sizeof(frames));
        wrong += hc_memory_op(XENMEM_populate_physmap, &r) != FRAMES;
        wrong += (unsigned long)self_frames() != before;
        for (unsigned i = 0; i < FRAMES; i++) {
            wrong += boot_mfn_to_pfn(frames[i]) != pfns[i];
            ((uint64_t *)boot_info->mfn_list)[pfns[i]] = frames[i];
            wrong += boot_map_mfn(pages[i], frames[i]) != 0;
        }
    }
    check_eq((long)wrong, 0, "%u frames down and up, %u times", FRAMES, ROUNDS);
}

void test_main(void)
{
    struct vcpu_set_periodic_timer fast = {.period_ns = MS};
    long port = evtchn_bind_virq(VIRQ_TIMER, 0);

    rg = pt_region(2);
    evtchn_set_handler((evtchn_port_t)port, on_tick, NULL);
    if (hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &fast))
        error("cannot set a timer");
    evtchn_irq_restore(false);
    test_updates();
    test_multicall();
    test_copies();
    test_reservations();
    check(ticks > 10, "the timer interrupted (%u times)", ticks);
    hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    evtchn_irq_save();
    evtchn_close((evtchn_port_t)port);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant table: entries, and a free list threaded through the unused ones' frame fields. */
#include <front/boot.h>
#include <front/env.h>
#include <front/gnttab.h>
#include <front/hcall.h>

#define ENTRIES (GNTTAB_FRAMES * PAGE_SIZE / sizeof(struct grant_entry_v1))

static char slots[GNTTAB_FRAMES][PAGE_SIZE] aligned_page; /* give way to the shared frames */
static struct grant_entry_v1 *const table = (struct grant_entry_v1 *)slots;
static uint32_t next_free[ENTRIES]; /* 0 ends the list: the first entries are reserved */
static uint32_t first_free;

long gnttab_init(void)
{
    xen_pfn_t frames[GNTTAB_FRAMES];
    struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = GNTTAB_FRAMES};
    long rc;

    set_xen_guest_handle(s.frame_list, frames);
    rc = hc_grant_table_op(GNTTABOP_setup_table, &s, 1);
    if (rc || s.status)
        return rc ? rc : -EIO;
    for (unsigned i = 0; i < GNTTAB_FRAMES; i++) {
        rc = boot_map_mfn(slots[i], frames[i]);
        if (rc)
            return rc;
    }
    for (uint32_t i = ENTRIES - 1; i >= GNTTAB_NR_RESERVED_ENTRIES; i--) {
        next_free[i] = first_free;
        first_free = i;
    }
    return 0;
}

long gnttab_grant(domid_t dom, const void *va, bool read_only)
{
    bool masked = env_irq_save();
    uint32_t ref = first_free;

    if (ref)
        first_free = next_free[ref];
    env_irq_restore(masked);
    if (!ref)
        return -ENOSPC;
    table[ref].domid = dom;
    table[ref].frame = (uint32_t)env_mfn(va);
    __atomic_store_n(&table[ref].flags, GTF_permit_access | (read_only ? GTF_readonly : 0),
                     __ATOMIC_RELEASE);
    return ref;
}

struct grant_entry_v1 *gnttab_entry(uint32_t ref)
{
    return &table[ref];
}

long gnttab_end(uint32_t ref)
{
    uint16_t flags = table[ref].flags;
    bool masked;

    do {
        if (flags & (GTF_reading | GTF_writing))
            return -EBUSY;
    } while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    masked = env_irq_save();
    next_free[ref] = first_free;
    first_free = ref;
    env_irq_restore(masked);
    return 0;
}

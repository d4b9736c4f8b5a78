/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant2: grant tables version 2 on the domain itself: the switch there and back and what it keeps,
 * status frames, whole pages, parts of pages and transitive grants, mapped and copied, and every
 * refusal.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define FRAMES      9 /* of entries; the ninth needs a second status frame */
#define REGION_SLOT 2
#define IN_USE      (GTF_reading | GTF_writing)

static union grant_entry_v2 *table; /* of the first frame */
static grant_status_t *status;
static struct pt_region rg;
static char slots[3][PAGE_SIZE] aligned_page;
static char *page, *other;
static void *map_va;
static domid_t self;

static long set_version(uint32_t version, uint32_t *now)
{
    struct gnttab_set_version s = {.version = version};
    long rc = hc_grant_table_op(GNTTABOP_set_version, &s, 1);

    *now = s.version;
    return rc;
}

static uint32_t get_version(void)
{
    struct gnttab_get_version v = {.dom = DOMID_SELF};

    check_eq(hc_grant_table_op(GNTTABOP_get_version, &v, 1), 0, "get_version");
    return v.version;
}

static int16_t setup(uint32_t n, xen_pfn_t *frames)
{
    struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = n};

    set_xen_guest_handle(s.frame_list, frames);
    check_eq(hc_grant_table_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table of %u", n);
    return s.status;
}

static int16_t status_frames(domid_t dom, uint32_t n, uint64_t *frames)
{
    struct gnttab_get_status_frames s = {.dom = dom, .nr_frames = n};

    set_xen_guest_handle(s.frame_list, frames);
    check_eq(hc_grant_table_op(GNTTABOP_get_status_frames, &s, 1), 0, "get_status_frames of %u", n);
    return s.status;
}

/* Publishes entry `ref`: what it says first, flags last. */
static void grant(unsigned ref, const void *va, uint16_t flags)
{
    table[ref].full_page.pad0 = 0;
    table[ref].hdr.domid = self;
    table[ref].full_page.frame = boot_mfn(va);
    __atomic_store_n(&table[ref].hdr.flags, GTF_permit_access | flags, __ATOMIC_RELEASE);
}

static void grant_part(unsigned ref, const void *va, uint16_t from, uint16_t length, uint16_t flags)
{
    grant(ref, va, GTF_invalid);
    table[ref].hdr.flags = GTF_invalid;
    table[ref].sub_page.page_off = from;
    table[ref].sub_page.length = length;
    __atomic_store_n(&table[ref].hdr.flags, GTF_permit_access | GTF_sub_page | flags,
                     __ATOMIC_RELEASE);
}

static void grant_transitive(unsigned ref, domid_t dom, grant_ref_t what)
{
    table[ref].full_page.frame = 0;
    table[ref].hdr.domid = self;
    table[ref].transitive.trans_domid = dom;
    table[ref].transitive.gref = what;
    __atomic_store_n(&table[ref].hdr.flags, GTF_transitive, __ATOMIC_RELEASE);
}

static struct gnttab_map_grant_ref map_op(unsigned ref, uint32_t flags)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = U64(map_va), .flags = flags, .ref = ref, .dom = self};

    check_eq(hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref of %u", ref);
    return m;
}

static int16_t unmap_op(uint32_t handle)
{
    struct gnttab_unmap_grant_ref u = {.host_addr = U64(map_va), .handle = handle};

    check_eq(hc_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap_grant_ref");
    return u.status;
}

static int16_t swap_op(unsigned a, unsigned b)
{
    struct gnttab_swap_grant_ref s = {.ref_a = a, .ref_b = b};

    check_eq(hc_grant_table_op(GNTTABOP_swap_grant_ref, &s, 1), 0, "swap_grant_ref");
    return s.status;
}

/* From the grant to a page of its own, or the other way round. */
static int16_t copy_op(unsigned ref, uint16_t offset, uint16_t len, bool to_grant)
{
    struct gnttab_copy c = {.len = len,
                            .flags = to_grant ? GNTCOPY_dest_gref : GNTCOPY_source_gref};
    struct gnttab_copy_ptr *g = to_grant ? &c.dest : &c.source, *p = to_grant ? &c.source : &c.dest;

    g->u.ref = ref;
    g->domid = self;
    g->offset = offset;
    p->u.gmfn = boot_mfn(other);
    p->domid = DOMID_SELF;
    check_eq(hc_grant_table_op(GNTTABOP_copy, &c, 1), 0, "copy");
    return c.status;
}

static void test_version_1(void)
{
    static xen_pfn_t frames[1];
    uint64_t none[1];
    struct grant_entry_v1 *v1 = (void *)slots[0];

    check_eq((long)get_version(), 1, "a domain begins with version 1");
    check_eq(status_frames(DOMID_SELF, 1, none), GNTST_general_error, "which has no status frame");
    check_eq(status_frames(DOMID_SELF, 0, none), GNTST_okay, "of none of which one may ask");
    check_eq(setup(1, frames), GNTST_okay, "setup_table");
    if (boot_map_mfn(slots[0], frames[0]))
        error("cannot map the grant frame");
    table = (void *)slots[0];
    v1[5] =
        (struct grant_entry_v1){GTF_permit_access | GTF_readonly, self, (uint32_t)boot_mfn(page)};
    v1[6] = (struct grant_entry_v1){GTF_accept_transfer, self, 0};
    v1[7] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)boot_mfn(page)};
    v1[8] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)boot_mfn(page)};
}

static void test_switch(void)
{
    struct gnttab_map_grant_ref m;
    uint32_t now;

    check_eq(set_version(3, &now), -EINVAL, "version 3");
    check_eq((long)now, 1, "version 1 stays");
    check_eq(set_version(0, &now), -EINVAL, "version 0");
    check_eq(set_version(1, &now), 0, "version 1 again");
    check_eq((long)table[4].hdr.flags, GTF_permit_access, "which changes nothing");
    m = map_op(8, GNTMAP_host_map);
    check_eq(m.status, GNTST_okay, "map an entry that is not reserved");
    check_eq(set_version(2, &now), -EBUSY, "version 2 meanwhile");
    check_eq((long)now, 1, "version 1 stays");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap it");
    m = map_op(7, GNTMAP_host_map);
    check_eq(m.status, GNTST_okay, "map a reserved entry");
    check_eq(set_version(2, &now), 0, "version 2 meanwhile");
    check_eq((long)now, 2, "version 2");
    check_eq((long)get_version(), 2, "as one is told");
    check_eq(set_version(2, &now), 0, "version 2 again");
    check_eq((long)(table[5].hdr.flags), GTF_permit_access | GTF_readonly, "a reserved entry");
    check_eq((long)(table[5].full_page.frame), (long)boot_mfn(page), "and its frame");
    check_eq((long)(table[5].hdr.domid), self, "and its domain");
    check_eq((long)(table[7].hdr.flags), GTF_permit_access, "of one in use the flags have no use");
    check_eq((long)(table[8].hdr.flags), 0, "others are gone");
    static uint64_t frames[1];
    check_eq(status_frames(DOMID_SELF, 1, frames), GNTST_okay, "get_status_frames");
    if (boot_map_mfn(slots[1], frames[0]))
        error("cannot map the status frame");
    status = (void *)slots[1];
    check_eq(status[7], IN_USE, "it is the status that shows it");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap it");
    check_eq(status[7], 0, "no use is left");
}

static void test_frames(void)
{
    static xen_pfn_t frames[FRAMES];
    uint64_t list[3] = {0};
    struct gnttab_query_size q = {.dom = DOMID_SELF};

    check_eq(status_frames(DOMID_SELF, 2, list), GNTST_general_error, "a second status frame");
    check_eq(setup(FRAMES, frames), GNTST_okay, "a table of nine frames");
    check_eq(status_frames(DOMID_SELF, 2, list), GNTST_okay, "has it");
    check_eq(status_frames(DOMID_SELF, 3, list), GNTST_general_error, "and no third");
    check_eq(status_frames(77, 1, list) == GNTST_okay, false, "of no domain");
    check_eq(hc_grant_table_op(GNTTABOP_query_size, &q, 1), 0, "query_size");
    check_eq((long)q.nr_frames, FRAMES, "nine frames");
    if (boot_map_mfn(slots[2], list[1]))
        error("cannot map the second status frame");
    check_eq(copy_op(FRAMES * 256 - 1, 0, 8, false), GNTST_general_error,
             "the last entry is empty");
    check_eq(copy_op(FRAMES * 256, 0, 8, false), GNTST_bad_gntref, "one beyond it");
    check_eq(map_op(FRAMES * 256, GNTMAP_host_map).status, GNTST_bad_gntref,
             "nor can it be mapped");
}

static void test_whole(void)
{
    struct gnttab_map_grant_ref m;

    grant(9, page, 0);
    m = map_op(9, GNTMAP_host_map);
    check_eq(m.status, GNTST_okay, "map");
    check_eq((long)probe_write(map_va, 0x42), 0, "it can be written");
    check_eq(page[0], 0x42, "and is the page");
    check_eq(status[9], IN_USE, "reading and writing");
    check_eq(table[9].hdr.flags, GTF_permit_access, "are in the status only");
    check_eq(swap_op(9, 10), GNTST_eagain, "an entry in use is not swapped");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap");
    check_eq(status[9], 0, "no use is left");
    m = map_op(9, GNTMAP_host_map | GNTMAP_readonly);
    check_eq(status[9], GTF_reading, "reading only");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap");
    grant(10, page, GTF_readonly);
    check_eq(map_op(10, GNTMAP_host_map).status, GNTST_general_error, "map a read-only one");
    check_eq(copy_op(10, 0, 8, true), GNTST_general_error, "copy to it");
    check_eq(copy_op(10, 0, 8, false), GNTST_okay, "copy from it");
    table[11].hdr.flags = GTF_permit_access;
    table[11].hdr.domid = 77;
    check_eq(map_op(11, GNTMAP_host_map).status, GNTST_general_error, "meant for another domain");
    grant(11, page, 0);
    table[11].full_page.frame |= 1ul << 40;
    check_eq(map_op(11, GNTMAP_host_map).status, GNTST_bad_page, "a frame beyond memory");
    check_eq(status[9] | status[10] | status[11], 0, "refusals leave no use behind");
    check_eq(swap_op(9, 10), GNTST_okay, "swap");
    check_eq(table[9].hdr.flags, GTF_permit_access | GTF_readonly, "they changed places");
    check_eq(swap_op(9, FRAMES * 256), GNTST_bad_gntref, "swap with one beyond the table");
}

static void test_part(void)
{
    grant_part(12, page, 100, 50, 0);
    check_eq(map_op(12, GNTMAP_host_map).status, GNTST_general_error, "part of a page: map");
    check_eq(status[12], 0, "leaves no use");
    memset(page, 0x11, PAGE_SIZE);
    memset(other, 0x77, PAGE_SIZE);
    check_eq(copy_op(12, 100, 50, true), GNTST_okay, "copy to all of it");
    check(page[99] == 0x11 && page[100] == 0x77 && page[149] == 0x77 && page[150] == 0x11,
          "exactly that arrived");
    check_eq(copy_op(12, 99, 50, true), GNTST_general_error, "copy from before it on");
    check_eq(copy_op(12, 100, 51, true), GNTST_general_error, "copy beyond it");
    check_eq(copy_op(12, 149, 1, false), GNTST_okay, "copy its last byte");
    check_eq(copy_op(12, 150, 1, false), GNTST_general_error, "and the one after it");
    check_eq(copy_op(12, 100, PAGE_SIZE, false), GNTST_bad_copy_arg, "copy beyond the page");
    check(page[99] == 0x11 && page[150] == 0x11, "nothing else arrived");
    grant_part(13, page, 0xFF00, 0xFF00, 0);
    check_eq(copy_op(13, 0, 8, true), GNTST_general_error, "part that lies beyond the page");
    grant_part(14, page, 0, 4, GTF_readonly);
    check_eq(copy_op(14, 0, 4, true), GNTST_general_error, "copy to a read-only part");
    check_eq(copy_op(14, 0, 4, false), GNTST_okay, "copy from it");
    grant_part(15, rg.l1, 0, 8, 0);
    check_eq(copy_op(15, 0, 8, true), GNTST_general_error, "copy to a part of a page table");
    check_eq(status[12] | status[13] | status[14] | status[15], 0, "no use is left");
}

static void test_transitive(void)
{
    grant(9, page, 0);
    grant_transitive(16, self, 9);
    check_eq(map_op(16, GNTMAP_host_map).status, GNTST_general_error, "transitive: map");
    check_eq(copy_op(16, 0, 8, false), GNTST_general_error, "to one's own");
    grant_transitive(16, 77, 0);
    check_eq(copy_op(16, 0, 8, false), GNTST_general_error, "to no domain's");
    grant_transitive(16, DOMID_SELF, 9);
    check_eq(copy_op(16, 0, 8, false), GNTST_general_error, "to whom DOMID_SELF would be");
    check_eq(copy_op(16, 0, 8, true), GNTST_general_error, "for writing");
    check_eq(status[9] | status[16], 0, "no use is left");
}

static void test_switch_back(void)
{
    struct grant_entry_v1 *v1 = (void *)slots[0];
    struct gnttab_map_grant_ref m;
    uint64_t none[1];
    uint32_t now;
    long rc;

    grant(9, page, 0);
    m = map_op(9, GNTMAP_host_map);
    check_eq(set_version(1, &now), -EBUSY, "version 1 while an entry is mapped");
    check_eq((long)now, 2, "version 2 stays");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap it");
    grant_part(3, page, 0, 8, 0);
    rc = set_version(1, &now); /* -EBUSY: Xen looks at the status frames before, which are mapped */
    check(rc == -ERANGE || rc == -EBUSY, "part of a page among those reserved: %ld", rc);
    grant_transitive(3, self, 9);
    check_eq(set_version(1, &now), -ERANGE, "a transitive one");
    grant(3, page, 0);
    table[3].full_page.frame |= 1ul << 40;
    check_eq(set_version(1, &now), -ERANGE, "a frame that version 1 cannot name");
    table[3].hdr.flags = GTF_invalid;
    check_eq(table[9].hdr.flags, GTF_permit_access, "nothing is lost");
    grant(6, page, 0);
    for (unsigned i = 1; i < array_size(slots); i++)
        check_eq(hc_update_va_mapping(U64(slots[i]), 0, UVMF_INVLPG), 0, "status frames unmapped");
    m = map_op(6, GNTMAP_host_map);
    check_eq(set_version(1, &now), 0, "version 1 while a reserved entry is mapped");
    check_eq((long)now, 1, "version 1");
    check_eq(v1[5].flags, GTF_permit_access | GTF_readonly, "a reserved entry is kept");
    check_eq((long)v1[5].frame, (long)boot_mfn(page), "with its frame");
    check_eq(v1[6].flags, GTF_permit_access | IN_USE, "one in use with its use");
    check_eq(v1[3].flags, 0, "an empty one is empty");
    check_eq(v1[9].flags | v1[18].flags, 0, "others are gone");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap it");
    check_eq(v1[6].flags, GTF_permit_access, "no use is left");
    check_eq(status_frames(DOMID_SELF, 1, none), GNTST_general_error, "no status frame is left");
    v1[511] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)boot_mfn(page)};
    m = map_op(511, GNTMAP_host_map);
    check_eq(m.status, GNTST_okay, "an entry that version 2 had not");
    check_eq(unmap_op(m.handle), GNTST_okay, "unmap it");
    check_eq(set_version(2, &now), 0, "and there again");
    check_eq((long)(table[5].full_page.frame), (long)boot_mfn(page), "a reserved entry");
    static uint64_t again[1];
    check_eq(status_frames(DOMID_SELF, 1, again), GNTST_okay, "the status frame");
    if (boot_map_mfn(slots[1], again[0]))
        error("cannot map the status frame");
    /* Xen refuses as long as it is mapped; Hospes keeps the frame (docs/CAVEATS.md). */
    rc = set_version(1, &now);
    check(rc == -EBUSY || rc == 0, "version 1 while it is mapped: %ld", rc);
    check_eq((long)probe_write(status, 1), 0, "which it stays");
}

void test_main(void)
{
    self = self_id();
    rg = pt_region(REGION_SLOT);
    page = page_get();
    other = page_get();
    map_va = pt_region_va(&rg, 0);
    test_version_1();
    test_switch();
    test_frames();
    test_whole();
    test_part();
    test_transitive();
    test_switch_back();
}

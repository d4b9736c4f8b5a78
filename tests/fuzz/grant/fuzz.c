/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of grant operations by three domains.  A step is eight bytes: who and what, then
 * choices out of small sets (entries, frames, addresses, handles) or, with the top bit, wild
 * numbers; tables change their version. Granters scribble on their entries at any time.  After every step the audit must hold,
 * and at the end every frame must come back.
 */
#include <string.h>

#include "fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mfn_t page[DOMS][2];

/* A small number, or something wild. */
static uint32_t pick(uint8_t b, uint32_t n)
{
    return b & 0x80 ? 0x01010101u * b : b % n;
}

static domid_t pick_dom(uint8_t b)
{
    return b & 0x80 ? (b & 1 ? DOMID_SELF : 40) : (domid_t)(FIRST_ID + b % DOMS);
}

static uint64_t pick_frame(uint8_t b)
{
    return b & 0x80 ? b * 0x1001UL : page[b % DOMS][b / DOMS & 1].n;
}

static void scribble(unsigned who, const uint8_t *b)
{
    grant_entry_v1_t *e = entry(who, b[1] % 4);

    if (b[2] & 1)
        e->flags = b[3];
    if (b[2] & 2)
        e->domid = pick_dom(b[4]);
    if (b[2] & 4)
        e->frame = (uint32_t)pick_frame(b[5]);
}

/* The same of version 2: 16 bytes out of small sets, and the status. */
static void scribble_v2(unsigned who, const uint8_t *b)
{
    grant_entry_v2_t *e = shared_v2_of(dom[who]->grant, b[1] % 4);

    if (b[2] & 1)
        e->hdr.flags = (uint16_t)(b[3] | (b[2] & 0x10) << 4); /* GTF_sub_page */
    if (b[2] & 2)
        e->hdr.domid = pick_dom(b[4]);
    if (b[2] & 4)
        e->full_page.frame = pick_frame(b[5]);
    if (b[2] & 8)
        e->transitive.gref = pick(b[5], 4);
    if (b[2] & 0x20)
        e->transitive.trans_domid = pick_dom(b[6]);
    if (b[2] & 0x40)
        e->sub_page.length = (uint16_t)(b[6] * 37);
    if (b[2] & 0x80)
        *status_of(dom[who]->grant, b[1] % 4) = b[3];
}

static void do_map(unsigned who, const uint8_t *b)
{
    struct gnttab_map_grant_ref op[2];

    for (unsigned i = 0; i < 2; i++)
        op[i] = (struct gnttab_map_grant_ref){.host_addr = PTE_ADDR(pick(b[1], 8)) + i * PAGE_SIZE,
                                              .flags = b[2 + i],
                                              .ref = pick(b[4], 4),
                                              .dom = pick_dom(b[5])};
    grant_call(who, GNTTABOP_map_grant_ref, op, 1 + (b[6] & 1));
}

static void do_unmap(unsigned who, const uint8_t *b, bool replace)
{
    struct gnttab_unmap_grant_ref op[2];

    for (unsigned i = 0; i < 2; i++)
        op[i] = (struct gnttab_unmap_grant_ref){
            .host_addr = b[2 + i] & 1 ? PTE_ADDR(pick(b[1], 8)) + i * PAGE_SIZE : 0,
            .dev_bus_addr = b[2 + i] & 2 ? pick_frame(b[4]) << PAGE_SHIFT : 0,
            .handle = pick(b[5], 12)};
    grant_call(who, replace ? GNTTABOP_unmap_and_replace : GNTTABOP_unmap_grant_ref, op,
               1 + (b[6] & 1));
}

static void side(struct gnttab_copy_ptr *p, uint8_t b, bool ref)
{
    p->domid = ref ? pick_dom(b >> 2) : b & 0x40 ? pick_dom(b) : DOMID_SELF;
    if (ref)
        p->u.ref = pick(b, 4);
    else
        p->u.gmfn = pick_frame(b);
    p->offset = (uint16_t)(b * 37);
}

static void do_copy(unsigned who, const uint8_t *b)
{
    struct gnttab_copy op[2];

    memset(op, 0, sizeof(op));
    for (unsigned i = 0; i < 2; i++) {
        op[i].flags = b[1] >> i & 3;
        side(&op[i].source, b[2 + i], op[i].flags & GNTCOPY_source_gref);
        side(&op[i].dest, b[4 + i], op[i].flags & GNTCOPY_dest_gref);
        op[i].len = (uint16_t)(b[6] * 33);
    }
    grant_call(who, GNTTABOP_copy, op, 1 + (b[7] & 1));
}

static void step(const uint8_t *b)
{
    uint64_t raw[8];
    unsigned who = b[0] % 4 % DOMS;

    host_fault_in = b[7] & 0x40 ? b[7] & 3 : -1;
    memset(raw, b[2], sizeof(raw));
    memcpy(raw, b + 1, 7);
    switch (b[0] >> 2 & 7) {
    case 0:
        if (dom[who]->grant->version == 2)
            scribble_v2(who, b);
        else
            scribble(who, b);
        break;
    case 1:
    case 2:
        do_map(who, b);
        break;
    case 3:
    case 4:
        do_unmap(who, b, b[7] & 0x80);
        break;
    case 5:
        do_copy(who, b);
        break;
    case 6: {
        struct gnttab_swap_grant_ref op = {.ref_a = pick(b[1], 4), .ref_b = pick(b[2], 4)};
        grant_call(who, GNTTABOP_swap_grant_ref, &op, 1);
        break;
    }
    default:
        if (b[1] & 0x80) {
            raw[0] = b[2] % 4; /* the low half is the version */
            host_turn(b[3] & 1 ? 1 : 1000);
            grant_call(who, GNTTABOP_set_version, raw, 1);
            host_turn(1000);
        } else if (b[1] & 0x40) {
            struct gnttab_get_status_frames op = {
                .nr_frames = pick(b[2], 3), .dom = pick_dom(b[3]), .frame_list.p = raw};
            grant_call(who, GNTTABOP_get_status_frames, &op, 1);
        } else if (b[1] % 16 != GNTTABOP_setup_table && b[1] % 16 != GNTTABOP_get_status_frames) {
            /* their lists are addresses the input must not choose */
            grant_call(who, b[1] % 16, raw, 1);
        }
    }
    host_fault_in = -1;
    audit_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fake_start();
    for (unsigned d = 0; d < DOMS; d++) {
        page[d][0] = page_of(d);
        page[d][1] = page_of(d);
        offer(d, 0, (d + 1) % DOMS, page[d][0], 0);
    }
    for (size_t i = 0; i + 8 <= size; i += 8)
        step(data + i);
    fake_stop();
    return 0;
}

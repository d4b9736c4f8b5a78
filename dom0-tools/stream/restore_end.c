/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a restore, in the order of libxc's: start info, vCPUs, pins, p2m table.  What the
 * stream named by the guest's pages is looked up only now, when all of them have come.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>

#include "lib/xalloc.h"
#include "stream/restore.h"

static const uint32_t part_records[PARTS] = {RECORD_VCPU_BASIC, RECORD_VCPU_EXTENDED,
                                             RECORD_VCPU_XSAVE, RECORD_VCPU_MSRS};

/* The frame of page @pfn, if that is there and of @type; NO_FRAME with the cause. */
static uint64_t frame_of(struct restore *r, uint64_t pfn, unsigned int type, const char *what)
{
    if (pfn >= r->count || r->mfn[pfn] == NO_FRAME) {
        stream_bad(r->in, "%s would be page %#llx, which has not come", what,
                   (unsigned long long)pfn);
        return NO_FRAME;
    }
    if ((r->type[pfn] & ~(unsigned int)(type == FRAME_L4 ? FRAME_PINNED : 0)) != type) {
        stream_bad(r->in, "%s would be page %#llx, which has type %u", what,
                   (unsigned long long)pfn, r->type[pfn]);
        return NO_FRAME;
    }
    return r->mfn[pfn];
}

static int translate(struct restore *r, uint64_t *frame, unsigned int type, const char *what)
{
    *frame = frame_of(r, *frame, type, what);
    return *frame == NO_FRAME ? -1 : 0;
}

static bool is_list(const struct restore *r, uint64_t pfn)
{
    for (uint64_t i = 0; i < r->lists; i++)
        if (r->list[i] == pfn)
            return true;
    return false;
}

/* Start info, rings and p2m table must not be one page twice: what is written to one would change
 * another. */
static int check_apart(struct restore *r, uint64_t start, uint64_t store, uint64_t console)
{
    if (start == store || start == console || store == console || is_list(r, start) ||
        is_list(r, store) || is_list(r, console))
        return stream_bad(r->in, "start info, store, console and p2m table share a page");
    return 0;
}

/* @pfn: the start info page. */
static int fill_start_info(struct restore *r, uint64_t pfn, struct start_info *si)
{
    uint64_t store = si->store_mfn, console = si->console.domU.mfn;

    if (check_apart(r, pfn, store, console))
        return -1;
    r->store_frame = frame_of(r, store, FRAME_NOTAB, "the store's ring");
    if (r->store_frame == NO_FRAME)
        return -1;
    r->console_frame = frame_of(r, console, FRAME_NOTAB, "the console's ring");
    if (r->console_frame == NO_FRAME)
        return -1;
    si->store_mfn = r->store_frame;
    si->store_evtchn = r->store_port;
    si->console.domU.mfn = r->console_frame;
    si->console.domU.evtchn = r->console_port;
    si->nr_pages = r->count;
    si->shared_info = r->guest->shared_info_mfn << 12;
    si->flags = 0;
    return 0;
}

/* The suspend call's third argument is in vCPU 0's RDX still. */
static int start_info(struct restore *r, struct vcpu_guest_context *c)
{
    uint64_t pfn = c->user_regs.rdx;
    struct start_info *at, copy;
    int ret;

    if (translate(r, &c->user_regs.rdx, FRAME_NOTAB, "start info"))
        return -1;
    at = guest_map(r->guest, c->user_regs.rdx, true, "start info");
    if (!at)
        return -1;
    copy = *at;
    ret = fill_start_info(r, pfn, &copy);
    if (!ret)
        *at = copy;
    guest_unmap(r->guest, at);
    return ret;
}

static int translate_context(struct restore *r, struct vcpu_guest_context *c)
{
    uint64_t kernel = xen_cr3_to_pfn(c->ctrlreg[3]), user = xen_cr3_to_pfn(c->ctrlreg[1]);

    if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
        return stream_bad(r->in, "a vCPU has a GDT of %llu entries",
                          (unsigned long long)c->gdt_ents);
    for (unsigned int i = 0; i < (c->gdt_ents + 511) / 512; i++)
        if (translate(r, &c->gdt_frames[i], FRAME_NOTAB, "a GDT"))
            return -1;
    if (translate(r, &kernel, FRAME_L4, "a vCPU's page table"))
        return -1;
    c->ctrlreg[3] = xen_pfn_to_cr3(kernel);
    if (c->ctrlreg[1] & 1) {
        if (translate(r, &user, FRAME_L4, "a vCPU's user page table"))
            return -1;
        c->ctrlreg[1] = xen_pfn_to_cr3(user); /* the hypervisor wants it without the bit */
    } else {
        c->ctrlreg[1] = 0;
    }
    c->flags |= VGCF_online;
    return 0;
}

/* The blob carries number and size once more, which the hypervisor believes. */
static int check_extended(struct restore *r, unsigned int vcpu, const uint8_t *data, uint32_t len)
{
    uint32_t inner[2];

    memcpy(inner, data, sizeof(inner));
    return inner[0] == vcpu && inner[1] == len
               ? 0
               : stream_bad(r->in, "record X86_PV_VCPU_EXTENDED of vCPU %u says vCPU %u, %u bytes",
                            vcpu, inner[0], inner[1]);
}

static int set_vcpu(struct restore *r, unsigned int vcpu)
{
    const struct guest *g = r->guest;
    struct vcpu_parts *v = &r->vcpus[vcpu];
    struct vcpu_guest_context *c = (void *)v->part[PART_BASIC].data;

    if (!c) /* was offline */
        return vcpu ? 0 : stream_bad(r->in, "vCPU 0 has not come");
    if ((vcpu == 0 && start_info(r, c)) || translate_context(r, c))
        return -1;
    if (v->part[PART_EXTENDED].data &&
        check_extended(r, vcpu, v->part[PART_EXTENDED].data, v->part[PART_EXTENDED].len))
        return -1;
    for (unsigned int i = 0; i < PARTS; i++)
        if (v->part[i].data &&
            g->ops->vcpu_set(g->ctx, vcpu, part_records[i], v->part[i].data, v->part[i].len))
            return fail(g->fail, "the hypervisor refused %s of vCPU %u: %s",
                        record_name(part_records[i]), vcpu, strerror(errno));
    return 0;
}

static int pin(struct restore *r)
{
    uint64_t mfns[BATCH];
    uint8_t levels[BATCH];
    unsigned int n = 0;

    for (uint64_t pfn = 0; pfn < r->count; pfn++) {
        if (r->type[pfn] > FRAME_PINNED && r->type[pfn] <= FRAME_PINNED + FRAME_L4) {
            mfns[n] = r->mfn[pfn];
            levels[n++] = r->type[pfn] - FRAME_PINNED;
        }
        if (n && (n == BATCH || pfn + 1 == r->count)) {
            if (r->guest->ops->pin(r->guest->ctx, mfns, levels, n))
                return fail(r->guest->fail, "the hypervisor refused the guest's page tables: %s",
                            strerror(errno));
            n = 0;
        }
    }
    return 0;
}

static bool names_nothing(const struct restore *r, uint64_t list)
{
    for (unsigned int i = 0; i < PAGE_ENTRIES; i++)
        if (r->mfn[list * PAGE_ENTRIES + i] != NO_FRAME)
            return false;
    return true;
}

/* Linux has one page for all parts of the table that name nothing; else each is its own. */
static int check_lists(struct restore *r)
{
    uint8_t *seen = xcalloc(r->count, 1);
    int ret = 0;

    for (uint64_t i = 0; !ret && i < r->lists; i++) {
        if (frame_of(r, r->list[i], FRAME_NOTAB, "the p2m table") == NO_FRAME)
            ret = -1;
        else if (names_nothing(r, i))
            seen[r->list[i]] |= 1;
        else if (seen[r->list[i]] & 2)
            ret = stream_bad(r->in, "the p2m table has page %#llx twice",
                             (unsigned long long)r->list[i]);
        else
            seen[r->list[i]] |= 2;
        if (!ret && seen[r->list[i]] == 3)
            ret = stream_bad(r->in, "the p2m table has page %#llx twice",
                             (unsigned long long)r->list[i]);
    }
    free(seen);
    return ret;
}

/* Parts of the table that name nothing may be one page: the same is written to it each time. */
static int write_some(struct restore *r, uint64_t first, unsigned int n)
{
    uint64_t mfns[BATCH];
    void *at;

    for (unsigned int i = 0; i < n; i++)
        mfns[i] = r->mfn[r->list[first + i]];
    at = guest_map_many(r->guest, mfns, n, true, "the p2m table");
    if (!at)
        return -1;
    memcpy(at, &r->mfn[first * PAGE_ENTRIES], (size_t)n * PAGE_BYTES);
    r->guest->ops->unmap(r->guest->ctx, at, n);
    return 0;
}

static int write_p2m(struct restore *r)
{
    unsigned int n;
    int ret = 0;

    if (check_lists(r))
        return -1;
    for (uint64_t i = 0; !ret && i < r->lists; i += n) {
        n = r->lists - i < BATCH ? (unsigned int)(r->lists - i) : BATCH;
        ret = write_some(r, i, n);
    }
    return ret;
}

static int check_complete(struct restore *r)
{
    if (!r->count)
        return stream_bad(r->in, "it has no pages");
    if (!r->has_shared_info)
        return stream_bad(r->in, "it has no SHARED_INFO");
    for (uint64_t pfn = 0; pfn < r->count; pfn++)
        if (r->type[pfn] == FRAME_BROKEN)
            return stream_bad(r->in, "page %#llx was broken where it came from",
                              (unsigned long long)pfn);
    return 0;
}

int restore_finish(struct restore *r)
{
    if (check_complete(r))
        return -1;
    for (unsigned int i = 0; i < r->guest->vcpus; i++)
        if (set_vcpu(r, i))
            return -1;
    return pin(r) || write_p2m(r) ? -1 : 0;
}

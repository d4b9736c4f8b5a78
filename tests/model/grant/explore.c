/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A granter with up to four entries and two mappers with two handles each: every state that
 * operations can reach, and in each state every operation with every argument, the granter writing
 * its entries whenever it likes.  Each step's answer, next state and references are compared with
 * the specification below, and each new state is audited (GR-1, GR-2, GR-4); GR-3 is part of the
 * comparison. One run has four entries and one mapper, another two entries and both; each with
 * either version of the granter's table.
 * The domains run on CPUs with TLBs, mapper 0 on two: after an unmap a CPU remembers a page only if
 * its domain still maps it, and as writable only if a mapping is.
 */
#include <string.h>

#include <hv/check.h>

#include "../../audit/audit.h"
#include "fake.h"
#include "states.h"

/* What the granter offers: nothing, or to mapper 0 (read-write, read-only) or mapper 1. */
enum { NOTHING, OFFER, OFFER_RO, OFFER_1, OFFERS };

#define GRANTER 1 /* index in dom[]; mappers are 0 and 2 */
#define ENTRIES 4
#define HANDLES 2

/* A state; `spare` makes it 64 bits. */
struct state {
    uint8_t offer[ENTRIES]; /* low bits: what is offered; 16: GTF_reading, 32: GTF_writing */
    uint8_t handle[2];      /* a nibble per handle: 0 free, else 1 + 2 * entry + (1 if read-only) */
    uint8_t order[2];       /* which of two free handles is next */
};
#define READING 16
#define WRITING 32

enum { DO_OFFER, DO_MAP, DO_UNMAP, DO_COPY, DO_SWAP, OPS };

struct step {
    unsigned op, m, a, b; /* m: mapper; a, b: entry and offer or kind, handle, entries */
};

static unsigned entries, mappers;
static bool v2; /* the granter's version: what the hypervisor says lies apart from what it offers */
static mfn_t root[DOMS], tables[DOMS]; /* level 4, and the level 1 that has fake_pte's entries */
static struct vcpu second;             /* of mapper 0 */
static mfn_t page[ENTRIES], own[2];

static unsigned get_handle(const struct state *s, unsigned m, unsigned h)
{
    return s->handle[m] >> (4 * h) & 15;
}

static void set_handle(struct state *s, unsigned m, unsigned h, unsigned v)
{
    s->handle[m] = (uint8_t)((s->handle[m] & ~(15u << (4 * h))) | v << (4 * h));
}

/* Mappings of entry e: by whom (-1: nobody), how many, how many of them writable. */
static int mapped_by(const struct state *s, unsigned e, unsigned *all, unsigned *rw)
{
    int by = -1;

    *all = *rw = 0;
    for (unsigned m = 0; m < 2; m++) {
        for (unsigned h = 0; h < HANDLES; h++) {
            unsigned v = get_handle(s, m, h);
            if (!v || (v - 1) / 2 != e)
                continue;
            by = (int)m;
            ++*all;
            *rw += !((v - 1) & 1);
        }
    }
    return by;
}

static int next_handle(const struct state *s, unsigned m)
{
    bool free0 = !get_handle(s, m, 0), free1 = !get_handle(s, m, 1);

    if (free0 && free1)
        return s->order[m];
    return free0 ? 0 : free1 ? 1 : -1;
}

/* ---- the specification ---- */

static bool offered(unsigned offer, unsigned m)
{
    return m == 0 ? offer == OFFER || offer == OFFER_RO : offer == OFFER_1;
}

/* May mapper m pin entry e so?  Sets the flags if it may. */
static int spec_pin(struct state *s, unsigned m, unsigned e, bool ro)
{
    unsigned all, rw;
    int by = mapped_by(s, e, &all, &rw);
    unsigned offer = s->offer[e] & 15;

    if (by >= 0 && by != (int)m)
        return GNTST_general_error;
    if (by < 0 && !offered(offer, m))
        return GNTST_general_error;
    if (v2 && !ro && !rw && !offered(offer, m)) /* version 1 asks for the readonly flag only */
        return GNTST_general_error;
    if (!ro && !rw && offer == OFFER_RO)
        return GNTST_general_error;
    if (by < 0 || (!ro && !rw))
        s->offer[e] |= READING | (ro ? 0 : WRITING);
    return GNTST_okay;
}

static void spec_unpin(struct state *s, unsigned e, bool ro)
{
    unsigned all, rw;

    mapped_by(s, e, &all, &rw);
    if (!ro && !rw)
        s->offer[e] &= (uint8_t)~WRITING;
    if (!all)
        s->offer[e] &= (uint8_t)~READING;
}

static int spec_map(struct state *s, const struct step *t)
{
    int h = next_handle(s, t->m);

    if (h < 0)
        return GNTST_no_space;
    if (t->a >= entries)
        return GNTST_bad_gntref;
    int rc = spec_pin(s, t->m, t->a, t->b);
    if (!rc) {
        set_handle(s, t->m, (unsigned)h, 1 + 2 * t->a + t->b);
        s->order[t->m] = 0; /* matters only while both are free */
    } else {
        s->order[t->m] = next_handle(s, t->m) == h && !s->handle[t->m] ? (uint8_t)h : 0;
    }
    return rc;
}

static int spec_unmap(struct state *s, const struct step *t)
{
    unsigned v = t->a < HANDLES ? get_handle(s, t->m, t->a) : 0;

    if (!v)
        return GNTST_bad_handle;
    if (t->b)
        return GNTST_general_error; /* the wrong address */
    set_handle(s, t->m, t->a, 0);
    s->order[t->m] = s->handle[t->m] ? 0 : (uint8_t)t->a;
    spec_unpin(s, (v - 1) / 2, (v - 1) & 1);
    return GNTST_okay;
}

static int spec_swap(struct state *s, const struct step *t)
{
    unsigned all, rw;
    uint8_t keep = s->offer[t->a];

    if (t->a == t->b)
        return GNTST_okay;
    if (mapped_by(s, t->a, &all, &rw) >= 0 || mapped_by(s, t->b, &all, &rw) >= 0)
        return GNTST_eagain;
    s->offer[t->a] = s->offer[t->b];
    s->offer[t->b] = keep;
    return GNTST_okay;
}

static int spec(struct state *s, const struct step *t)
{
    int rc;

    switch (t->op) {
    case DO_OFFER: /* rude: in version 1 GTF_reading and GTF_writing are lost */
        s->offer[t->a] = (uint8_t)(t->b | (v2 ? s->offer[t->a] & (READING | WRITING) : 0));
        return 0;
    case DO_MAP:
        return spec_map(s, t);
    case DO_UNMAP:
        return spec_unmap(s, t);
    case DO_COPY: /* b: into the entry, else out of it */
        rc = spec_pin(s, t->m, t->a, !t->b);
        if (!rc)
            spec_unpin(s, t->a, !t->b);
        return rc;
    default:
        return spec_swap(s, t);
    }
}

/* ---- the real thing ---- */

static struct domain *mapper(unsigned m)
{
    return dom[2 * m];
}

static void put_offer(unsigned e, uint8_t o)
{
    static const uint16_t flags[OFFERS] = {GTF_invalid, GTF_permit_access,
                                           GTF_permit_access | GTF_readonly, GTF_permit_access};
    const uint16_t use = (o & READING ? GTF_reading : 0) | (o & WRITING ? GTF_writing : 0);
    const domid_t to = (o & 15) == OFFER_1 ? mapper(1)->id : mapper(0)->id;
    struct grant_domain *g = dom[GRANTER]->grant;

    if (v2) {
        *shared_v2_of(g, e) =
            (grant_entry_v2_t){.full_page = {{flags[o & 15], to}, .frame = page[e].n}};
        *status_of(g, e) = use;
    } else {
        *shared_of(g, e) = (grant_entry_v1_t){flags[o & 15] | use, to, (uint32_t)page[e].n};
    }
}

static uint8_t get_offer(unsigned e)
{
    const struct grant_domain *g = dom[GRANTER]->grant;
    const grant_entry_header_t *s =
        v2 ? &shared_v2_of(g, e)->hdr : (grant_entry_header_t *)shared_of(g, e);
    const uint16_t use = v2 ? *status_of(g, e) : s->flags;
    uint8_t o = s->flags & GTF_type_mask ? OFFER : NOTHING;

    if (o && s->domid == mapper(1)->id)
        o = OFFER_1;
    else if (o && s->flags & GTF_readonly)
        o = OFFER_RO;
    return (uint8_t)(o | (use & GTF_reading ? READING : 0) | (use & GTF_writing ? WRITING : 0));
}

/* As core/ptype makes it of a mapping. */
static void store_pte(const struct domain *d, unsigned i)
{
    const struct fake_pte *p = &fake_pte[i];
    const uint64_t e = p->mfn.n << PAGE_SHIFT | 1 | (p->flags & GNTMAP_readonly ? 0 : 2);

    ((uint64_t *)arch_frame_ptr(tables[d->id - FIRST_ID]))[i] = p->flags ? e : 0;
}

static void put_handles(const struct state *s, unsigned m)
{
    struct grant_domain *g = mapper(m)->grant;
    int next = next_handle(s, m);

    g->in_use = 0;
    for (unsigned h = 0; h < HANDLES; h++) {
        struct maptrack *t = handle_of(g, h);
        struct fake_pte *pte = &fake_pte[HANDLES * m + h];
        unsigned v = get_handle(s, m, h), e = (v - 1) / 2;
        uint16_t flags = GNTMAP_host_map | ((v - 1) & 1 ? GNTMAP_readonly : 0);
        *t = (struct maptrack){.ref = HANDLE_NONE};
        *pte = (struct fake_pte){0};
        g->in_use += v != 0;
        if (v) {
            *t = (struct maptrack){frame_of(page[e]), e, dom[GRANTER]->id, flags};
            *pte = (struct fake_pte){page[e], flags};
        }
        store_pte(mapper(m), HANDLES * m + h);
    }
    g->free_handle = next < 0 ? HANDLE_NONE : (uint32_t)next;
    if (!s->handle[m])
        handle_of(g, (unsigned)next)->ref = 1u - (unsigned)next;
}

static void put_state(const struct state *s)
{
    for (unsigned e = 0; e < entries; e++) {
        struct grant_domain *g = dom[GRANTER]->grant;
        struct active *a = v2 ? &active_v2_of(g, e)->a : active_of(g, e);
        struct frame *f = frame_of(page[e]);
        unsigned all, rw;
        int by = mapped_by(s, e, &all, &rw);
        put_offer(e, s->offer[e]);
        *a = (struct active){0};
        if (by >= 0)
            *a = (struct active){(all - rw) * PIN_HOST_R + rw * PIN_HOST_W,
                                 mapper((unsigned)by)->id, f};
        f->ref = (f->ref & ~FRAME_REF_MASK) | (1 + (by >= 0) + all);
        f->type = (uint64_t)PT_WRITABLE << PTYPE_SHIFT | rw;
    }
    for (unsigned m = 0; m < 2; m++)
        put_handles(s, m);
}

static void get_state(struct state *s)
{
    memset(s, 0, sizeof(*s));
    for (unsigned e = 0; e < entries; e++)
        s->offer[e] = get_offer(e);
    for (unsigned m = 0; m < 2; m++) {
        const struct grant_domain *g = mapper(m)->grant;
        for (unsigned h = 0; h < HANDLES; h++) {
            const struct maptrack *t = handle_of(g, h);
            if (t->flags)
                set_handle(s, m, h, 1 + 2 * t->ref + !!(t->flags & GNTMAP_readonly));
        }
        s->order[m] = s->handle[m] ? 0 : (uint8_t)g->free_handle;
    }
}

static int real_copy(const struct step *t)
{
    struct gnttab_copy op = {.len = 8, .flags = t->b ? GNTCOPY_dest_gref : GNTCOPY_source_gref};
    struct gnttab_copy_ptr *ref = t->b ? &op.dest : &op.source,
                           *frame = t->b ? &op.source : &op.dest;

    ref->domid = dom[GRANTER]->id;
    ref->u.ref = t->a;
    frame->domid = DOMID_SELF;
    frame->u.gmfn = own[t->m].n;
    CHECK(grant_call(2 * t->m, GNTTABOP_copy, &op, 1) == 0);
    return op.status;
}

static int real(const struct state *before, const struct step *t)
{
    int next = next_handle(before, t->m);
    struct gnttab_map_grant_ref map = {.host_addr =
                                           PTE_ADDR(HANDLES * t->m + (unsigned)max(next, 0)),
                                       .flags = GNTMAP_host_map | (t->b ? GNTMAP_readonly : 0),
                                       .ref = t->a < entries ? t->a : 512,
                                       .dom = dom[GRANTER]->id};
    struct gnttab_unmap_grant_ref unmap = {
        .host_addr = t->b ? PTE_ADDR(100) : PTE_ADDR(HANDLES * t->m + t->a), .handle = t->a};
    struct gnttab_swap_grant_ref swap = {.ref_a = t->a, .ref_b = t->b};

    switch (t->op) {
    case DO_OFFER:
        put_offer(t->a, (uint8_t)(t->b | (v2 ? before->offer[t->a] & (READING | WRITING) : 0)));
        return 0;
    case DO_MAP:
        CHECK(grant_call(2 * t->m, GNTTABOP_map_grant_ref, &map, 1) == 0);
        return map.status;
    case DO_UNMAP:
        CHECK(grant_call(2 * t->m, GNTTABOP_unmap_grant_ref, &unmap, 1) == 0);
        return unmap.status;
    case DO_COPY:
        return real_copy(t);
    default:
        CHECK(grant_call(GRANTER, GNTTABOP_swap_grant_ref, &swap, 1) == 0);
        return swap.status;
    }
}

static void differs(const struct state *before, const struct step *t, const char *what)
{
    fprintf(stderr, "operation %u by %u, arguments %u %u: %s differs, in state", t->op, t->m, t->a,
            t->b, what);
    for (unsigned i = 0; i < sizeof(*before); i++)
        fprintf(stderr, " %02x", ((const uint8_t *)before)[i]);
    fprintf(stderr, "\n");
    exit(1);
}

/* Swapping moves frame numbers too; put them back so that an entry always names its own page. */
static void unswap(void)
{
    for (unsigned e = 0; e < entries; e++)
        if (v2)
            shared_v2_of(dom[GRANTER]->grant, e)->full_page.frame = page[e].n;
        else
            shared_of(dom[GRANTER]->grant, e)->frame = (uint32_t)page[e].n;
}

static void check_references(const struct state *before, const struct state *now,
                             const struct step *t)
{
    for (unsigned e = 0; e < entries; e++) {
        unsigned all, rw;
        int by = mapped_by(now, e, &all, &rw);
        if (refs(page[e]) != (by >= 0) + all || writers(page[e]) != rw)
            differs(before, t, "a reference count");
    }
    if (refs(own[t->m]) || writers(own[t->m]))
        differs(before, t, "the mapper's own page");
}

/* Who can still reach the pages? */
static void check_tlbs(const struct state *before, const struct state *now, const struct step *t)
{
    static const int runs[] = {0, -1, 1, 0}; /* the CPUs' mappers */
    unsigned all, rw;
    bool old;

    host_tlb_fill();
    for (unsigned e = 0; e < entries; e++) {
        const int by = mapped_by(now, e, &all, &rw);
        for (unsigned cpu = 0; cpu < ARRAY_SIZE(runs); cpu++) {
            const unsigned holds = host_tlb_entry(cpu, page[e], &old)->holds;
            if ((holds && runs[cpu] != by) || (holds & HOST_TLB_WRITE && !rw))
                differs(before, t, "what a TLB holds");
        }
    }
}

static uint64_t try(const struct state *before, const struct step *t)
{
    struct state want = *before, got;
    uint64_t key;
    int status = spec(&want, t);

    const bool ends = t->op == DO_UNMAP; /* nothing else takes a mapping away */

    put_state(before);
    if (ends) {
        arch_tlb_flush(all_cpus());
        host_tlb_fill();
    }
    if (real(before, t) != status)
        differs(before, t, "the answer");
    unswap();
    get_state(&got);
    if (memcmp(&want, &got, sizeof(got)))
        differs(before, t, "the next state");
    check_references(before, &got, t);
    if (ends)
        check_tlbs(before, &got, t);
    memcpy(&key, &got, sizeof(key));
    return key;
}

static void take(struct states *seen, const struct state *s, const struct step *t)
{
    if (!states_add(seen, try(s, t)))
        return;
    for (unsigned d = 0; d < DOMS; d++) {
        if (grant_audit(dom[d]))
            differs(s, t, "the audit");
    }
}

static void visit(struct states *seen, const struct state *s)
{
    const unsigned a_count[OPS] = {entries, entries + 1, HANDLES + 1, entries, entries};
    const unsigned b_count[OPS] = {OFFERS, 2, 2, 2, entries};
    struct step t;

    for (t.op = 0; t.op < OPS; t.op++) {
        unsigned who = t.op == DO_OFFER || t.op == DO_SWAP ? 1 : mappers;
        for (t.m = 0; t.m < who; t.m++) {
            for (t.a = 0; t.a < a_count[t.op]; t.a++) {
                for (t.b = 0; t.b < b_count[t.op]; t.b++)
                    take(seen, s, &t);
            }
        }
    }
}

/* Each domain's vCPU runs on a CPU of its own, on a tree of tables whose level 1 is fake_pte's. */
static void run_vcpus(void)
{
    static struct domain idle = {.is_idle = true};
    static struct vcpu idle_vcpu = {.domain = &idle};

    for (unsigned d = 0; d < DOMS; d++) {
        root[d] = tables[d] = frame_alloc(0, ALLOC_ZERO);
        for (unsigned level = 4; level > 1; level--) {
            const mfn_t next = frame_alloc(0, ALLOC_ZERO);
            *(uint64_t *)arch_frame_ptr(tables[d]) = next.n << PAGE_SHIFT | 3;
            tables[d] = next;
        }
        dom[d]->dirty_cpus = 0;
        dom[d]->vcpu[0]->cr3 = root[d];
        dom[d]->vcpu[0]->user_cr3 = MFN_INVALID;
    }
    second = *dom[0]->vcpu[0];
    for (host_cpu = 0; host_cpu < DOMS; host_cpu++)
        arch_context_switch(&idle_vcpu, dom[host_cpu]->vcpu[0]);
    arch_context_switch(&idle_vcpu, &second);
    host_cpu = 0;
    fake_pte_changed = store_pte;
}

static void stop_vcpus(void)
{
    memset(host_log.current, 0, sizeof(host_log.current));
    fake_pte_changed = NULL;
    for (unsigned d = 0; d < DOMS; d++)
        for (mfn_t m = root[d], next; m.n; m = next) {
            next = MFN(mfn_eq(m, tables[d]) ? 0 : *(uint64_t *)arch_frame_ptr(m) >> PAGE_SHIFT);
            frame_free(m, 0);
        }
}

/* Mappers with exactly HANDLES handles. */
static void world(unsigned n_entries, unsigned n_mappers)
{
    struct gnttab_set_version set = {.version = v2 ? 2 : 1};

    entries = n_entries;
    mappers = n_mappers;
    fake_start();
    CHECK(grant_call(GRANTER, GNTTABOP_set_version, &set, 1) == 0);
    run_vcpus();
    for (unsigned e = 0; e < entries; e++)
        page[e] = page_of(GRANTER);
    for (unsigned m = 0; m < 2; m++) {
        struct grant_domain *g = mapper(m)->grant;
        own[m] = page_of(2 * m);
        struct maptrack *first;
        handle_free(g, handle_alloc(g, &first));
        g->handles = g->max_handles = HANDLES;
    }
}

static void explore(unsigned n_entries, unsigned n_mappers)
{
    const struct state start = {0};
    struct states seen;

    world(n_entries, n_mappers);
    states_init(&seen);
    states_add(&seen, 0);
    while (seen.next < seen.count)
        visit(&seen, (const struct state *)&seen.queue[seen.next++]);
    printf("version %u, %u entries, %u mappers: %lu states\n", v2 ? 2 : 1, n_entries, n_mappers,
           seen.count);
    states_free(&seen);
    put_state(&start);
    stop_vcpus();
    fake_stop();
}

int main(void)
{
    for (unsigned version = 1; version <= 2; version++) {
        v2 = version == 2;
        explore(4, 1);
        explore(2, 2);
    }
    return 0;
}

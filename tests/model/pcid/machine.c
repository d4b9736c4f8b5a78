/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#define ADDRESS(table) ((uint64_t)(table) << PAGE_SHIFT)
#define TABLE(cr3)     ((unsigned)((cr3) >> PAGE_SHIFT & 0xff))
#define TAG(cr3)       ((unsigned)((cr3)&0xfff))

bool isolates, has_invpcid;
const char *broken;
unsigned long kept;
static uint64_t contents[2][512] __attribute__((aligned(64)));
static const uint64_t guests[512];
static struct machine *now; /* for invpcid() */

/* ---- the CPU ---- */

static void all_old(uint8_t tag[PAGES])
{
    for (unsigned page = 0; page < PAGES; page++)
        tag[page] = tag[page] == NOTHING ? NOTHING : OLD;
}

static void load_cr3(struct machine *m, uint64_t value)
{
    const unsigned n = TAG(value) % TAGS;
    uint8_t *tag = m->tlb[n];

    if (TAG(value) >= TAGS)
        broken = "a tag that nobody has";
    if (!(value & PCID_KEEP))
        tag[0] = tag[1] = NOTHING;
    else if (m->tag_of[n] != TABLE(value))
        all_old(tag);
    kept += n && (tag[0] || tag[1]);
    m->tag_of[n] = (uint8_t)TABLE(value);
    m->cr3 = value & ~PCID_KEEP;
}

static void invlpg(struct machine *m, unsigned page)
{
    m->tlb[TAG(m->cr3)][page] = NOTHING;
}

static void invpcid(const struct pcid_address *a)
{
    if (a->tag >= TAGS || a->va >> PAGE_SHIFT >= PAGES)
        broken = "INVPCID of what nobody has";
    else
        now->tlb[a->tag][a->va >> PAGE_SHIFT] = NOTHING;
}

/* ---- the hypervisor, where it is not in the headers ---- */

static void tick(struct machine *m)
{
    _Atomic uint64_t clock = m->flushed_at, at;

    tlb_clock_tick(&clock, &at);
    m->flushed_at = at;
    for (unsigned tag = 0; tag < TAGS; tag++)
        all_old(m->tlb[tag]);
}

static void flush(struct machine *m, unsigned table)
{
    tick(m);
    load_cr3(m, ADDRESS(table));
}

static void flush_page(struct machine *m, unsigned page)
{
    const uint64_t va = ADDRESS(page);

    for (unsigned tag = 0; tag < TAGS; tag++)
        m->tlb[tag][page] = m->tlb[tag][page] == NOTHING ? NOTHING : OLD;
    now = m;
    pcid_page(m->tag, va, has_invpcid ? invpcid : NULL);
    invlpg(m, page);
}

static void set_base(struct machine *m, bool user, unsigned table)
{
    m->root[user] = (uint8_t)table;
    if (!user || m->in_user)
        flush(m, m->root[m->in_user]);
}

/* vcpu/xpti.c; the copy's entries are from another table then. */
static void prepare(struct machine *m)
{
    const unsigned user = m->in_user, table = TABLE(m->cr3);
    struct l4copy *c = &m->copy[user];
    static l4_versions_t versions;

    versions[A] = m->version[0];
    versions[B] = m->version[1];
    c->table = contents[user];
    if (isolates && !l4copy_fresh(c, versions, MFN(table))) {
        l4copy_take(c, versions, MFN(table), guests);
        for (unsigned tag = 0; tag < TAGS; tag++)
            if (m->tag_of[tag] == COPY_KERNEL + user)
                all_old(m->tlb[tag]);
    }
    c->address = PADDR(ADDRESS(COPY_KERNEL + user));
    m->full = pcid_full(m->cr3);
    m->guest = isolates ? pcid_copy(&m->tag[user], c, user, m->flushed_at) : m->full;
}

/* xpti_ist in trap/xpti.S; meanwhile the CPU remembers a page, or (PAGES) nothing. */
static void nmi(struct machine *m, unsigned page)
{
    const uint64_t saved = m->cr3;

    m->guest &= ~PCID_KEEP;
    if (saved == m->guest)
        load_cr3(m, m->full);
    if (page < PAGES)
        m->tlb[TAG(m->cr3)][page] = m->tlb[TAG(m->cr3)][page] == OLD ? OLD : GOOD;
    load_cr3(m, saved);
}

static void next(struct machine *m)
{
    switch (m->place) {
    case IN_C:
        prepare(m);
        break;
    case NOTED:
        m->rax = m->guest;
        break;
    case IN_RAX:
        load_cr3(m, m->rax);
        m->rax = 0;
        break;
    case ENTERING:
        load_cr3(m, m->full);
        break;
    default:
        break;
    }
    m->place = (m->place + 1) % PLACES;
}

static void in_c(struct machine *m, enum event e, unsigned page, unsigned table, unsigned mode)
{
    if (e == FLUSH)
        flush(m, TABLE(m->cr3));
    if (e == PAGE)
        flush_page(m, page);
    if (e == BASE)
        set_base(m, mode, table);
    if (e == TOGGLE)
        load_cr3(m, ADDRESS(m->root[m->in_user ^= 1]));
    if (e == SWITCH) {
        flush(m, IDLE);
        m->in_user = mode;
        flush(m, m->root[mode]);
    }
}

static void promises(const struct machine *m)
{
    const unsigned tag = TAG(m->cr3);

    if (m->tlb[tag][0] == OLD || m->tlb[tag][1] == OLD)
        broken = tag ? "the guest can use what is forgotten" : "C code can use what is forgotten";
    if (m->place == IN_C && (tag || TABLE(m->cr3) != m->root[m->in_user]))
        broken = "C code runs on another table than the mode's";
    if (m->place == IN_GUEST && isolates && TABLE(m->cr3) - COPY_KERNEL != m->in_user)
        broken = "the guest runs on another copy than its mode's";
}

bool machine_step(struct machine *m, enum event e, unsigned page, unsigned table, unsigned mode)
{
    uint8_t *entry = &m->tlb[TAG(m->cr3)][page % PAGES];

    if (e == STORE)
        m->version[table - A]++;
    else if (e == FILL)
        *entry = *entry == OLD ? OLD : GOOD;
    else if (e == NEXT)
        next(m);
    else if (e == NMI && m->place != IN_GUEST)
        nmi(m, page);
    else if (e != NMI && m->place == IN_C)
        in_c(m, e, page, table, mode);
    else
        return false;
    promises(m);
    return true;
}

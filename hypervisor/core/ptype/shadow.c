/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows of a guest's page tables while its writes are logged; hv/dirty.h has the rules. */
#include "dirty_int.h"
#include "ptype_int.h"

/* A shadow is at one of so many places, the first by its table's number. */
#define WAYS 8u
/* Pages of the pool: one for so many of the domain, 2^13 at most. */
#define PAGES_A_SHADOW 64
#define MIN_ORDER      7
#define MAX_ORDER      13
/* So many stores to lines of the cache, one each, for a unit of work. */
#define ENTRIES_A_UNIT 4

static uint64_t *pool_page(const struct dirty_log *l, unsigned s)
{
    return arch_frame_ptr(MFN(l->pool.n + s));
}

/* The shadow of a table; NULL: there is none.  `make`: it is made, NULL: no place is free. */
static uint64_t *shadow_of(struct domain *d, mfn_t table, bool make) REQUIRES(d->dirty->lock)
{
    struct dirty_log *l = d->dirty;
    const unsigned mask = (1u << l->order) - 1;
    const unsigned first = (unsigned)(table.n * 0x9E3779B97F4A7C15UL >> 40);
    unsigned place = ~0u;

    for (unsigned i = 0; i < WAYS; i++) {
        const unsigned s = (first + i) & mask;
        if (l->key[s] == table.n)
            return pool_page(l, s);
        if (!l->key[s] && place == ~0u)
            place = s;
    }
    if (!make || place == ~0u)
        return NULL;
    budget_draw(BUDGET_PAGE);
    memset(pool_page(l, place), 0, PAGE_SIZE);
    l->key[place] = table.n;
    return pool_page(l, place);
}

/* An entry of a root was stored: a CPU may run on a copy of it, as of any level-4 table
 * (hv/l4copy.h). */
static void root_stored(struct domain *d, uint64_t *entry, uint64_t val)
{
    shared_store(entry, val);
    arch_l4_stored(d, arch_ptr_mfn(entry));
}

/* Notes that an entry of a root is to be filled; false: too many are. */
static bool note_filled(struct dirty_log *l, struct dirty_root *r, unsigned i)
{
    if (bit_test(r->filled, i))
        return true;
    if (l->filled == FILLED_MAX)
        return false;
    bit_set(r->filled, i);
    l->filled++;
    return true;
}

/* False: it was empty.  Else CPUs may run on a copy of it. */
static bool clear_root(struct domain *d, struct dirty_root *r)
{
    unsigned n = 0;

    for (unsigned w = 0; w < ARRAY_SIZE(r->filled); w++)
        for (; r->filled[w]; r->filled[w] &= r->filled[w] - 1, n++)
            shared_store(&r->page[64 * w + (unsigned)__builtin_ctzl(r->filled[w])], 0);
    d->dirty->filled -= n;
    budget_draw(BUDGET_ENTRY + (int)n / ENTRIES_A_UNIT);
    return n != 0;
}

void shadow_drop_all(struct domain *d)
{
    struct dirty_log *l = d->dirty;

    for (unsigned i = 0; i < d->vcpu_max; i++)
        for (unsigned user = 0; l->root[i][0].page && user < 2; user++)
            if (clear_root(d, &l->root[i][user]))
                arch_l4_counted(arch_ptr_mfn(l->root[i][user].page));
    memset(l->key, 0, sizeof(*l->key) << l->order);
    budget_draw((1 << l->order) / BUDGET_WORDS);
    arch_tlb_flush(domain_dirty_cpus(d)); /* DL-3 */
}

void shadow_forget(struct domain *d, mfn_t table)
{
    lock(&d->dirty->lock);
    if (d->logging) {
        uint64_t *s = shadow_of(d, table, false);
        dirty_set(d, table);
        if (s)
            memset(s, 0, PAGE_SIZE);
    }
    unlock(&d->dirty->lock);
}

void shadow_entry_stored(struct domain *d, const uint64_t *slot)
{
    struct dirty_log *l = d->dirty;
    const mfn_t table = arch_ptr_mfn(slot);
    const unsigned i = (unsigned)(((uintptr_t)slot & (PAGE_SIZE - 1)) / sizeof(*slot));

    lock(&d->dirty->lock);
    if (d->logging) {
        uint64_t *s = shadow_of(d, table, false);
        struct vcpu *v;

        dirty_set(d, table);
        if (s)
            shared_store(&s[i], 0);
        if (ptype_of(frame_of(table)) == PT_L4) {
            for_each_vcpu(d, v)
            {
                if (mfn_eq(v->cr3, table))
                    root_stored(d, &l->root[v->id][0].page[i], 0);
                if (mfn_eq(v->user_cr3, table))
                    root_stored(d, &l->root[v->id][1].page[i], 0);
            }
        }
    }
    unlock(&d->dirty->lock);
}

void shadow_new_base(struct vcpu *v, bool user)
{
    struct domain *d = v->domain;
    struct dirty_root *root = &d->dirty->root[v->id][user];

    lock(&d->dirty->lock);
    if (clear_root(d, root))
        arch_l4_stored(d, arch_ptr_mfn(root->page));
    unlock(&d->dirty->lock);
}

/* ACCESSED, and DIRTY where it is written to, as the CPU would; false: it changed meanwhile. */
static bool touch(struct domain *d, uint64_t *slot, uint64_t *e, uint64_t bits)
    REQUIRES(d->dirty->lock)
{
    uint64_t old = *e;

    if ((old & bits) == bits)
        return true;
    if (!pte_cmpxchg(slot, &old, old | bits))
        return false;
    *e |= bits;
    dirty_set(d, arch_ptr_mfn(slot));
    return true;
}

/* The leaf `e` (`writable`: as are the entries above it) into *s; false: the fault is the guest's.
 */
static bool fill_leaf(struct domain *d, uint64_t *s, uint64_t e, bool writable, bool write,
                      bool present) REQUIRES(d->dirty->lock)
{
    const uint64_t old = *s;
    uint64_t new = e & ~PTE_RW;

    if (old & PTE_RW || (write && writable)) { /* `old` may be the shadow of another frame */
        dirty_set(d, MFN(pte_mfn(e)));
        new = e;
    }
    if (!((old ^ new) & (PTE_MFN_MASK | PTE_PRESENT | PTE_RW)))
        return !present || (write && writable); /* another vCPU was faster */
    shared_store(s, new);
    return true;
}

static bool fill(struct domain *d, struct vcpu *v, bool user, gva_t gva, bool write, bool present)
    REQUIRES(d->dirty->lock)
{
    struct dirty_log *l = d->dirty;
    mfn_t table = user ? v->user_cr3 : v->cr3;
    struct dirty_root *root = &l->root[v->id][user];
    uint64_t *s = root->page;
    bool writable = true;

    for (unsigned shift = 39;; shift -= 9) {
        const unsigned i = gva.a >> shift & (PT_ENTRIES - 1);
        uint64_t *slot = (uint64_t *)arch_frame_ptr(table) + i, e = pte_read(slot);

        if (!(e & PTE_PRESENT))
            return false;
        writable = writable && e & PTE_RW;
        if (!touch(d, slot, &e, PTE_ACCESSED | (shift == 12 && write && writable ? PTE_DIRTY : 0)))
            return true;
        if (shift == 12)
            return fill_leaf(d, &s[i], e, writable, write, present);
        table = MFN(pte_mfn(e));
        uint64_t *below = shadow_of(d, table, true);
        if (!below || (shift == 39 && !note_filled(l, root, i))) {
            shadow_drop_all(d);
            return true;
        }
        e = (e & PTE_FLAGS) | mfn_paddr(arch_ptr_mfn(below)).a;
        if (shift == 39)
            root_stored(d, &s[i], e);
        else
            shared_store(&s[i], e);
        s = below;
    }
}

bool shadow_fault(struct vcpu *v, bool user, gva_t gva, bool write, bool present)
{
    struct domain *d = v->domain;

    if (!ptype_guest_address(gva) || mfn_eq(user ? v->user_cr3 : v->cr3, MFN_INVALID))
        return false;
    lock(&d->dirty->lock);
    d->dirty->faults++;
    const bool again = fill(d, v, user, gva, write, present);
    unlock(&d->dirty->lock);
    return again;
}

static int make_roots(struct domain *d, struct dirty_log *l)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        for (unsigned user = 0; user < 2; user++) {
            uint64_t **root = &l->root[v->id][user].page;
            if (*root) /* made by an earlier turn */
                continue;
            if (budget_spent())
                return -XEN_ERESTART;
            if (!(*root = hv_alloc_pages(0)))
                return -XEN_ENOMEM;
            arch_l4_install(d, *root);
            arch_l4_show_m2p(*root, !user);
            budget_draw(BUDGET_PAGE);
        }
    }
    return 0;
}

int shadow_start(struct domain *d)
{
    struct dirty_log *l = d->dirty;
    struct vcpu *v;
    int rc = make_roots(d, l);

    if (rc)
        return rc;
    l->order = max(min(order_for(d->tot_pages / PAGES_A_SHADOW * PAGE_SIZE), (unsigned)MAX_ORDER),
                   (unsigned)MIN_ORDER);
    while (mfn_eq(l->pool = frame_alloc(l->order, 0), MFN_INVALID))
        if (l->order-- == MIN_ORDER)
            return -XEN_ENOMEM;
    l->key = hv_alloc_pages(order_for(sizeof(*l->key) << l->order));
    if (!l->key)
        return -XEN_ENOMEM;
    lock(&d->pt_lock);
    d->logging = DIRTY_LOGGED;
    for_each_vcpu(d, v)
    {
        v->root[0] = arch_ptr_mfn(l->root[v->id][0].page);
        v->root[1] = arch_ptr_mfn(l->root[v->id][1].page);
    }
    unlock(&d->pt_lock);
    return 0;
}

void shadow_stop(struct domain *d)
{
    struct dirty_log *l = d->dirty;
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        shadow_base(v, false);
        shadow_base(v, true);
    }
    for (unsigned i = 0; i < 2 * HV_MAX_VCPUS; i++) {
        hv_free_pages(l->root[i / 2][i % 2].page, 0);
        l->root[i / 2][i % 2] = (struct dirty_root){0};
    }
    hv_free_pages(l->key, order_for(sizeof(*l->key) << l->order));
    l->key = NULL;
    if (!mfn_eq(l->pool, MFN_INVALID))
        frame_free(l->pool, l->order);
    l->pool = MFN_INVALID;
}

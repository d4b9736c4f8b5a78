/* SPDX-License-Identifier: BSD-2-Clause */
/* See moves.h. */
#include <stdio.h>

#include <hv/budget.h>
#include <hv/grant.h>

#include "moves.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

mfn_t moves_page[MOVES_MAX_PAGES];
unsigned moves_pages;

/* Slots that matter: the ends, the hypervisor's, two ordinary ones. */
static const unsigned slots[] = {0, 1, 511, 260, 272, 7, 8, 9};
static long unfinished;

static mfn_t page(unsigned i)
{
    return moves_page[i % moves_pages];
}

uint64_t moves_entry(const struct move *m)
{
    uint64_t e = page(m->value).n << PAGE_SHIFT;

    e |= (m->flags & 1 ? PTE_PRESENT : 0) | (m->flags & 2 ? PTE_RW : 0) |
         (m->flags & 4 ? PTE_USER : 0);
    return e | (m->flags & 8 ? PTE_PSE : 0);
}

/* As through a writable mapping that comes and goes. */
static void poke(const struct move *m)
{
    struct frame *f;

    if (ptype_get_frame(&world_dom[moves_domain(m)], page(m->page), PT_WRITABLE, &f))
        return;
    world_at(page(m->page))[slots[m->slot % 8]] = moves_entry(m);
    ptype_put_frame(&world_dom[moves_domain(m)], f, PT_WRITABLE);
}

static uint64_t place(unsigned page_no, unsigned slot)
{
    return page(page_no).n << PAGE_SHIFT | slots[slot % 8] * 8;
}

/* A batch of three: the table again after another one. */
static void update(const struct move *m)
{
    static struct mmu_update u[3];
    const uint64_t foreign = m->flags & 16 ? (moves_domain(m) + 1u) % WORLD_DOMAINS : DOMID_SELF;
    const unsigned count = m->flags & 64 ? 3 : 1;

    for (unsigned i = 0; i < count; i++)
        u[i] = (struct mmu_update){place(m->page + i % 2, m->slot + i), moves_entry(m)};
    u[0].ptr |= m->flags & 32 ? MMU_PT_UPDATE_PRESERVE_AD : 0;
    unfinished = op_mmu_update(&world_vcpu[m->vcpu], GVA((uint64_t)u), count, GVA(0), foreign);
}

static void emulate(const struct move *m)
{
    uint64_t old = 0;
    const unsigned bytes = 1u << (m->flags >> 4 & 3);

    ptype_emulate_write(&world_vcpu[m->vcpu], page(m->page), slots[m->slot % 8] * 8, moves_entry(m),
                        bytes, m->flags >> 7, &old);
}

static void ext(const struct move *m, unsigned cmd)
{
    static struct mmuext_op op;
    const uint64_t foreign = m->flags & 16 ? (moves_domain(m) + 1u) % WORLD_DOMAINS : DOMID_SELF;

    op = (struct mmuext_op){.cmd = cmd, .arg1.mfn = page(m->page).n};
    if (cmd == MMUEXT_NEW_USER_BASEPTR && m->flags & 1)
        op.arg1.mfn = 0;
    unfinished = op_mmuext_op(&world_vcpu[m->vcpu], GVA((uint64_t)&op), 1, GVA(0), foreign);
}

static void gdt(const struct move *m)
{
    static uint64_t list[2];

    list[0] = page(m->page).n;
    list[1] = page(m->value).n;
    unfinished = op_set_gdt(&world_vcpu[m->vcpu], GVA((uint64_t)list), (m->flags & 3) * 256);
}

/* As core/grant maps and unmaps. */
static void grant(const struct move *m, bool map)
{
    struct vcpu *v = &world_vcpu[m->vcpu];
    struct frame *f = frame_of(page(m->value));
    const bool write = m->flags & 2;
    const unsigned flags = GNTMAP_host_map | GNTMAP_contains_pte | (write ? 0 : GNTMAP_readonly);
    const uint64_t addr = place(m->page, m->slot);
    const unsigned owner = frame_owner_id(f);

    if (map) {
        if (owner >= WORLD_DOMAINS || !frame_get(f, &world_dom[owner]))
            return;
        if (write && ptype_get_writable_as(f, PTYPE_FOREIGN)) {
            frame_put(f);
            return;
        }
        if (!ptype_grant_install(v, addr, page(m->value), flags))
            return;
    } else if (ptype_grant_remove(v, addr, page(m->value), flags, GVA(0))) {
        return;
    }
    if (write)
        ptype_put_writable(f);
    frame_put(f);
}

static void reservation(const struct move *m, unsigned cmd)
{
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    r.extent_start.p = &moves_page[m->page % moves_pages].n;
    if (cmd == XENMEM_populate_physmap && world_refs(page(m->page)))
        return; /* would be forgotten */
    op_memory_op(&world_vcpu[m->vcpu], cmd, GVA((uint64_t)&r));
}

/* Two frames for two (flags bit 1: for one of twice the size); bit 0: the second is nobody's. */
static void exchange(const struct move *m)
{
    const unsigned a = m->page % moves_pages, b = m->value % moves_pages, order = m->flags >> 1 & 1;
    uint64_t in[2] = {page(a).n, m->flags & 1 ? 7 : page(b).n}, out[2] = {1, 2};
    struct xen_memory_exchange e = {
        .in = {.nr_extents = 2, .domid = DOMID_SELF},
        .out = {.nr_extents = 2 >> order, .extent_order = order, .domid = DOMID_SELF}};

    if (a == b)
        return;
    e.in.extent_start.p = in;
    e.out.extent_start.p = out;
    settle(op_memory_op(&world_vcpu[m->vcpu], XENMEM_exchange, GVA((uint64_t)&e)));
    if (e.nr_exchanged)
        moves_page[a] = MFN(out[0]);
    if (e.nr_exchanged == 2)
        moves_page[b] = MFN(order ? out[0] + 1 : out[1]);
}

uint64_t moves_unfinished(void)
{
    return unfinished == WORLD_CONTINUED ? world_continuation() : 0;
}

void moves_make(const struct move *m)
{
    if (m->kind != MOVE_CONTINUE && world_dom[moves_domain(m)].dying)
        return;
    budget_refill(); /* a guest enters */
    switch (m->kind) {
    case MOVE_POKE:
        poke(m);
        break;
    case MOVE_UPDATE:
        update(m);
        break;
    case MOVE_EMULATE:
        emulate(m);
        break;
    case MOVE_PIN:
        ext(m, MMUEXT_PIN_L1_TABLE + m->flags % 4);
        break;
    case MOVE_UNPIN:
        ext(m, MMUEXT_UNPIN_TABLE);
        break;
    case MOVE_BASE:
        ext(m, MMUEXT_NEW_BASEPTR);
        break;
    case MOVE_USER_BASE:
        ext(m, MMUEXT_NEW_USER_BASEPTR);
        break;
    case MOVE_GDT:
        gdt(m);
        break;
    case MOVE_DESCRIPTOR:
        op_update_descriptor(&world_vcpu[m->vcpu],
                             paddr_add(mfn_paddr(page(m->page)), slots[m->slot % 8] * 8),
                             moves_entry(m));
        break;
    case MOVE_GRANT:
    case MOVE_UNGRANT:
        grant(m, m->kind == MOVE_GRANT);
        break;
    case MOVE_RELEASE:
        reservation(m, XENMEM_decrease_reservation);
        break;
    case MOVE_POPULATE:
        reservation(m, XENMEM_populate_physmap);
        break;
    case MOVE_EXCHANGE:
        exchange(m);
        break;
    case MOVE_FLUSH:
        ext(m, MMUEXT_TLB_FLUSH_LOCAL);
        break;
    case MOVE_ENTER:
        break; /* done by moves_run */
    case MOVE_CONTINUE:
        settle(unfinished);
        unfinished = 0;
        break;
    case MOVE_KILL:
        world_kill(moves_domain(m));
        break;
    }
}

void moves_print(const struct move *m)
{
    static const char *const names[MOVE_KINDS] = {
        "poke",     "update",   "emulate", "pin",   "unpin",    "base",
        "userbase", "gdt",      "desc",    "grant", "ungrant",  "release",
        "populate", "exchange", "flush",   "enter", "continue", "kill"};
    fprintf(stderr, "  d%uv%u %s page %u slot %u value %u flags %02x\n", moves_domain(m),
            m->vcpu / WORLD_DOMAINS, names[m->kind], m->page, m->slot, m->value, m->flags);
}

const char *moves_run(const struct move *m)
{
    static char what[96];
    unsigned cpu;
    mfn_t mfn;

    world_enter(m->vcpu);
    moves_make(m);
    const char *fault = world_tlb_fault(&cpu, &mfn);
    if (fault)
        snprintf(what, sizeof(what), "%s (CPU %u, frame %lx)", fault, cpu, mfn.n);
    return fault ? what : NULL;
}

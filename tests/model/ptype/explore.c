/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every sequence of moves, to a given depth, from several starting points.  The first four: a guest
 * with five pages and a neighbour with one; nothing typed, linked, pinned, in use; every move there
 * is.  Then `shared`: a guest with two vCPUs on two CPUs, a neighbour that maps its grants, the
 * control domain that maps its frames, and TLBs that remember all they can (PT-5, F-5: who can
 * still write this frame?).  Last `turns`: tables that take more than one turn to validate or take
 * apart, with a budget that ends at every step, and continuations that the guest forgets.
 * After each move all invariants are recomputed; from each new state all domains are torn down and
 * every frame must come back.  States already seen (with as many moves left) are not looked at
 * again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/tlb.h>

#include "moves.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

#define FRAMES    32
#define MAX_PAGES 16 /* 0..3 start as levels 4..1, 4 as data; the others are the plan's */
#define MAX_DEPTH 8
#define SEEN_SIZE (1u << 22)

/* All variables of the program: the product's, and ours that must go with them.  What must not is
 * in memory() of its own (not calloc(): clang makes variables of blocks that are never freed). */
extern char __data_start[], _end[];

static struct saved {
    char *vars, *ram, *tlb;
    struct frame *table;
} * saved;             /* one for each depth */
static uint64_t *seen; /* hash | moves left */
static struct counts {
    unsigned long states, steps, restarts;
} * counts;
static struct move *path;
static struct move *all_moves;
static unsigned n_moves, depth_limit;

static void *memory(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        abort();
    return p;
}

static size_t table_bytes(void)
{
    return (ROUND_UP(HOST_MFN_BASE + FRAMES, 256) - HOST_HOLE_END) * sizeof(struct frame);
}
static void save(unsigned level)
{
    struct saved *s = &saved[level];
    memcpy(s->ram, host_ram, FRAMES * PAGE_SIZE);
    memcpy(s->table, &host_frame_table[HOST_HOLE_END], table_bytes());
    memcpy(s->tlb, host_tlb, host_tlb_bytes());
    memcpy(s->vars, __data_start, (size_t)(_end - __data_start));
}
static void restore(unsigned level)
{
    const struct saved *s = &saved[level];
    memcpy(host_ram, s->ram, FRAMES * PAGE_SIZE);
    memcpy(&host_frame_table[HOST_HOLE_END], s->table, table_bytes());
    memcpy(host_tlb, s->tlb, host_tlb_bytes());
    memcpy(__data_start, s->vars, (size_t)(_end - __data_start));
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9E3779B97F4A7C15UL;
    return h ^ h >> 29;
}

/* What the CPUs remember of a page, and who would have to be asked if its type changed. */
static uint64_t tlb_hash(uint64_t h, mfn_t mfn)
{
    const uint64_t t = atomic_load(&frame_of(mfn)->type);
    bool old;

    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++) {
        h = mix(h, host_tlb_entry(cpu, mfn, &old)->holds);
        h = mix(h, old);
    }
    if (!(t & PTYPE_COUNT))
        h = mix(h, arch_tlb_stale(all_cpus(), t >> PTYPE_STAMP_SHIFT & TLB_STAMP_MASK));
    return h;
}

/* What tells states apart: words of the pages (without stamps), slots 0, 1 and 2, base pointers,
 * what is left to continue and, of vCPUs that run, what their CPUs remember. */
static uint64_t state_hash(void)
{
    uint64_t h = 1;
    for (unsigned i = 0; i < moves_pages; i++) {
        const struct frame *f = frame_of(moves_page[i]);
        const uint64_t r = atomic_load(&f->ref), t = atomic_load(&f->type);
        const bool owned = (r >> FRAME_OWNER_SHIFT & 0x7FFF) < WORLD_DOMAINS;
        h = mix(h, owned ? r : 0);
        h = mix(h, owned ? t & ~PTYPE_STAMP_MASK : 0);
        h = mix(h, world_at(moves_page[i])[0]);
        h = mix(h, world_at(moves_page[i])[1]);
        h = mix(h, world_at(moves_page[i])[511]);
        h = mix(h, moves_page[i].n);
        if (host_log.current[0])
            h = tlb_hash(h, moves_page[i]);
    }
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        h = mix(h, (uintptr_t)host_log.current[cpu]);
    h = mix(h, moves_unfinished());
    h = mix(h, world_vcpu[1].cr3.n);
    h = mix(h, world_vcpu[1].user_cr3.n);
    return mix(h, world_vcpu[1].gdt_count);
}

/* True if new, or seen with fewer moves left. */
static bool note_state(unsigned left)
{
    const uint64_t h = state_hash() & ~15UL;
    unsigned i = (unsigned)(h >> 20) & (SEEN_SIZE - 1);

    while (seen[i] && (seen[i] & ~15UL) != h)
        i = (i + 1) & (SEEN_SIZE - 1);
    if (seen[i] && (seen[i] & 15) >= left + 1)
        return false;
    counts->states += !seen[i];
    if (counts->states > SEEN_SIZE / 2)
        abort();
    seen[i] = h | (left + 1);
    return true;
}

static void fail(unsigned length, const char *what)
{
    fprintf(stderr, "%s after:\n", what);
    for (unsigned i = 0; i < length; i++)
        moves_print(&path[i]);
    exit(1);
}

static void check_teardown(unsigned level)
{
    save(MAX_DEPTH + 1);
    world_kill(1);
    if (world_audit(0))
        fail(level, "teardown of domain 1 is wrong");
    world_kill(2);
    world_kill(0);
    if (world_audit(0) || world_dom[1].tot_pages || world_dom[2].tot_pages ||
        frame_free_count() != FRAMES)
        fail(level, "teardown leaves something");
    restore(MAX_DEPTH + 1);
}

static void explore(unsigned level)
{
    if (!note_state(depth_limit - level))
        return;
    check_teardown(level);
    if (level == depth_limit)
        return;
    save(level);
    for (unsigned i = 0; i < n_moves; i++) {
        path[level] = all_moves[i];
        const char *fault = NULL;
        if (host_log.current[0])
            fault = moves_run(&all_moves[i]);
        else
            moves_make(&all_moves[i]);
        counts->steps++;
        counts->restarts += world_restarts;
        world_restarts = 0;
        if (fault)
            fail(level + 1, fault);
        if (world_audit(0))
            fail(level + 1, "invariants broken");
        explore(level + 1);
        restore(level);
    }
}

static void add_by(unsigned vcpu, unsigned kind, unsigned page, unsigned slot, unsigned value,
                   unsigned flags)
{
    all_moves[n_moves++] = (struct move){(uint8_t)kind, (uint8_t)vcpu,  (uint8_t)page,
                                         (uint8_t)slot, (uint8_t)value, (uint8_t)flags};
}
static void add(unsigned kind, unsigned page, unsigned slot, unsigned value, unsigned flags)
{
    add_by(1, kind, page, slot, value, flags);
}

#define PAGES 6 /* of the first plans: 5 is the neighbour's */
static void list_all_moves(void)
{
    static const uint8_t access[] = {5, 7};

    for (unsigned p = 0; p < PAGES - 1; p++) {
        for (unsigned level = 0; level < 4; level++)
            add(MOVE_PIN, p, 0, 0, level);
        add(MOVE_UNPIN, p, 0, 0, 0);
        add(MOVE_BASE, p, 0, 0, 0);
        add(MOVE_USER_BASE, p, 0, 0, 0);
        add(MOVE_RELEASE, p, 0, 0, 0);
        add(MOVE_GDT, p, 0, p, 1);
        for (unsigned slot = 0; slot < 2; slot++) {
            for (unsigned value = 0; value < PAGES; value++)
                for (unsigned a = 0; a < 2; a++) {
                    add(MOVE_UPDATE, p, slot, value, access[a]);
                    add(MOVE_POKE, p, slot, value, access[a]);
                }
            add(MOVE_UPDATE, p, slot, 0, 0);
        }
        add(MOVE_GRANT, p, 1, 5, 7);
        add(MOVE_UNGRANT, p, 1, 5, 7);
    }
    add(MOVE_PIN, 5, 0, 0, 0);
    add(MOVE_USER_BASE, 0, 0, 0, 1);
    add(MOVE_GDT, 0, 0, 0, 0);
}

static void pages_of(unsigned d, unsigned n)
{
    while (n--)
        moves_page[moves_pages++] = world_page(d);
}
/* Links pages `first` and its three successors to a tree of tables, and its fourth in that. */
static void link_tables(unsigned first)
{
    for (unsigned i = first; i < first + 4; i++)
        world_at(moves_page[i])[0] = world_pte(moves_page[i + 1], 7);
}

/* start 0: five empty pages; 1: tables linked but not typed; 2: pinned; 3: the vCPU runs on them.
 */
static void begin(unsigned start)
{
    world_start(FRAMES - WORLD_DOMAINS, 10);
    moves_pages = 0;
    pages_of(1, 5);
    pages_of(2, 1);
    if (start)
        link_tables(0);
    if (start == 2 && world_ext(1, MMUEXT_PIN_L4_TABLE, moves_page[0].n, 0, DOMID_SELF))
        abort();
    if (start == 3 && ptype_switch_base(&world_vcpu[1], moves_page[0], false))
        abort();
}

/* Guest 1: 0..3 tables in use, 4 and 5 data; guest 2: 6..9 tables, 10 data; control: 11..14, 15. */
static void begin_shared(void)
{
    static const uint8_t root[WORLD_VCPUS] = {11, 0, 6, 11, 0, 6};

    world_start(FRAMES - WORLD_DOMAINS, 10);
    moves_pages = 0;
    pages_of(1, 6);
    pages_of(2, 5);
    pages_of(0, 5);
    link_tables(0);
    link_tables(6);
    link_tables(11);
    for (unsigned v = 0; v < WORLD_VCPUS; v++) {
        if (ptype_switch_base(&world_vcpu[v], moves_page[root[v]], false))
            abort();
        world_enter(v);
    }
    host_tlb_eager = true;
}

static void list_shared(void)
{
    n_moves = 0;
    for (unsigned data = 4; data < 6; data++) {
        add(MOVE_UPDATE, 3, 1, data, 7);
        add(MOVE_PIN, data, 0, 0, 0);
        add(MOVE_UNPIN, data, 0, 0, 0);
        add(MOVE_UPDATE, 2, 1, data, 7); /* as a level-1 table */
        add(MOVE_RELEASE, data, 0, 0, 0);
        add(MOVE_POPULATE, data, 0, 0, 0);
    }
    add(MOVE_UPDATE, 3, 0, 0, 0);
    add(MOVE_UPDATE, 3, 1, 0, 0);
    add(MOVE_UPDATE, 3, 1, 4, 5);
    add(MOVE_UPDATE, 2, 1, 0, 0);
    add(MOVE_EXCHANGE, 4, 0, 5, 3);
    add(MOVE_EXCHANGE, 4, 0, 5, 2);
    add(MOVE_GDT, 4, 0, 4, 1);
    add(MOVE_GDT, 4, 0, 4, 0);
    add_by(4, MOVE_UPDATE, 3, 1, 4, 7); /* from the other vCPU */
    add_by(4, MOVE_UPDATE, 3, 1, 0, 0);
    add_by(5, MOVE_GRANT, 9, 1, 5, 7);
    add_by(5, MOVE_UNGRANT, 9, 1, 5, 7);
    add_by(5, MOVE_UPDATE, 9, 1, 0, 0);
    add_by(5, MOVE_UPDATE, 8, 0, 0, 0); /* with its table */
    add_by(2, MOVE_ENTER, 0, 0, 0, 0);  /* guest 2 comes to CPU 1 */
    add_by(0, MOVE_UPDATE, 14, 1, 5, 16 | 7);
    add_by(0, MOVE_UPDATE, 14, 1, 5, 16 | 5);
    add_by(0, MOVE_UPDATE, 14, 1, 0, 0);
}

/* Guest 1: 0..3 tables, 4 data, 5..8 more level-1 tables below 2; a turn is enough
 * for two tables or so. */
static void begin_turns(void)
{
    world_start(FRAMES - WORLD_DOMAINS, 12);
    moves_pages = 0;
    pages_of(1, 9);
    link_tables(0);
    for (unsigned i = 5; i < 9; i++) {
        world_at(moves_page[2])[i - 1] = world_pte(moves_page[i], 7);
        world_at(moves_page[i])[0] = world_pte(moves_page[4], 7);
    }
    world_enter(1);
    world_enter(4);
    host_tlb_eager = true;
    host_turn(30);
}

static void list_turns(void)
{
    n_moves = 0;
    for (unsigned level = 2; level < 4; level++)
        add(MOVE_PIN, 3 - level, 0, 0, level);
    add(MOVE_PIN, 2, 0, 0, 1);
    add(MOVE_PIN, 2, 0, 0, 0); /* another level: what was begun is abandoned */
    add(MOVE_PIN, 5, 0, 0, 0);
    for (unsigned p = 0; p < 4; p++)
        add(MOVE_UNPIN, p, 0, 0, 0);
    add(MOVE_BASE, 0, 0, 0, 0);
    add_by(4, MOVE_BASE, 0, 0, 0, 0);
    add(MOVE_USER_BASE, 0, 0, 0, 0);
    add(MOVE_USER_BASE, 0, 0, 0, 1);
    add(MOVE_CONTINUE, 0, 0, 0, 0);
    add(MOVE_UPDATE, 1, 0, 2, 7);
    add(MOVE_UPDATE, 1, 0, 0, 0);
    add(MOVE_UPDATE, 1, 1, 2, 7);
    add(MOVE_UPDATE, 2, 0, 0, 0);
    add(MOVE_UPDATE, 3, 1, 8, 7); /* a table of the tree, writable */
    add(MOVE_UPDATE, 3, 1, 0, 0);
    add(MOVE_POKE, 8, 1, 8, 7); /* a table that cannot be validated */
    add(MOVE_POKE, 8, 1, 0, 0);
    add(MOVE_RELEASE, 2, 0, 0, 0);
    add(MOVE_RELEASE, 8, 0, 0, 0);
    add(MOVE_POPULATE, 8, 0, 0, 0);
}

static void run(const char *name)
{
    explore(0);
    printf(
        "ptype explorer: %s, depth %u, %u moves: %lu states, %lu steps, %lu continuations so far\n",
        name, depth_limit, n_moves, counts->states, counts->steps, counts->restarts);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"empty", "linked", "pinned", "in use"};
    const unsigned depth = argc > 1 ? (unsigned)atoi(argv[1]) : 2;

    if (depth < 1 || depth + 2 > MAX_DEPTH)
        return 2;
    saved = memory((MAX_DEPTH + 2) * sizeof(*saved));
    seen = memory(SEEN_SIZE * sizeof(*seen));
    counts = memory(sizeof(*counts));
    path = memory((MAX_DEPTH + 1) * sizeof(*path));
    all_moves = memory(1024 * sizeof(*all_moves));
    begin(0);
    for (unsigned i = 0; i < MAX_DEPTH + 2; i++)
        saved[i] = (struct saved){memory((size_t)(_end - __data_start)), memory(FRAMES * PAGE_SIZE),
                                  memory(host_tlb_bytes()), memory(table_bytes())};
    depth_limit = depth;
    list_all_moves();
    for (unsigned start = 0; start < 4; start++) {
        begin(start);
        run(names[start]);
    }
    depth_limit = depth + 1;
    begin_shared();
    list_shared();
    run("shared");
    const unsigned long before = counts->restarts;
    depth_limit = depth + 2;
    begin_turns();
    list_turns();
    run("turns");
    if (counts->restarts == before)
        fail(0, "nothing was preempted");
    return 0;
}

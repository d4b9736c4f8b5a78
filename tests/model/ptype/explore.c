/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every sequence of moves, to a given depth, of a guest with five pages and a
 * neighbour with one, from three starting points: nothing typed, an address
 * space pinned, one in use.  After each move all invariants are recomputed; from
 * each new state both domains are torn down and every frame must come back.
 * States already seen (with as many moves left) are not looked at again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moves.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

#define FRAMES    20
#define PAGES     6 /* 0..3 start as levels 4..1, 4 as data; 5 is the neighbour's */
#define MAX_DEPTH 8
#define SEEN_SIZE (1u << 22)

/* All state of the program but the heap: the product's variables, and ours that must go with them.
 */
extern char __data_start[], _end[];

static struct saved {
    char *vars, *ram;
    struct frame *table;
} * saved;             /* one for each depth, on the heap */
static uint64_t *seen; /* hash | moves left, on the heap */
static struct counts {
    unsigned long states, steps;
} * counts;
static struct move *path;
static struct move *all_moves;
static unsigned n_moves, depth_limit;

static size_t table_bytes(void)
{
    return ROUND_UP(HOST_MFN_BASE + FRAMES, 256) * sizeof(struct frame);
}
static void save(unsigned level)
{
    struct saved *s = &saved[level];
    memcpy(s->ram, host_ram, FRAMES * PAGE_SIZE);
    memcpy(s->table, host_frame_table, table_bytes());
    memcpy(s->vars, __data_start, (size_t)(_end - __data_start));
}
static void restore(unsigned level)
{
    const struct saved *s = &saved[level];
    memcpy(host_ram, s->ram, FRAMES * PAGE_SIZE);
    memcpy(host_frame_table, s->table, table_bytes());
    memcpy(__data_start, s->vars, (size_t)(_end - __data_start));
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9E3779B97F4A7C15UL;
    return h ^ h >> 29;
}

/* What tells states apart: words of the pages (without stamps), slots 0 and 1, base pointers. */
static uint64_t state_hash(void)
{
    uint64_t h = 1;
    for (unsigned i = 0; i < PAGES; i++) {
        const struct frame *f = frame_of(moves_page[i]);
        const uint64_t r = atomic_load(&f->ref), t = atomic_load(&f->type);
        const bool owned = (r >> FRAME_OWNER_SHIFT & 0x7FFF) < WORLD_DOMAINS;
        h = mix(h, owned ? r : 0);
        h = mix(h, owned ? t & ~PTYPE_STAMP_MASK : 0);
        h = mix(h, world_at(moves_page[i])[0]);
        h = mix(h, world_at(moves_page[i])[1]);
    }
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
        moves_make(&all_moves[i]);
        counts->steps++;
        if (world_audit(0))
            fail(level + 1, "invariants broken");
        explore(level + 1);
        restore(level);
    }
}

static void add(unsigned kind, unsigned page, unsigned slot, unsigned value, unsigned flags)
{
    all_moves[n_moves++] = (struct move){
        (uint8_t)kind, 1, (uint8_t)page, (uint8_t)slot, (uint8_t)value, (uint8_t)flags};
}

static void list_moves(void)
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

/* start 0: five empty pages; 1: tables linked but not typed; 2: pinned; 3: the vCPU runs on them.
 */
static void begin(unsigned start)
{
    world_start(FRAMES, 10);
    moves_pages = PAGES;
    for (unsigned i = 0; i < PAGES; i++)
        moves_page[i] = world_page(i == 5 ? 2 : 1);
    for (unsigned i = 0; start && i < 4; i++)
        world_at(moves_page[i])[0] = world_pte(moves_page[i + 1], 7);
    if (start == 2 && world_ext(1, MMUEXT_PIN_L4_TABLE, moves_page[0].n, 0, DOMID_SELF))
        abort();
    if (start == 3 && ptype_set_base(&world_vcpu[1], moves_page[0], false))
        abort();
}

int main(int argc, char **argv)
{
    depth_limit = argc > 1 ? (unsigned)atoi(argv[1]) : 2;
    if (depth_limit < 1 || depth_limit > MAX_DEPTH)
        return 2;
    saved = calloc(MAX_DEPTH + 2, sizeof(*saved));
    seen = calloc(SEEN_SIZE, sizeof(*seen));
    counts = calloc(1, sizeof(*counts));
    path = calloc(MAX_DEPTH + 1, sizeof(*path));
    all_moves = calloc(1024, sizeof(*all_moves));
    for (unsigned i = 0; i < MAX_DEPTH + 2; i++)
        saved[i] =
            (struct saved){malloc((size_t)(_end - __data_start)), malloc(FRAMES * PAGE_SIZE),
                           malloc(ROUND_UP(HOST_MFN_BASE + FRAMES, 256) * sizeof(struct frame))};
    list_moves();
    for (unsigned start = 0; start < 4; start++) {
        begin(start);
        explore(0);
        printf("ptype explorer: start %u, depth %u, %u moves: %lu states, %lu steps so far\n",
               start, depth_limit, n_moves, counts->states, counts->steps);
    }
    return 0;
}

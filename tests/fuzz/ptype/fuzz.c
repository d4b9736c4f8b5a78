/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random moves of three domains against the memory rooms, six bytes a move; all
 * invariants are recomputed after each, and in the end everybody dies and every
 * frame must be free again.  Domain 1 starts with a tree of tables that takes
 * several turns to validate.
 */
#include <stdlib.h>
#include <string.h>

#include "moves.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

#define FRAMES 80
#define TREE   24 /* level-1 tables of domain 1's tree */

static void build(void)
{
    world_start(FRAMES - WORLD_DOMAINS, 60);
    moves_pages = 0;
    for (unsigned i = 0; i < TREE + 8; i++)
        moves_page[moves_pages++] = world_page(1);
    for (unsigned i = 0; i < 8; i++)
        moves_page[moves_pages++] = world_page(i < 5 ? 2 : 0);
    /* 0: level 4, 1: level 3, 2: level 2, 3: data, from 8 on: level 1 */
    world_at(moves_page[0])[0] = world_pte(moves_page[1], 7);
    world_at(moves_page[1])[0] = world_pte(moves_page[2], 7);
    for (unsigned i = 0; i < TREE; i++) {
        world_at(moves_page[2])[i] = world_pte(moves_page[8 + i], 7);
        world_at(moves_page[8 + i])[i] = world_pte(moves_page[3], 7);
    }
}

static void check(void)
{
    if (world_audit(0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    build();
    for (; size >= 6; data += 6, size -= 6) {
        struct move m = {
            data[0] % MOVE_KINDS, data[1] % WORLD_VCPUS, data[2], data[3], data[4], data[5]};
        moves_make(&m);
        check();
    }
    for (unsigned i = 0; i < WORLD_DOMAINS; i++)
        if (!world_dom[i].dying)
            world_kill(i);
    check();
    for (unsigned i = 0; i < WORLD_DOMAINS; i++)
        if (world_dom[i].tot_pages || world_dom[i].regions)
            abort();
    if (frame_free_count() != FRAMES)
        abort();
    return 0;
}

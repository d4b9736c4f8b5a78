/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random moves of vCPUs of three domains that run on three CPUs, whose TLBs remember all they can,
 * four bytes a move.  After each nobody may be able to write a table (PT-5) or reach a frame that
 * was given to another (F-5), half of the time with guests on copies of their level-4 tables.
 * Moves are likely ones: they name tables of the mover and pages that could be mapped, so that a
 * few of them make sense together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moves.h"
#include "space.h"

#define FRAMES          64
#define DATA            2          /* pages of each domain beside its four tables */
#define PAGES           (4 + DATA) /* of a domain: levels 4, 3, 2, 1, then data */
#define TABLE(d, level) ((d)*PAGES + 4 - (level))

static void build(void)
{
    world_start(FRAMES - WORLD_DOMAINS, 40);
    moves_pages = 0;
    for (unsigned d = 0; d < WORLD_DOMAINS; d++) {
        for (unsigned i = 0; i < PAGES; i++)
            moves_page[moves_pages++] = world_page(d);
        for (unsigned level = 4; level > 1; level--)
            world_at(moves_page[TABLE(d, level)])[0] =
                world_pte(moves_page[TABLE(d, level - 1)], SPACE_FLAGS);
    }
    for (unsigned v = 0; v < WORLD_VCPUS; v++) {
        if (ptype_switch_base(&world_vcpu[v], moves_page[TABLE(v % WORLD_DOMAINS, 4)], false))
            abort();
        world_enter(v);
    }
    host_tlb_eager = true;
}

/* What a byte stands for, as often as it is here. */
static const uint8_t kinds[] = {
    MOVE_UPDATE,   MOVE_UPDATE,   MOVE_UPDATE,   MOVE_UPDATE,    MOVE_UPDATE,   MOVE_UPDATE,
    MOVE_UPDATE,   MOVE_UPDATE,   MOVE_PIN,      MOVE_PIN,       MOVE_PIN,      MOVE_UNPIN,
    MOVE_UNPIN,    MOVE_GRANT,    MOVE_GRANT,    MOVE_GRANT,     MOVE_UNGRANT,  MOVE_POKE,
    MOVE_EXCHANGE, MOVE_EXCHANGE, MOVE_EXCHANGE, MOVE_RELEASE,   MOVE_POPULATE, MOVE_GDT,
    MOVE_EMULATE,  MOVE_FLUSH,    MOVE_CONTINUE, MOVE_USER_BASE,
};

/* Guest 1 on CPU 0, guest 2 and the control domain on CPU 2, and sometimes one more of each
 * guest. */
static const uint8_t vcpus[] = {1, 1, 1, 1, 1, 5, 5, 5, 0, 0, 4, 2};

static const uint8_t access[] = {0, 4 | 1, 4 | 2 | 1, 4 | 2 | 1}; /* see moves_entry */

static struct move decode(const uint8_t *b)
{
    struct move m = {.kind = kinds[b[0] % sizeof(kinds)], .vcpu = vcpus[b[1] % sizeof(vcpus)]};
    const unsigned d = moves_domain(&m), mine = d * PAGES + 4 + b[2] % DATA;
    const unsigned theirs = (d + 1) % WORLD_DOMAINS * PAGES + 4 + b[2] % DATA;

    m.value = (uint8_t)mine;
    m.page = (uint8_t)mine;
    m.slot = b[2] >> 4 & 1;
    m.flags = access[b[3] & 3];
    switch (m.kind) {
    case MOVE_UPDATE:
    case MOVE_EMULATE: /* in a level-1 table mostly, in a level-2 table, or in a page */
        m.page = b[3] >> 5 == 7 ? mine : (uint8_t)TABLE(d, b[3] >> 5 < 5 ? 1 : 2);
        if (d == 0 && b[3] & 4) { /* only the control domain may */
            m.flags |= 16;
            m.value = (uint8_t)theirs;
        } else if ((b[3] & 12) == 12) {
            m.value = d * PAGES + b[2] % PAGES;
        }
        break;
    case MOVE_GRANT:
    case MOVE_UNGRANT:
        m.page = (uint8_t)TABLE(d, 1);
        m.value = (uint8_t)theirs;
        break;
    case MOVE_PIN:
        m.flags = b[3] % 8 == 0;
        break;
    case MOVE_EXCHANGE:
        m.value = d * PAGES + 4 + (b[2] >> 2) % DATA;
        m.flags = b[3] & 4 ? 3 : b[3] & 3; /* failing half way most of all */
        break;
    case MOVE_UNPIN:
    case MOVE_RELEASE:
        if (b[3] & 8)
            m.page = d * PAGES + b[2] % PAGES;
        break;
    }
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct move moves[128];
    unsigned n = 0;
    uint32_t x = 1; /* a fuzzer likes to repeat bytes; that should not be to repeat moves */

    build();
    if (size && data[0] & 1)
        host_tlb_run_on_copies();
    for (; size >= 4 && n < 128; data += 4, size -= 4) {
        uint32_t word;
        memcpy(&word, data, 4);
        word ^= x = x * 1664525 + 1013904223;
        word ^= word >> 16;
        moves[n] = decode((const uint8_t *)&word);
        const char *fault = moves_run(&moves[n++]);
        if (fault) {
            fprintf(stderr, "%s after:\n", fault);
            for (unsigned i = 0; i < n; i++)
                moves_print(&moves[i]);
            abort();
        }
    }
    if (world_audit(0))
        abort();
    for (unsigned i = 0; i < WORLD_DOMAINS; i++)
        world_kill(i);
    if (world_audit(0) || frame_free_count() != FRAMES)
        abort();
    return 0;
}

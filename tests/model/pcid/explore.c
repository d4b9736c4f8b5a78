/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCID with xpti= (asm/pcid.h, hv/l4copy.h and hv/tlb.h as they are): a CPU, a vCPU with a table for
 * each mode out of two, two pages, and in every state that can be reached whatever may happen next.
 * The TLB remembers whenever it likes, and forgets only what the architecture says (SDM 3A
 * 4.10.4.1): the worst, as nothing looks at what it has.  What it must not do is in machine.c.
 * Once for each: with INVPCID or not, a guest with a copy or without.
 */
#include <states.h>

#include "machine.h"

/* Clock and versions are only compared, with what they are now, which only grows: all that is older
 * is alike, but 0. */
static void age(uint64_t *was, uint64_t now)
{
    *was = *was == now ? 2 : *was > 0;
}

static void canonical(struct machine *m)
{
    const uint64_t version[B + 1] = {0, m->version[0], m->version[1]};

    for (unsigned i = 0; i < 2; i++) {
        age(&m->tag[i].since, m->flushed_at);
        age(&m->tag[i].version, version[m->tag[i].of]);
        age(&m->copy[i].version, version[m->copy[i].of]);
    }
    m->flushed_at = m->version[0] = m->version[1] = 2;
}

/* A machine as a number, or back: one digit after the other, each below its base. */
struct digits {
    uint64_t number, unit;
    bool reads;
};
static uint64_t digit(struct digits *d, uint64_t value, unsigned base)
{
    if (d->reads) {
        value = d->number % base;
        d->number /= base;
    } else {
        if (value >= base || d->unit > UINT64_MAX / base) {
            fprintf(stderr, "a state does not fit: %lu of %u\n", value, base);
            exit(1);
        }
        d->number += value * d->unit;
        d->unit *= base;
    }
    return value;
}
#define DIGIT(field, base) ((field) = (typeof(field))digit(d, (uint64_t)(field), base))

static uint64_t value_of(unsigned table, unsigned tag, unsigned keep)
{
    return (uint64_t)table << PAGE_SHIFT | tag | (keep ? PCID_KEEP : 0);
}

static void register_digits(struct digits *d, uint64_t *cr3, unsigned tables, unsigned tags)
{
    const unsigned table = (unsigned)digit(d, *cr3 >> PAGE_SHIFT & 0xff, tables),
                   tag = (unsigned)digit(d, *cr3 & 0xfff, tags),
                   keep = (unsigned)digit(d, *cr3 >> 63, 2);

    *cr3 = value_of(table, tag, keep);
}

static void machine_digits(struct digits *d, struct machine *m)
{
    uint64_t rax_keeps = m->rax >> 63;

    DIGIT(m->place, PLACES);
    DIGIT(m->in_user, 2);
    register_digits(d, &m->cr3, TABLES, TAGS);
    register_digits(d, &m->guest, TABLES, TAGS);
    register_digits(d, &m->full, B + 1, 1);
    DIGIT(rax_keeps, 2);
    m->rax = m->place == IN_RAX ? (m->guest & ~PCID_KEEP) | rax_keeps << 63 : 0;
    for (unsigned i = 0; i < TAGS; i++)
        DIGIT(m->tag_of[i], TABLES);
    m->flushed_at = m->version[0] = m->version[1] = 2;
    for (unsigned i = 0; i < 2; i++) {
        m->root[i] = (uint8_t)(digit(d, m->root[i] - A, 2) + A);
        m->copy[i].of = digit(d, m->copy[i].of, B + 1);
        DIGIT(m->copy[i].version, 3);
        DIGIT(m->tag[i].since, 3);
        DIGIT(m->tag[i].of, B + 1);
        DIGIT(m->tag[i].version, 3);
    }
    for (unsigned i = 0; i < TAGS * PAGES; i++)
        DIGIT(m->tlb[i / PAGES][i % PAGES], 3);
}

static uint64_t pack(struct machine *m)
{
    struct digits d = {0, 1, false};

    canonical(m);
    machine_digits(&d, m);
    return d.number;
}

static struct machine unpack(uint64_t number)
{
    struct digits d = {number, 1, true};
    struct machine m = {0};

    machine_digits(&d, &m);
    return m;
}

/* Which of an event's arguments matter: how many pages, tables, modes to try. */
static const struct {
    const char *name;
    unsigned pages, tables, modes;
} events[EVENTS] = {
    [FILL] = {"fill", PAGES, 1, 1}, [FLUSH] = {"flush", 1, 1, 1}, [PAGE] = {"page", PAGES, 1, 1},
    [TOGGLE] = {"toggle", 1, 1, 1}, [BASE] = {"base", 1, 2, 2},   [SWITCH] = {"switch", 1, 1, 2},
    [STORE] = {"store", 1, 2, 1},   [NEXT] = {"next", 1, 1, 1},   [NMI] = {"nmi", PAGES + 1, 1, 1},
};

static struct states seen;

static void failed(const struct machine *m, enum event e)
{
    printf("%s: after %s at place %u of mode %u, cr3 %lx, noted %lx and %lx\n", broken,
           events[e].name, m->place, m->in_user, m->cr3, m->full, m->guest);
    printf("copies %s, INVPCID %s\n", isolates ? "yes" : "no", has_invpcid ? "yes" : "no");
    exit(1);
}

static void from_here(uint64_t state)
{
    for (unsigned e = 0; e < EVENTS; e++)
        for (unsigned i = 0; i < events[e].pages * events[e].tables * events[e].modes; i++) {
            struct machine m = unpack(state);
            const struct machine before = m;

            if (!machine_step(&m, e, i % events[e].pages, A + i % events[e].tables,
                              i / events[e].tables % events[e].modes))
                continue;
            if (broken)
                failed(&before, e);
            states_add(&seen, pack(&m));
        }
}

int main(void)
{
    for (unsigned way = 0; way < 4; way++) {
        struct machine m = {
            .place = IN_C, .root = {A, A}, .tag_of = {A}, .flushed_at = 2, .version = {2, 2}};

        isolates = way & 1;
        has_invpcid = way & 2;
        m.cr3 = value_of(A, 0, false);
        m.guest = m.full = value_of(A, 0, true);
        for (unsigned i = 0; i < TAGS * PAGES; i++) /* another system was here, with PCID */
            m.tlb[i / PAGES][i % PAGES] = i < PAGES ? NOTHING : OLD;
        kept = 0;
        states_init(&seen);
        states_add(&seen, pack(&m));
        while (seen.next < seen.count)
            from_here(seen.queue[seen.next++]);
        printf("copies %s, INVPCID %s: %lu states, %lu exits kept what was there\n",
               isolates ? "yes" : "no", has_invpcid ? "yes" : "no", seen.count, kept);
        if (isolates && !kept)
            return 1;
        states_free(&seen);
    }
    return 0;
}

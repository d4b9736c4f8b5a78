/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that keeps to nothing.  Of the receiver's memory the hypervisor reads its words and the ready
 * bits, so: all that it may remember itself (EV-5: a queue's last event is one of the ports), with all
 * that the guest may have written there, and every operation that delivers; alone, and with a guest that
 * changes words at each moment.  Each ends within so many accesses to the guest's memory, writes a port's
 * number to a head, keeps EV-1 to EV-5, and what world_get() checks; and then the domain dies.
 */
#include <hv/check.h>

#include "../../audit/audit.h"
#include "hostile.h"
#include "world.h"

/* One raise: 4 of its own, 2 of the head and ready bits, the link's eight tries and 4 around them. */
#define ACCESSES 18u
#define FAR      0x1ffffu /* a link to no event */

static uint64_t runs;
static unsigned most;

/* What the guest does at each moment: nothing, a new link each time (no try to put one succeeds), each
 * event in no queue, in one, and all flags the other way each time. */
static void scribble(void *how)
{
    for (evtchn_port_t p = 1; p <= PORTS; p++) {
        event_word_t *w = word_at(p);

        switch (*(const unsigned *)how) {
        case 1:
            *w ^= FAR;
            break;
        case 2:
            *w &= ~LINKED;
            break;
        case 3:
            *w = (*w | LINKED) ^ FAR;
            break;
        default:
            *w ^= PENDING | MASKED | LINKED | BUSY;
        }
    }
}

static void one(const struct world *w, unsigned op, evtchn_port_t port, unsigned how)
{
    struct world after = *w;

    world_put(w);
    moments.then = how ? scribble : NULL;
    moments.data = &how;
    operate(op, port);
    moments.then = NULL;
    most = moments.count > most ? moments.count : most;
    if (moments.count > ACCESSES)
        world_show("so many accesses", w);
    world_get(&after);
    for (unsigned q = 0; q < QUEUES; q++)
        if (after.head[q] != w->head[q] && after.head[q] != port)
            world_show("a head that is no event", w);
    for (unsigned i = 0; i < PORTS; i++)
        if (!how && i != port - 1 && (after.word[i] ^ w->word[i]) & ~(LINK | BUSY))
            world_show("another event's flags", w);
    for (unsigned i = 0; i < PORTS; i++)
        if (how != 4 && after.word[i] & ~w->word[i] & BUSY)
            world_show("a word stays BUSY", w);
    runs++;
}

/* Each value of what is below `n`, out of *state. */
static unsigned pick(unsigned *state, unsigned n)
{
    const unsigned v = *state % n;

    *state /= n;
    return v;
}

#define PRIVATE (3 * 3 * 3 * 3 * 2 * 2)

static struct world private_state(unsigned n)
{
    struct world w = {.open = {1, 1}};

    for (unsigned i = 0; i < 2; i++) { /* PORTS, and QUEUES */
        w.tail[i] = (uint8_t)pick(&n, PORTS + 1);
        w.queue[i] = (uint8_t)pick(&n, QUEUES + 1);
        w.priority[i] = priorities[pick(&n, QUEUES)];
    }
    return w;
}

/* Flags and a link of either kind for each word. */
#define WORDS (32 * 32)

static void put_words(struct world *w, unsigned n)
{
    for (unsigned i = 0; i < PORTS; i++) {
        w->word[i] = pick(&n, 16) << EVTCHN_FIFO_BUSY;
        w->word[i] |= pick(&n, 2) ? FAR : 0;
    }
}

static void deliveries(struct world *w)
{
    for (unsigned ready = 0; ready < 4; ready++) {
        w->ready[0] = ready & 1, w->ready[1] = ready >> 1;
        for (evtchn_port_t port = 1; port <= PORTS; port++)
            for (unsigned how = 0; how <= 4; how++) {
                one(w, SEND, port, how);
                one(w, UNMASK, port, how);
            }
    }
}

void hostile(void)
{
    for (unsigned n = 0; n < PRIVATE; n++) {
        struct world w = private_state(n);

        world_start(n & 1);
        for (unsigned words = 0; words < WORDS; words++) {
            put_words(&w, words);
            deliveries(&w);
        }
        if (evtchn_audit(dom[0]) + evtchn_audit(dom[1]))
            world_show("the audit", &w);
        world_stop();
    }
    printf("a hostile guest: %lu deliveries, %u accesses at most\n", runs, most);
}

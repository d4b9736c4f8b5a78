/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery by queues to a guest that keeps to the ABI: every state that it, senders and the hypervisor can
 * reach, and in each state every operation, alone and with every step of the guest's before any access
 * of the operation to the guest's memory.  In each state, if no more is sent and the guest goes on as it
 * would:
 *   an event that is pending and not masked is seen (so no event is lost, however it came there);
 *   the guest comes to an end;
 *   an event that has been queued was not masked, and is in the queue of its priority;
 *   no word stays BUSY, and no link leads to what is no port of it;
 *   EV-1 to EV-5, and what world_get() checks.
 * What a guest that keeps to nothing can do is hostile.c's.
 */
#include <string.h>

#include "../../audit/audit.h"
#include "hostile.h"
#include "world.h"

/*
 * The guest.  An upcall: the flag is cleared, the ready bits are taken, each ready queue is gone through
 * from its head: an event is taken by clearing LINKED and the link in one operation, which tells the
 * next, and is handled, that is PENDING is cleared, unless it is masked.  Whoever unmasks by hand asks
 * for EVTCHNOP_unmask if he finds PENDING then.
 */
enum {
    ENTER,
    TAKE_READY,
    TAKE,
    TAKE_OTHER,
    HANDLE,
    MASK,
    MASK_OTHER,
    SHOW,
    SHOW_OTHER,
    GO_ON,
    STEPS
};
static struct world guest; /* of it only what is the guest's own */

static bool take(unsigned q)
{
    if (!guest.todo[q] || guest.hand)
        return false;
    const uint32_t port = guest.next[q] ? guest.next[q] : block_at()->head[priorities[q]];
    if (!port || port > PORTS)
        world_show("the guest finds no event at a ready queue's head", &guest);
    const uint32_t was = *word_at(port);
    *word_at(port) = was & ~(LINKED | LINK);
    guest.next[q] = was & LINKED ? (uint8_t)(was & LINK) : 0;
    guest.todo[q] = guest.next[q] != 0;
    guest.hand = (uint8_t)port;
    return true;
}

static bool handle(void)
{
    if (!guest.hand)
        return false;
    if (!(*word_at(guest.hand) & MASKED))
        *word_at(guest.hand) &= ~PENDING;
    guest.hand = 0;
    return true;
}

static bool mask(evtchn_port_t port, bool it)
{
    event_word_t *w = word_at(port);

    if (!(*w & MASKED) != it)
        return false;
    *w ^= MASKED;
    guest.owed[port - 1] = guest.owed[port - 1] || (!it && *w & PENDING);
    return true;
}

static bool enter(bool ready)
{
    uint8_t *upcall = &dom[1]->vcpu[0]->info->evtchn_upcall_pending;

    if (guest.hand || guest.todo[0] || guest.todo[1] ||
        (ready ? !guest.entered : guest.entered || !*upcall))
        return false;
    guest.entered = !ready;
    if (!ready) {
        *upcall = 0;
        return true;
    }
    for (unsigned q = 0; q < QUEUES; q++)
        guest.todo[q] = block_at()->ready >> priorities[q] & 1;
    block_at()->ready = 0;
    return true;
}

static bool step(unsigned what);
/* Its upcalls, until it has nothing to do (but for calls, which it cannot make within one). */
static bool go_on(void)
{
    unsigned steps = 0;

    while (step(HANDLE) || step(TAKE) || step(TAKE_OTHER) || step(TAKE_READY) || step(ENTER))
        if (++steps > 100)
            world_show("the guest does not come to an end", &guest);
    return steps != 0;
}

/* False: it cannot do that now. */
static bool step(unsigned what)
{
    switch (what) {
    case ENTER:
    case TAKE_READY:
        return enter(what == TAKE_READY);
    case TAKE:
    case TAKE_OTHER:
        return take(what == TAKE_OTHER);
    case HANDLE:
        return handle();
    case MASK:
    case MASK_OTHER:
        return mask(what == MASK ? 1 : 2, true);
    case SHOW:
    case SHOW_OTHER:
        return mask(what == SHOW ? 1 : 2, false);
    default:
        return go_on();
    }
}

/* ---- states as numbers: a state that does not fit is one that must not be ---- */

struct packer {
    uint64_t bits;
    unsigned at;
    bool get;
};

static void field(struct packer *p, uint8_t *v, unsigned width)
{
    if (p->get)
        *v = (uint8_t)(p->bits >> p->at & ((1u << width) - 1));
    else
        p->bits |= (uint64_t)*v << p->at;
    p->at += width;
}

static void word_field(struct packer *p, struct world *w, uint32_t *word)
{
    uint8_t link = (uint8_t)(*word & 3), flags = (uint8_t)(*word >> EVTCHN_FIFO_LINKED);

    if (!p->get && (*word & LINK) > PORTS)
        world_show("a link leads nowhere", w);
    if (!p->get && *word & BUSY)
        world_show("a word stays BUSY", w);
    field(p, &link, 2);
    field(p, &flags, 3);
    *word = (uint32_t)flags << EVTCHN_FIFO_LINKED | link;
}

/* `w` to bits or back. */
static void pack(struct packer *p, struct world *w)
{
    for (unsigned i = 0; i < 2; i++) { /* PORTS, and QUEUES */
        word_field(p, w, &w->word[i]);
        field(p, &w->head[i], 2);
        field(p, &w->ready[i], 1);
        field(p, &w->tail[i], 2);
        field(p, &w->queue[i], 2);
        field(p, &w->todo[i], 1);
        field(p, &w->next[i], 2);
        field(p, &w->owed[i], 1);
        field(p, &w->open[i], 1);
        uint8_t second = w->priority[i] == priorities[1];
        field(p, &second, 1);
        w->priority[i] = priorities[second];
    }
    field(p, &w->upcall, 1);
    field(p, &w->entered, 1);
    field(p, &w->hand, 2);
}

static void put(uint64_t state)
{
    struct packer p = {.bits = state, .get = true};

    memset(&guest, 0, sizeof(guest));
    pack(&p, &guest);
    world_put(&guest);
}

static uint64_t get(void)
{
    struct packer p = {0};

    world_get(&guest);
    pack(&p, &guest);
    return p.bits;
}

/* From the present state on, with nothing sent any more. */
static void all_is_seen(void)
{
    const struct world before = guest;

    for (unsigned turns = 0; go_on() || guest.owed[0] || guest.owed[1]; turns++) {
        for (unsigned i = 0; i < PORTS; i++) {
            if (guest.owed[i])
                operate(UNMASK, i + 1);
            guest.owed[i] = 0;
        }
        if (turns > 10)
            world_show("there is always something to do", &before);
    }
    for (evtchn_port_t p = 1; p <= PORTS; p++)
        if ((*word_at(p) & (PENDING | MASKED)) == PENDING)
            world_show("an event is never seen, from", &before);
}

/* ---- exploring ---- */

static struct states seen;

static void reached(void)
{
    if (!states_add(&seen, get()))
        return;
    if (evtchn_audit(dom[1]))
        world_show("the audit", &guest);
    all_is_seen();
}

struct meanwhile {
    unsigned at, step;
};

static void interfere(void *data)
{
    const struct meanwhile *m = data;

    if (moments.count == m->at)
        step(m->step);
}

/* CLOSE opens it, too, and is for the IPI; SEND_BACK is for the other's port. */
static bool sensible(unsigned op, evtchn_port_t port)
{
    return (op != CLOSE || port == 2) && (op != SEND_BACK || port == 1) &&
           (guest.open[port - 1] || op == CLOSE);
}

/* What is linked now was put behind the last of the queue that its priority says, or to its head. */
static void in_its_queue(const struct world *before, evtchn_port_t port)
{
    const unsigned q = guest.priority[port - 1] == priorities[1], other = port == 1;

    if (before->word[port - 1] & LINKED || !(guest.word[port - 1] & LINKED))
        return;
    if (guest.word[port - 1] & MASKED)
        world_show("a masked event was queued, from", before);
    if ((guest.head[q] == port && guest.ready[q]) ||
        (guest.word[other] & LINKED && (guest.word[other] & LINK) == port &&
         guest.queue[other] == q + 1))
        return;
    world_show("an event in another queue than its own, from", before);
}

/* In that state, with the guest's step before the access that m says, or NULL; how many accesses. */
static unsigned operation(uint64_t state, unsigned op, evtchn_port_t port, struct meanwhile *m)
{
    put(state);
    const struct world before = guest;
    moments.then = m ? interfere : NULL;
    moments.data = m;
    if (op == UNMASK)
        guest.owed[port - 1] = 0;
    operate(op, port);
    moments.then = NULL;
    const unsigned accesses = moments.count;
    world_get(&guest);
    if (!m)
        in_its_queue(&before, port);
    reached();
    return accesses;
}

static void operations(uint64_t state, unsigned op, evtchn_port_t port, bool interleaved)
{
    put(state);
    if (!sensible(op, port))
        return;
    const unsigned accesses = operation(state, op, port, NULL);
    for (struct meanwhile m = {.at = 1}; interleaved && m.at <= accesses; m.at++) {
        for (m.step = 0; m.step < STEPS; m.step++) {
            put(state);
            if (step(m.step)) /* what it can do only later is done when the operation is over */
                operation(state, op, port, &m);
        }
    }
}

/* What the guest does within operations has nothing to do with what the other domain is. */
static void explore(bool other_fifo, bool interleaved)
{
    world_start(other_fifo);
    states_init(&seen);
    /* as it is at the beginning, with any priorities */
    for (unsigned i = 0; i < 4; i++) {
        put(0);
        guest.priority[0] = priorities[i & 1], guest.priority[1] = priorities[i >> 1];
        guest.open[0] = guest.open[1] = 1;
        world_put(&guest);
        reached();
    }
    while (seen.next < seen.count) {
        const uint64_t state = seen.queue[seen.next++];
        for (unsigned what = 0; what < STEPS; what++) {
            put(state);
            if (step(what))
                reached();
        }
        for (unsigned op = 0; op < OPS; op++)
            for (evtchn_port_t p = 1; p <= PORTS; p++)
                operations(state, op, p, interleaved);
    }
    printf("a guest of 2 ports and 2 queues, the other %s: %lu states\n",
           other_fifo ? "FIFO, too" : "2-level", seen.count);
    states_free(&seen);
    world_stop();
}

int main(void)
{
    explore(false, false);
    explore(true, true);
    hostile();
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From each state: a domain resets its event channels and is preempted wherever that may be; then
 * its other vCPU or the other domain does any one thing; the reset is continued or abandoned, and
 * the domain dies, with preemptions and another operation in between.  Nothing of it may be left.
 */
#include <string.h>

#include <hv/bitmap.h>
#include <hv/check.h>

#include "../../audit/audit.h"
#include "world.h"

/* Closing looks for other work after so many ports; others that are open in front of those of the
 * state, and behind them, put the moment before, between and after these. */
#define OTHERS 64u

struct ending {
    const uint8_t *s;
    unsigned victim;
    bool continued;
    uint64_t count;
};

static void put_others(unsigned d)
{
    for (unsigned i = 1; i <= OTHERS; i++) {
        unsigned p = i <= base ? i : i + ports;
        *port_find(dom[d]->evtchn, p) =
            (struct evtchn){.state = PORT_UNBOUND, .remote = (domid_t)(FIRST_ID + !d)};
    }
    for (unsigned p = OTHERS + ports + 1; p < dom[d]->evtchn->valid; p++)
        *port_find(dom[d]->evtchn, p) = (struct evtchn){.state = PORT_FREE};
    fake_recount(dom[d]);
    dom[d]->evtchn->lowest_free = base ? base + 1 : 1;
    dom[d]->dying = 0;
}

static void wrong(const struct ending *e, const struct step *t, const char *what)
{
    fprintf(
        stderr,
        "%s: domain %u, its reset %s; %u ports first; meanwhile domain %u vCPU %u, operation %u, "
        "arguments %u %u, in state",
        what, e->victim, e->continued ? "continued" : "abandoned", base, t->d, actor, t->op, t->a,
        t->b);
    for (unsigned i = 0; i < 8; i++)
        fprintf(stderr, " %u", e->s[i]);
    fprintf(stderr, "\n");
    exit(1);
}

static bool reset(unsigned d)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    long rc;

    fake_log.preempt_in = 0;
    rc = op_event_channel_op(dom[d]->vcpu[0], EVTCHNOP_reset, GVA((uint64_t)&r));
    CHECK(rc == 0 || rc == __HYPERVISOR_event_channel_op);
    return rc == 0;
}

static bool names(const struct domain *d, const struct domain *other)
{
    for (evtchn_port_t p = 1; p < d->evtchn->valid; p++) {
        if (port_find(d->evtchn, p)->peer == other)
            return true;
    }
    return false;
}

static void die(const struct ending *e, const struct step *t)
{
    struct domain *d = dom[e->victim];
    unsigned turns = 0;

    d->dying = 1;
    for (;; turns++) {
        fake_log.preempt_in = 0;
        if (!evtchn_domain_destroy(d))
            break;
        if (turns > 3)
            wrong(e, t, "no end");
        if (t->d != e->victim)
            real(t); /* the other domain may still do all it wants */
    }
    if (!evtchn_idle(d))
        wrong(e, t, "a port is left");
    if (names(dom[!e->victim], d))
        wrong(e, t, "a peer is left");
    if (evtchn_audit(dom[0]) + evtchn_audit(dom[1]))
        wrong(e, t, "the audit");
}

static void end(const struct step *t, void *data)
{
    struct ending *e = data;
    bool done;

    put_state(e->s);
    put_others(0);
    put_others(1);
    done = reset(e->victim);
    actor = t->d == e->victim; /* the one that resets is not back yet */
    real(t);
    while (e->continued && !done) {
        done = reset(e->victim);
        if (done && !evtchn_idle(dom[e->victim]))
            wrong(e, t, "the reset leaves a port");
    }
    die(e, t);
    actor = 0;
    e->count++;
}

void endings(const struct states *seen)
{
    static const unsigned bases[] = {0, OTHERS - 1, OTHERS};
    struct ending e = {.count = 0};

    for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        base = bases[i];
        fake_start();
        for (unsigned d = 0; d < 2; d++) { /* a pirq table */
            struct evtchn_bind_pirq a = {.pirq = 0};
            CHECK(!op_event_channel_op(dom[d]->vcpu[0], EVTCHNOP_bind_pirq, GVA((uint64_t)&a)));
        }
        for (uint64_t n = 0; n < seen->count * 4; n++) {
            e.s = (const uint8_t *)&seen->queue[n / 4];
            e.victim = n & 1;
            e.continued = n & 2;
            every_step(OPS, end, &e);
        }
        fake_stop();
    }
    base = 0;
    printf("%lu states, %lu endings\n", seen->count, e.count);
}

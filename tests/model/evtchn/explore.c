/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two domains with a few ports each: every state that operations can reach, and in each state every
 * operation with every argument.  Each step's answer, next state and events are compared with the
 * specification below (a byte per port, no pointers), and each new state is audited (EV-1 to EV-4).
 * One run has four ports and the operations on pairs, another has three and all operations.
 */
#include <string.h>

#include <hv/bitmap.h>
#include <hv/check.h>

#include "fake.h"
#include "port.h"
#include "states.h"

/* A state: byte 4 * d + p - 1 is port p of domain d. */
enum {
    FREE,
    UNBOUND,
    VIRQ = UNBOUND + 2,
    IPI,
    PIRQ,
    INTER
}; /* UNBOUND + d: for d; INTER + byte's index of the peer */

enum { OP_ALLOC, OP_INTER, OP_CLOSE, OP_SEND, OP_VIRQ, OP_IPI, OP_PIRQ, OPS };

struct step {
    unsigned d, op, a, b; /* who does what, to which domain, to which port */
};

static unsigned ports; /* per domain */

static uint8_t *at(uint8_t *s, unsigned d, unsigned p)
{
    return &s[4 * d + p - 1];
}

static unsigned free_port(uint8_t *s, unsigned d)
{
    for (unsigned p = 1; p <= ports; p++) {
        if (*at(s, d, p) == FREE)
            return p;
    }
    return 0;
}

static bool has(uint8_t *s, unsigned d, unsigned what)
{
    for (unsigned p = 1; p <= ports; p++) {
        if (*at(s, d, p) == what)
            return true;
    }
    return false;
}

/* ---- the specification: the answer, the new state in s, and which byte's port gets an event ----
 */

static long spec_take(uint8_t *s, unsigned d, unsigned what)
{
    unsigned p = free_port(s, d);

    if (!p)
        return -XEN_ENOMEM;
    *at(s, d, p) = (uint8_t)what;
    return p;
}

static long spec_inter(uint8_t *s, const struct step *t, int *event)
{
    unsigned p = free_port(s, t->d);

    if (!p)
        return -XEN_ENOMEM;
    if (!t->b || *at(s, t->a, t->b) != UNBOUND + t->d)
        return -XEN_EINVAL;
    *at(s, t->d, p) = (uint8_t)(INTER + 4 * t->a + t->b - 1);
    *at(s, t->a, t->b) = (uint8_t)(INTER + 4 * t->d + p - 1);
    *event = (int)(4 * t->d + p - 1);
    return p;
}

static long spec_close(uint8_t *s, const struct step *t)
{
    uint8_t was = t->b ? *at(s, t->d, t->b) : FREE;

    if (was == FREE)
        return -XEN_EINVAL;
    *at(s, t->d, t->b) = FREE;
    if (was >= INTER)
        s[was - INTER] = (uint8_t)(UNBOUND + t->d);
    return 0;
}

static long spec_send(uint8_t *s, const struct step *t, int *event)
{
    uint8_t is = t->b ? *at(s, t->d, t->b) : FREE;

    if (is >= INTER)
        *event = is - INTER;
    else if (is == IPI)
        *event = (int)(4 * t->d + t->b - 1);
    else if (is != UNBOUND && is != UNBOUND + 1)
        return -XEN_EINVAL;
    return 0;
}

static long spec(uint8_t *s, const struct step *t, int *event)
{
    *event = -1;
    switch (t->op) {
    case OP_ALLOC:
        return spec_take(s, t->d, UNBOUND + t->a);
    case OP_INTER:
        return spec_inter(s, t, event);
    case OP_CLOSE:
        return spec_close(s, t);
    case OP_SEND:
        return spec_send(s, t, event);
    case OP_VIRQ:
        return has(s, t->d, VIRQ) ? -XEN_EEXIST : spec_take(s, t->d, VIRQ);
    case OP_IPI:
        return spec_take(s, t->d, IPI);
    default:
        return has(s, t->d, PIRQ) ? -XEN_EEXIST : spec_take(s, t->d, PIRQ);
    }
}

/* ---- the real thing ---- */

static void put_port(unsigned d, unsigned p, uint8_t what)
{
    struct evtchn_domain *e = dom[d]->evtchn;
    struct evtchn *c = port_find(e, p);

    *c = (struct evtchn){.state = PORT_FREE};
    if (what >= INTER) {
        *c = (struct evtchn){.state = PORT_INTERDOMAIN,
                             .peer = dom[(what - INTER) / 4],
                             .arg = (what - INTER) % 4u + 1};
    } else if (what == VIRQ) {
        *c = (struct evtchn){.state = PORT_VIRQ, .arg = VIRQ_TIMER};
        e->virq_port[0][VIRQ_TIMER] = (uint16_t)p;
    } else if (what == PIRQ) {
        c->state = PORT_PIRQ;
        e->pirq_port[0] = (uint16_t)p;
    } else if (what == IPI) {
        c->state = PORT_IPI;
    } else if (what != FREE) {
        *c = (struct evtchn){.state = PORT_UNBOUND, .remote = (domid_t)(FIRST_ID + what - UNBOUND)};
    }
    if (what == FREE)
        e->lowest_free = min(e->lowest_free, p);
}

static void put_state(const uint8_t *s)
{
    for (unsigned d = 0; d < 2; d++) {
        struct evtchn_domain *e = dom[d]->evtchn;
        e->virq_port[0][VIRQ_TIMER] = e->pirq_port[0] = 0;
        e->lowest_free = ports + 1;
        for (unsigned p = 1; p <= ports; p++)
            put_port(d, p, s[4 * d + p - 1]);
        memset(dom[d]->shared_info->evtchn_pending, 0, 8);
        dom[d]->vcpu[0]->info->evtchn_pending_sel = 0;
        dom[d]->vcpu[0]->info->evtchn_upcall_pending = 0;
    }
}

static uint8_t get_port(unsigned d, unsigned p)
{
    const struct evtchn *c = port_find(dom[d]->evtchn, p);

    switch (c->state) {
    case PORT_UNBOUND:
        return (uint8_t)(UNBOUND + c->remote - FIRST_ID);
    case PORT_INTERDOMAIN:
        return (uint8_t)(INTER + 4 * (unsigned)(c->peer->id - FIRST_ID) + c->arg - 1);
    case PORT_VIRQ:
        return VIRQ;
    case PORT_PIRQ:
        return PIRQ;
    case PORT_IPI:
        return IPI;
    default:
        return FREE;
    }
}

/* Port numbers in answers are the last word of each structure but alloc_unbound's. */
static long real(const struct step *t)
{
    domid_t who = (domid_t)(FIRST_ID + t->a);
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = who};
    struct evtchn_bind_interdomain inter = {.remote_dom = who, .remote_port = t->b};
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER};
    struct evtchn_bind_pirq pirq = {.pirq = 0};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_close port = {.port = t->b};
    const struct {
        unsigned cmd;
        void *arg;
        evtchn_port_t *out;
    } call[OPS] = {
        [OP_ALLOC] = {EVTCHNOP_alloc_unbound, &alloc, &alloc.port},
        [OP_INTER] = {EVTCHNOP_bind_interdomain, &inter, &inter.local_port},
        [OP_CLOSE] = {EVTCHNOP_close, &port, NULL},
        [OP_SEND] = {EVTCHNOP_send, &port, NULL},
        [OP_VIRQ] = {EVTCHNOP_bind_virq, &virq, &virq.port},
        [OP_IPI] = {EVTCHNOP_bind_ipi, &ipi, &ipi.port},
        [OP_PIRQ] = {EVTCHNOP_bind_pirq, &pirq, &pirq.port},
    };
    long rc = op_event_channel_op(dom[t->d]->vcpu[0], call[t->op].cmd, (uint64_t)call[t->op].arg);

    return !rc && call[t->op].out ? (long)*call[t->op].out : rc;
}

static void differs(const uint8_t *before, const struct step *t, const char *what)
{
    fprintf(stderr, "domain %u, operation %u, arguments %u %u: %s differs, in state", t->d, t->op,
            t->a, t->b, what);
    for (unsigned i = 0; i < 8; i++)
        fprintf(stderr, " %u", before[i]);
    fprintf(stderr, "\n");
    exit(1);
}

static uint64_t try(const uint8_t *before, const struct step *t)
{
    uint8_t want[8], got[8] = {0};
    int event;
    uint64_t key;

    memcpy(want, before, 8);
    long answer = spec(want, t, &event);
    put_state(before);
    if (real(t) != answer)
        differs(before, t, "the answer");
    for (unsigned d = 0; d < 2; d++) {
        uint64_t pending = event >= 0 && event / 4 == (int)d ? 2UL << event % 4 : 0;
        for (unsigned p = 1; p <= ports; p++)
            got[4 * d + p - 1] = get_port(d, p);
        if (dom[d]->shared_info->evtchn_pending[0] != pending ||
            dom[d]->vcpu[0]->info->evtchn_upcall_pending != (pending != 0))
            differs(before, t, "what is pending");
    }
    if (memcmp(want, got, 8))
        differs(before, t, "the next state");
    memcpy(&key, got, 8);
    return key;
}

static void visit(struct states *seen, const uint8_t *s, unsigned ops)
{
    struct step t;

    for (t.d = 0; t.d < 2; t.d++) {
        for (t.op = 0; t.op < ops; t.op++) {
            for (t.a = 0; t.a < (t.op <= OP_INTER ? 2 : 1); t.a++) {
                bool names_port = t.op >= OP_INTER && t.op <= OP_SEND;
                for (t.b = 0; t.b <= (names_port ? ports : 0); t.b++) {
                    if (states_add(seen, try(s, &t)) &&
                        evtchn_audit(dom[0]) + evtchn_audit(dom[1]) != 0)
                        differs(s, &t, "the audit");
                }
            }
        }
    }
}

/* Domains whose ports end after `n`, with a pirq table, and no memory for more. */
static void world(unsigned n)
{
    ports = n;
    fake_start();
    for (unsigned d = 0; d < 2; d++) {
        struct step bind = {.d = d, .op = OP_PIRQ}, close = {.d = d, .op = OP_CLOSE, .b = 1};
        CHECK(real(&bind) == 1 && real(&close) == 0);
        for (unsigned p = n + 1; p < dom[d]->evtchn->valid; p++)
            port_find(dom[d]->evtchn, p)->state = PORT_RESERVED;
    }
    fake_log.out_of_memory = true;
}

static void explore(unsigned n, unsigned ops)
{
    struct states seen;

    world(n);
    states_init(&seen);
    states_add(&seen, 0);
    while (seen.next < seen.count)
        visit(&seen, (const uint8_t *)&seen.queue[seen.next++], ops);
    printf("2 domains x %u ports, %u operations: %lu states\n", n, ops, seen.count);
    states_free(&seen);
    fake_stop();
}

int main(void)
{
    explore(4, OP_VIRQ);
    explore(3, OPS);
    return 0;
}

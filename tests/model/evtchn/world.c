/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <hv/bitmap.h>
#include <hv/check.h>

#include "world.h"

unsigned ports, base, actor;

static void put_port(unsigned d, unsigned p, uint8_t what)
{
    struct evtchn_domain *e = dom[d]->evtchn;
    struct evtchn *c = port_find(e, base + p);

    *c = (struct evtchn){.state = PORT_FREE};
    if (what >= INTER) {
        *c = (struct evtchn){.state = PORT_INTERDOMAIN,
                             .peer = dom[(what - INTER) / 4],
                             .arg = base + (what - INTER) % 4u + 1};
    } else if (what == VIRQ) {
        *c = (struct evtchn){.state = PORT_VIRQ, .arg = VIRQ_TIMER};
        e->virq_port[0][VIRQ_TIMER] = (uint16_t)(base + p);
    } else if (what == PIRQ) {
        c->state = PORT_PIRQ;
        e->pirq_port[0] = (uint16_t)(base + p);
    } else if (what == IPI) {
        c->state = PORT_IPI;
    } else if (what != FREE) {
        *c = (struct evtchn){.state = PORT_UNBOUND, .remote = (domid_t)(FIRST_ID + what - UNBOUND)};
    }
    if (what == FREE)
        e->lowest_free = min(e->lowest_free, base + p);
}

void put_state(const uint8_t *s)
{
    for (unsigned d = 0; d < 2; d++) {
        struct evtchn_domain *e = dom[d]->evtchn;
        e->virq_port[0][VIRQ_TIMER] = e->pirq_port[0] = 0;
        e->lowest_free = base + ports + 1;
        for (unsigned p = 1; p <= ports; p++)
            put_port(d, p, s[4 * d + p - 1]);
        fake_recount(dom[d]);
        memset(dom[d]->shared_info->evtchn_pending, 0, 8);
        dom[d]->vcpu[0]->info->evtchn_pending_sel = 0;
        dom[d]->vcpu[0]->info->evtchn_upcall_pending = 0;
    }
}

uint8_t get_port(unsigned d, unsigned p)
{
    const struct evtchn *c = port_find(dom[d]->evtchn, base + p);

    switch (c->state) {
    case PORT_UNBOUND:
        return (uint8_t)(UNBOUND + c->remote - FIRST_ID);
    case PORT_INTERDOMAIN:
        return (uint8_t)(INTER + 4 * (unsigned)(c->peer->id - FIRST_ID) + c->arg - base - 1);
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
long real(const struct step *t)
{
    domid_t who = (domid_t)(FIRST_ID + t->a);
    evtchn_port_t number = t->b ? base + t->b : 0;
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = who};
    struct evtchn_bind_interdomain inter = {.remote_dom = who, .remote_port = number};
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER};
    struct evtchn_bind_pirq pirq = {.pirq = 0};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_close port = {.port = number};
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
    long rc = op_event_channel_op(dom[t->d]->vcpu[actor], call[t->op].cmd,
                                  GVA((uint64_t)call[t->op].arg));

    return !rc && call[t->op].out ? (long)*call[t->op].out : rc;
}

void every_step(unsigned ops, void (*f)(const struct step *, void *), void *data)
{
    struct step t;

    for (t.d = 0; t.d < 2; t.d++) {
        for (t.op = 0; t.op < ops; t.op++) {
            for (t.a = 0; t.a < (t.op <= OP_INTER ? 2 : 1); t.a++) {
                bool names_port = t.op >= OP_INTER && t.op <= OP_SEND;
                for (t.b = 0; t.b <= (names_port ? ports : 0); t.b++)
                    f(&t, data);
            }
        }
    }
}

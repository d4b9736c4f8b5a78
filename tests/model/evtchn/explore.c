/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two domains with a few ports each: every state that operations can reach, and in each state every
 * operation with every argument.  Each step's answer, next state and events are compared with the
 * specification below (a byte per port, no pointers), and each new state is audited (EV-1 to EV-4).
 * One run has four ports and the operations on pairs, another has three and all operations; in a
 * third each state comes to an end: see endings.c.
 */
#include <string.h>

#include <hv/bitmap.h>
#include <hv/check.h>

#include "../../audit/audit.h"
#include "world.h"

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

    if (!t->b || *at(s, t->a, t->b) != UNBOUND + t->d)
        return -XEN_EINVAL;
    if (!p)
        return -XEN_ENOMEM;
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

struct visit {
    struct states *seen;
    const uint8_t *s;
};

static void visit(const struct step *t, void *data)
{
    struct visit *v = data;

    if (states_add(v->seen, try(v->s, t)) && evtchn_audit(dom[0]) + evtchn_audit(dom[1]) != 0)
        differs(v->s, t, "the audit");
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

static void explore(unsigned n, unsigned ops, bool ends)
{
    struct states seen;

    world(n);
    states_init(&seen);
    states_add(&seen, 0);
    while (seen.next < seen.count) {
        struct visit v = {&seen, (const uint8_t *)&seen.queue[seen.next++]};
        every_step(ops, visit, &v);
    }
    printf("2 domains x %u ports, %u operations: %lu states\n", n, ops, seen.count);
    fake_stop();
    if (ends)
        endings(&seen);
    states_free(&seen);
}

int main(void)
{
    explore(4, OP_VIRQ, false);
    explore(3, OPS, false);
    explore(2, OPS, true);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <hv/check.h>

#include "../../audit/audit.h"
#include "world.h"

#define HALF  (FAKE_FRAMES / 2)
#define BLOCK HALF /* dom[1]'s frames: its control block, and its words */
#define WORDS (HALF + 1)

const uint8_t priorities[QUEUES] = {3, EVTCHN_FIFO_PRIORITY_DEFAULT};
struct moments moments;
static unsigned char untouched[FAKE_FRAMES][PAGE_SIZE];
static bool both;

event_word_t *word_at(evtchn_port_t port)
{
    return &((event_word_t *)fake_ram[WORDS])[port];
}

struct evtchn_fifo_control_block *block_at(void)
{
    return (struct evtchn_fifo_control_block *)fake_ram[BLOCK];
}

/* Of the two, the one that this queue number (as in struct evtchn) or priority means, and 1; 0: none. */
static uint8_t which(unsigned queue)
{
    return queue == priorities[0] ? 1 : queue == priorities[1] ? 2 : 0;
}

static long call(unsigned d, unsigned cmd, void *arg)
{
    host_budget.left = host_budget.turn;
    return op_event_channel_op(dom[d]->vcpu[0], cmd, GVA((uint64_t)arg));
}

static void go_fifo(unsigned d)
{
    struct evtchn_init_control control = {.control_gfn = FAKE_MFN + d * HALF};
    struct evtchn_expand_array array = {.array_gfn = FAKE_MFN + d * HALF + 1};

    CHECK(!call(d, EVTCHNOP_init_control, &control) && !call(d, EVTCHNOP_expand_array, &array));
}

void world_start(bool other_fifo)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = FIRST_ID + 1};
    struct evtchn_bind_interdomain inter = {.remote_dom = FIRST_ID, .remote_port = 1};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};

    fake_start();
    both = other_fifo;
    host_budget.turn = 2 * (int)(FIFO_WORDS * BUDGET_ENTRY);
    go_fifo(1);
    if (both)
        go_fifo(0);
    CHECK(!call(0, EVTCHNOP_alloc_unbound, &alloc) && alloc.port == 1);
    CHECK(!call(1, EVTCHNOP_bind_interdomain, &inter) && inter.local_port == 1);
    CHECK(!call(1, EVTCHNOP_bind_ipi, &ipi) && ipi.port == 2);
    dom[1]->max_evtchn_port = PORTS;
    memcpy(untouched, fake_ram, sizeof(untouched));
}

void world_stop(void)
{
    struct domain *d = dom[1];

    d->dying = 1;
    host_budget.left = host_budget.turn;
    CHECK(!evtchn_domain_destroy(d) && evtchn_idle(d) && !fake_held(d));
    CHECK(port_find(dom[0]->evtchn, 1)->state == PORT_UNBOUND && !evtchn_audit(d));
    fake_stop();
}

void world_put(const struct world *w)
{
    struct fifo_vcpu *v = &dom[1]->evtchn->fifo->vcpu[0];
    struct evtchn_fifo_control_block *b = block_at();

    b->ready = 0;
    for (unsigned q = 0; q < QUEUES; q++) {
        b->head[priorities[q]] = w->head[q];
        b->ready |= (uint32_t)w->ready[q] << priorities[q];
        v->tail[priorities[q]] = w->tail[q];
    }
    for (evtchn_port_t p = 1; p <= PORTS; p++) {
        struct evtchn *e = port_find(dom[1]->evtchn, p);
        *word_at(p) = w->word[p - 1];
        e->priority = w->open[p - 1] ? w->priority[p - 1] : 0;
        e->queue = w->queue[p - 1] ? priorities[w->queue[p - 1] - 1] : 0;
        e->state = !w->open[p - 1] ? PORT_FREE : p == 1 ? PORT_INTERDOMAIN : PORT_IPI;
    }
    dom[1]->evtchn->used[0] = w->open[1] ? 3 : 2; /* with port 0 */
    dom[1]->evtchn->lowest_free = w->open[1] ? PORTS + 1 : PORTS;
    dom[1]->vcpu[0]->info->evtchn_upcall_pending = w->upcall;
    dom[0]->vcpu[0]->info->evtchn_upcall_pending = 0;
    dom[0]->vcpu[0]->info->evtchn_pending_sel = dom[0]->shared_info->evtchn_pending[0] = 0;
    memset(&fake_ram[0], 0, sizeof(*block_at()));
    *(event_word_t *)&fake_ram[1][sizeof(event_word_t)] = 0;
}

/* Of the receiver's memory only two heads, their ready bits and the words may have changed. */
static void check_memory(const struct world *w)
{
    const struct evtchn_fifo_control_block *b = block_at();

    for (unsigned i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++)
        if (b->head[i] && !which(i))
            world_show("another queue's head was written", w);
    if (b->ready & ~(1u << priorities[0] | 1u << priorities[1]))
        world_show("another queue became ready", w);
    if (memcmp(&fake_ram[BLOCK][sizeof(*b)], untouched[0], PAGE_SIZE - sizeof(*b)) || *word_at(0) ||
        memcmp(word_at(PORTS + 1), untouched[0], PAGE_SIZE - (PORTS + 1) * sizeof(event_word_t)))
        world_show("memory beyond words and heads was written", w);
    if (dom[1]->vcpu[1]->info->evtchn_upcall_pending || dom[1]->shared_info->evtchn_pending[0])
        world_show("another vCPU or a bitmap was told", w);
}

void world_get(struct world *w)
{
    const struct fifo_vcpu *v = &dom[1]->evtchn->fifo->vcpu[0];
    const struct evtchn_fifo_control_block *b = block_at();

    for (unsigned q = 0; q < QUEUES; q++) {
        w->head[q] = (uint8_t)b->head[priorities[q]];
        w->ready[q] = b->ready >> priorities[q] & 1;
        w->tail[q] = (uint8_t)v->tail[priorities[q]];
    }
    for (evtchn_port_t p = 1; p <= PORTS; p++) {
        const struct evtchn *e = port_find(dom[1]->evtchn, p);
        w->word[p - 1] = *word_at(p);
        w->priority[p - 1] = e->priority;
        w->queue[p - 1] = which(e->queue);
        w->open[p - 1] = e->state != PORT_FREE;
    }
    w->upcall = dom[1]->vcpu[0]->info->evtchn_upcall_pending;
    check_memory(w);
}

/* The other domain got an event, or nothing, as it should. */
static bool other_is(bool event)
{
    const uint8_t upcall = dom[0]->vcpu[0]->info->evtchn_upcall_pending;
    const struct evtchn_fifo_control_block *b = (void *)fake_ram[0];
    const event_word_t *w = (void *)fake_ram[1];

    if (!both)
        return upcall == event && dom[0]->shared_info->evtchn_pending[0] == 2UL * event &&
               !memcmp(fake_ram[0], untouched[0], 2 * PAGE_SIZE);
    return upcall == event && w[1] == (event ? PENDING | LINKED : 0) && !w[0] && !w[2] &&
           b->ready == (uint32_t)event << EVTCHN_FIFO_PRIORITY_DEFAULT;
}

void operate(unsigned op, evtchn_port_t port)
{
    struct evtchn_send send = {.port = port};
    struct evtchn_unmask unmask = {.port = port};
    struct evtchn_close shut = {.port = port};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    const uint8_t now = port_find(dom[1]->evtchn, port)->priority;
    struct evtchn_set_priority other = {.port = port, .priority = priorities[now == priorities[0]]};

    moments.count = 0;
    if (op == SEND)
        call(port != 1, EVTCHNOP_send, &send);
    else if (op == UNMASK)
        call(1, EVTCHNOP_unmask, &unmask);
    else if (op == PRIORITY)
        call(1, EVTCHNOP_set_priority, &other);
    else if (op == SEND_BACK)
        call(1, EVTCHNOP_send, &send);
    else if (call(1, EVTCHNOP_close, &shut))
        CHECK(!call(1, EVTCHNOP_bind_ipi, &ipi) && ipi.port == port);
    if (!other_is(op == SEND_BACK))
        world_show("the other domain", &(struct world){0});
}

void moment(const volatile void *at)
{
    if ((uintptr_t)at - (uintptr_t)fake_ram >= sizeof(fake_ram))
        return;
    moments.count++;
    if (moments.then)
        moments.then(moments.data);
}

void world_show(const char *what, const struct world *w)
{
    fprintf(stderr, "%s\n", what);
    for (unsigned i = 0; i < PORTS; i++)
        fprintf(stderr, "port %u: word %08x priority %u queue %u open %u owed %u\n", i + 1,
                w->word[i], w->priority[i], w->queue[i], w->open[i], w->owed[i]);
    for (unsigned q = 0; q < QUEUES; q++)
        fprintf(stderr, "queue %u: head %u ready %u tail %u; the guest's: to do %u, next %u\n",
                q + 1, w->head[q], w->ready[q], w->tail[q], w->todo[q], w->next[q]);
    fprintf(stderr, "upcall %u; the guest has entered %u, in its hand is %u\n", w->upcall,
            w->entered, w->hand);
    exit(1);
}

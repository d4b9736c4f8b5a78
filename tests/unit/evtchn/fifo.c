/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery by queues: setting up and its refusals, words, links, heads and ready bits, a guest that
 * takes events or changes words at any moment, and the end of it all.  (guest/fifo asks the same of
 * Xen.) */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/budget.h>
#include <hv/dirty.h>

#include "../step.h"
#include "fifo.h"
#include "guest.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)
#define LINK    ((uint32_t)EVTCHN_FIFO_LINK_MASK)
#define READY   (1u << EVTCHN_FIFO_PRIORITY_DEFAULT)

static uint32_t heads[FAKE_VCPUS][EVTCHN_FIFO_MAX_QUEUES]; /* the guest's own */

static void start(void)
{
    fake_start();
    memset(heads, 0, sizeof(heads));
    step_state.waits = 0;
    fake_log.waiting = step_wait;
}

TestSuite(fifo, .init = start, .fini = fake_audit_and_stop);

/* What domain 1's guest does: takes an event off a queue, all events of a vCPU. */
static evtchn_port_t take(unsigned v, unsigned priority)
{
    uint32_t *head = &heads[v][priority];
    evtchn_port_t port = *head ? *head : block(1, v)->head[priority];

    *head = __atomic_fetch_and(word(1, port), ~(LINKED | LINK), __ATOMIC_SEQ_CST) & LINK;
    return port;
}

static unsigned taken[16]; /* how often each port's event was seen */

static unsigned drain(unsigned v)
{
    unsigned n = 0;

    dom[1]->vcpu[v]->info->evtchn_upcall_pending = 0;
    for (uint32_t bits = shared_swap(&block(1, v)->ready, 0); bits; bits &= bits - 1) {
        do {
            const evtchn_port_t port = take(v, (unsigned)__builtin_ctz(bits));
            if (shared_fetch_and(word(1, port), ~PENDING) & PENDING)
                taken[port % 16]++, n++;
        } while (heads[v][__builtin_ctz(bits)]);
    }
    return n;
}

/* Ports 1 to 3 of domain 1, which is FIFO: vCPU 0's own. */
static void three(void)
{
    go_fifo(1);
    for (long i = 1; i <= 3; i++)
        cr_assert_eq(ipi(1, 0), i);
}

Test(fifo, init_control_refusals)
{
    struct evtchn_init_control a = {.control_gfn = FAKE_MFN + frame(1, 0), .vcpu = FAKE_VCPUS};
    const int allocated = fake_log.allocated;

    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_ENOENT);
    a.vcpu = 0;
    a.offset = 4;
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_EINVAL);
    a.offset = PAGE_SIZE - sizeof(*block(0, 0)) + 8;
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_EINVAL);
    a.offset = -8u;
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_EINVAL);
    a.offset = 0;
    a.control_gfn = FAKE_MFN; /* the other domain's */
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_EINVAL);
    a.control_gfn = FAKE_MFN + frame(1, 0);
    fake_log.out_of_memory = true;
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_ENOMEM);
    fake_log.out_of_memory = false;
    dom[1]->dying = 1;
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_EINVAL);
    dom[1]->dying = 0;
    cr_assert_null(dom[1]->evtchn->fifo, "what failed left nothing");
    cr_assert_eq(fake_log.allocated, allocated);
    cr_assert_eq(fake_held(dom[1]), 0);
    a.offset = PAGE_SIZE - sizeof(*block(0, 0));
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), 0);
    cr_assert_eq(a.link_bits, 17);
    a.offset = 0;
    cr_assert_eq(call(1, EVTCHNOP_init_control, &a), -XEN_EINVAL, "it has one");
    cr_assert_eq(fake_held(dom[1]), 1);
    cr_assert_eq((char *)dom[1]->evtchn->fifo->vcpu[0].block - (char *)fake_ram[frame(1, 0)],
                 PAGE_SIZE - sizeof(*block(0, 0)), "where it was");
}

Test(fifo, expand_array_and_its_refusals)
{
    cr_assert_eq(expand_array(1, 1), -XEN_EOPNOTSUPP, "no control block");
    cr_assert_eq(init_control(1, 0), 17);
    cr_assert_eq(expand_array(1, FAKE_FRAMES), -XEN_EINVAL);
    for (unsigned i = 0; i < PORTS_MAX / FIFO_WORDS; i++)
        cr_assert_eq(expand_array(1, 1 + i % 2), 0);
    cr_assert_eq(expand_array(1, 1), -XEN_ENOSPC);
    cr_assert_eq(fake_held(dom[1]), 1 + PORTS_MAX / FIFO_WORDS);
}

Test(fifo, expand_array_waits_for_a_new_turn)
{
    struct evtchn_expand_array a = {.array_gfn = FAKE_MFN + frame(1, 1)};

    cr_assert_eq(init_control(1, 0), 17);
    host_budget.left = host_budget.turn / 2;
    cr_assert_eq(call(1, EVTCHNOP_expand_array, &a), __HYPERVISOR_event_channel_op);
    cr_assert_eq(dom[1]->evtchn->fifo->pages, 0);
    host_budget.left = host_budget.turn;
    cr_assert_eq(call(1, EVTCHNOP_expand_array, &a), 0);
    cr_assert_leq(host_budget.left, host_budget.turn - 1024);
}

Test(fifo, set_priority_and_its_refusals)
{
    evtchn_port_t port = (evtchn_port_t)ipi(1, 0);

    cr_assert_eq(set_priority(1, port, 3), -XEN_ENOSYS);
    cr_assert_eq(set_priority(1, 5000, 3), -XEN_EINVAL);
    go_fifo(1);
    cr_assert_eq(set_priority(1, port, 16), -XEN_EINVAL);
    cr_assert_eq(set_priority(1, 0, 3), -XEN_EACCES);
    cr_assert_eq(set_priority(1, 9, 3), -XEN_EACCES);
    cr_assert_eq(set_priority(1, port, 15), 0);
    cr_assert_eq(send(1, port), 0);
    cr_assert_eq(block(1, 0)->ready, 1u << 15);
    cr_assert_eq(take(0, 15), port);
    close_port(1, port);
    cr_assert_eq(ipi(1, 0), port);
    send(1, port);
    cr_assert_eq(take(0, 7), port, "a new port has the default");
}

Test(fifo, what_is_not_there_yet)
{
    evtchn_port_t port = (evtchn_port_t)ipi(1, 1);

    cr_assert_eq(init_control(1, 0), 17);
    cr_assert_eq(send(1, port), 0);
    cr_assert_eq(unmask(1, port), 0);
    cr_assert_eq(evtchn_pending(dom[1], port), 0);
    cr_assert_eq(expand_array(1, 1), 0);
    cr_assert_eq(*word(1, port), PENDING, "its vCPU has no queues");
    cr_assert_eq(evtchn_pending(dom[1], port), 1);
    cr_assert_eq(unmask(1, port), 0);
    cr_assert_eq(send(1, port), 0);
    cr_assert_eq(*word(1, port), PENDING);
    cr_assert_eq(fake_log.kicks[1][1], 0);
    cr_assert_eq(init_control(1, 1), 17);
    cr_assert_eq(*word(1, port), PENDING);
    cr_assert_eq(send(1, port), 0);
    cr_assert_eq(take(1, 7), port);
    cr_assert_eq(fake_log.kicks[1][1], 1);
}

Test(fifo, what_was_sent_before_is_sent_again)
{
    long bitmap = ipi(1, 0), closed = ipi(1, 0), none = ipi(1, 0);

    send(1, (evtchn_port_t)bitmap);
    cr_assert_eq(init_control(1, 0), 17);
    long unsent = ipi(1, 0);
    send(1, (evtchn_port_t)unsent);
    send(1, (evtchn_port_t)closed);
    close_port(1, (evtchn_port_t)closed);
    cr_assert_eq(ipi(1, 0), closed, "and open again");
    fake_log.kicks[1][0] = 0;
    cr_assert_eq(expand_array(1, 1), 0);
    cr_assert_eq(fake_log.kicks[1][0], 0, "the upcall of the bitmap's event is still due");
    cr_assert(!*word(1, (evtchn_port_t)none) && !*word(1, (evtchn_port_t)closed));
    cr_assert_eq(take(0, 7), bitmap);
    cr_assert_eq(take(0, 7), unsent);
    cr_assert_eq(heads[0][7], 0);
}

Test(fifo, events_are_linked_in_the_order_they_come)
{
    three();
    send(1, 2);
    cr_assert_eq(block(1, 0)->head[7], 2);
    cr_assert_eq(block(1, 0)->ready, READY);
    cr_assert_eq(fake_log.kicks[1][0], 1);
    block(1, 0)->ready = 0;
    dom[1]->vcpu[0]->info->evtchn_upcall_pending = 0;
    send(1, 3);
    send(1, 1);
    send(1, 3);
    cr_assert_eq(*word(1, 2), PENDING | LINKED | 3);
    cr_assert(*word(1, 3) == (PENDING | LINKED | 1) && *word(1, 1) == (PENDING | LINKED));
    cr_assert_eq(block(1, 0)->ready, 0, "the guest knows of the queue");
    cr_assert_eq(fake_log.kicks[1][0], 1);
    cr_assert(take(0, 7) == 2 && take(0, 7) == 3 && take(0, 7) == 1);
    send(1, 1);
    cr_assert_eq(block(1, 0)->head[7], 1, "the last one, taken, begins a queue");
    cr_assert_eq(*word(1, 1), PENDING | LINKED);
    cr_assert_eq(fake_log.kicks[1][0], 2);
    take(0, 7);
    dom[1]->vcpu[0]->info->evtchn_upcall_pending = 0;
    send(1, 2);
    cr_assert_eq(fake_log.kicks[1][0], 2, "the queue is ready still");
}

Test(fifo, masked_events_wait_for_unmask)
{
    three();
    *word(1, 1) = MASKED;
    send(1, 1);
    cr_assert_eq(*word(1, 1), PENDING | MASKED);
    cr_assert_eq(fake_log.kicks[1][0], 0);
    cr_assert_eq(unmask(1, 1), 0);
    cr_assert_eq(*word(1, 1), PENDING | LINKED);
    cr_assert_eq(fake_log.kicks[1][0], 1);
    cr_assert_eq(drain(0), 1);
    *word(1, 1) = MASKED;
    cr_assert_eq(unmask(1, 1), 0);
    cr_assert_eq(*word(1, 1), 0);
    cr_assert_eq(fake_log.kicks[1][0], 1);
}

Test(fifo, priorities_are_queues_of_their_own)
{
    three();
    set_priority(1, 1, 15);
    set_priority(1, 3, 0);
    for (evtchn_port_t p = 1; p <= 3; p++)
        send(1, p);
    cr_assert_eq(block(1, 0)->ready, 1u << 15 | READY | 1);
    cr_assert(block(1, 0)->head[15] == 1 && block(1, 0)->head[7] == 2 && block(1, 0)->head[0] == 3);
    cr_assert_eq(fake_log.kicks[1][0], 1);
}

/* The last event of a queue moves to another when it was taken: what comes then to the first queue
 * is not put behind it there. */
Test(fifo, a_queue_whose_last_event_went_elsewhere_begins_anew)
{
    three();
    send(1, 1);
    drain(0);
    set_priority(1, 1, 3);
    send(1, 1);
    send(1, 2);
    cr_assert_eq(*word(1, 1), PENDING | LINKED);
    cr_assert_eq(block(1, 0)->head[7], 2);
    drain(0);
    set_priority(1, 1, 7);
    send(1, 1);
    cr_assert_eq(*word(1, 2), 0);
    cr_assert_eq(block(1, 0)->head[7], 1, "and back");
}

Test(fifo, events_move_between_vcpus_when_they_were_taken)
{
    go_fifo(1);
    cr_assert_eq(unbound(0, DOMID_SELF, FIRST_ID + 1), 1);
    cr_assert_eq(interdomain(1, FIRST_ID, 1), 1);
    cr_assert_eq(*word(1, 1), PENDING | LINKED, "fresh");
    cr_assert_eq(bind_vcpu(1, 1, 1), 0);
    shared_fetch_and(word(1, 1), ~PENDING);
    send(0, 1);
    cr_assert_eq(fake_log.kicks[1][1], 0, "it is in vCPU 0's queue");
    cr_assert_eq(drain(0), 1);
    send(0, 1);
    cr_assert_eq(fake_log.kicks[1][1], 1);
    cr_assert_eq(block(1, 1)->head[7], 1);
    cr_assert_eq(drain(1), 1);
}

Test(fifo, a_closed_port_is_still_in_its_queue)
{
    three();
    send(1, 1);
    send(1, 2);
    cr_assert_eq(close_port(1, 2), 0);
    cr_assert_eq(*word(1, 2), LINKED);
    cr_assert_eq(evtchn_pending(dom[1], 2), 0);
    send(1, 3);
    cr_assert_eq(*word(1, 2), LINKED | 3);
    cr_assert_eq(ipi(1, 0), 4, "its number is not used again");
    close_port(1, 4);
    cr_assert_eq(drain(0), 2);
    cr_assert_eq(ipi(1, 0), 2, "until it is taken");
}

Test(fifo, closed_ports_that_stay_linked_are_used_in_the_end)
{
    go_fifo(1);
    for (unsigned i = 1; i < 1024; i++)
        *word(1, i) = LINKED;
    cr_assert_eq(ipi(1, 0), 1);
    *word(1, 18) = 0;
    cr_assert_eq(ipi(1, 0), 2, "16 are passed");
    cr_assert_eq(ipi(1, 0), 18, "15");
    cr_assert_eq(ipi(1, 0), 3);
    *word(1, 1) = 0;
    cr_assert_eq(close_port(1, 1), 0);
    cr_assert_eq(ipi(1, 0), 1);
}

Test(fifo, the_last_free_port_may_be_linked)
{
    dom[1]->max_evtchn_port = 10;
    go_fifo(1);
    for (unsigned i = 1; i <= 10; i++)
        cr_assert_eq(ipi(1, 0), i);
    cr_assert_eq(ipi(1, 0), -XEN_ENOSPC);
    cr_assert_eq(close_port(1, 4), 0);
    *word(1, 4) = LINKED;
    cr_assert_eq(ipi(1, 0), 4);
}

Test(fifo, pollers)
{
    three();
    *word(1, 1) = MASKED;
    cr_assert_eq(evtchn_pending(dom[1], 1), 0);
    dom[1]->vcpu[1]->sched.flags = VPF_POLL;
    dom[1]->vcpu[1]->sched.poll_port = 1;
    send(1, 2);
    cr_assert_eq(fake_log.wakes[1][1], 0);
    send(1, 1);
    cr_assert_eq(fake_log.wakes[1][1], 1);
    cr_assert_eq(evtchn_pending(dom[1], 1), 1);
    dom[1]->vcpu[1]->sched.flags = VPF_POLL;
    send(1, 1);
    cr_assert_eq(fake_log.wakes[1][1], 1, "it was pending");
}

Test(fifo, more_ports_than_bits)
{
    go_fifo(1);
    for (unsigned i = 1; i < 4; i++)
        cr_assert_eq(expand_array(1, i), 0);
    cr_assert_eq(expand_array(1, 4), 0);
    for (unsigned i = 1; i < PORTS_MAX; i++)
        cr_assert_eq(ipi(1, 0), i);
    cr_assert_eq(ipi(1, 0), -XEN_ENOSPC);
    cr_assert_null(port_find(dom[1]->evtchn, PORTS_MAX));
    const shared_info_t was = *dom[1]->shared_info;
    cr_assert_eq(send(1, PORTS_2L + 5), 0);
    cr_assert_eq(((event_word_t *)fake_ram[frame(1, 4)])[5], PENDING | LINKED);
    cr_assert_eq(send(1, PORTS_MAX - 1), 0, "without a word");
    cr_assert_eq(evtchn_pending(dom[1], PORTS_MAX - 1), 0);
    cr_assert_eq(close_port(1, PORTS_2L + 5), 0);
    cr_assert_eq(((event_word_t *)fake_ram[frame(1, 4)])[5], LINKED);
    cr_assert_eq(memcmp((const char *)&was + sizeof(was.vcpu_info),
                        (const char *)dom[1]->shared_info + sizeof(was.vcpu_info),
                        sizeof(was) - sizeof(was.vcpu_info)),
                 0);
    close_port(1, 700);
    cr_assert_eq(ipi(1, 0), 700, "full buckets are passed");
}

static long reset(unsigned d)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    return call(d, EVTCHNOP_reset, &r);
}

Test(fifo, a_reset_ends_it)
{
    three();
    for (unsigned i = 4; i < PORTS_2L + 9; i++)
        ipi(1, 0);
    send(1, 1);
    cr_assert_eq(fifo_end(dom[1]), -XEN_ERESTART, "not while a port is open");
    cr_assert_eq(fake_held(dom[1]), FAKE_VCPUS + 1);
    cr_assert_eq(reset(1), 0);
    cr_assert_eq(fake_held(dom[1]), 0);
    memset(fake_ram, 0, sizeof(fake_ram));
    cr_assert_eq(ipi(1, 0), 1);
    cr_assert_eq(send(1, 1), 0);
    cr_assert_eq(*word(1, 1), 0);
    cr_assert(dom[1]->shared_info->evtchn_pending[0] & 2);
    dom[1]->shared_info->evtchn_pending[0] = 0;
    dom[1]->shared_info->wc_version = -1u; /* which is behind the masks */
    cr_assert_eq(unmask(1, PORTS_2L + 5), 0, "a number without a bit");
    cr_assert_eq(dom[1]->shared_info->wc_version, -1u);
    cr_assert_eq(evtchn_pending(dom[1], PORTS_2L + 5), 0);
    cr_assert_eq(send(1, PORTS_2L + 5), -XEN_EINVAL);
    for (unsigned i = 2; i < PORTS_2L; i++)
        cr_assert_eq(ipi(1, 0), i);
    cr_assert_eq(ipi(1, 0), -XEN_ENOSPC, "no ports beyond the bits");
    cr_assert_eq(reset(1), 0);
    three();
    send(1, 1);
    cr_assert_eq(*word(1, 1), PENDING | LINKED);
    cr_assert_eq(block(1, 0)->head[7], 1);
}

Test(fifo, a_domain_dies_in_it)
{
    cr_assert_eq(unbound(0, DOMID_SELF, FIRST_ID + 1), 1);
    three();
    cr_assert_eq(interdomain(1, FIRST_ID, 1), 4);
    dom[1]->dying = 1;
    fake_log.preempt_in = 0;
    host_budget.left = 0;
    cr_assert_eq(evtchn_domain_destroy(dom[1]), -XEN_ERESTART);
    cr_assert_eq(fake_held(dom[1]), FAKE_VCPUS + 1);
    cr_assert_eq(send(0, 1), 0);
    cr_assert_eq(evtchn_domain_destroy(dom[1]), 0);
    cr_assert_eq(fake_held(dom[1]), 0);
    cr_assert(evtchn_idle(dom[1]));
    cr_assert_eq(send(0, 1), 0);
}

Test(fifo, what_is_written_is_told_to_the_log)
{
    three();
    dom[1]->logging = DIRTY_LOGGED;
    *word(1, 1) = MASKED;
    cr_assert_eq(unmask(1, 1), 0);
    cr_assert(fake_log.dirty[frame(1, 1)] && !fake_log.dirty[frame(1, 0)]);
    send(1, 1);
    cr_assert(fake_log.dirty[frame(1, 0)], "the control block");
    send(1, 2);
    fake_log.dirty[frame(1, 1)] = false;
    close_port(1, 2);
    cr_assert(fake_log.dirty[frame(1, 1)]);
}

Test(fifo, a_link_is_told_to_the_log)
{
    go_fifo(1);
    cr_assert_eq(expand_array(1, 2), 0);
    for (unsigned i = 1; i < 1030; i++)
        ipi(1, 0);
    send(1, 1);
    dom[1]->logging = DIRTY_LOGGED;
    send(1, 1029);
    cr_assert_eq(*word(1, 1) & LINK, 1029);
    cr_assert(fake_log.dirty[frame(1, 1)] && fake_log.dirty[frame(1, 2)]);
}

/* ---- a guest, or another CPU, at each instruction ---- */

static void send_two(void)
{
    send(1, 2);
}

static unsigned traps;
static void disturb(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
    *word(1, 1) = (*word(1, 1) & ~LINK) | (++traps % 1000 + 5);
}

Test(fifo, a_word_that_always_changes_stops_nobody)
{
    three();
    send(1, 1);
    step_handle(disturb);
    step_call(send_two, STEP_TRAP_FLAG);
    cr_assert(traps > 100 && traps < 10000, "%u", traps);
    cr_assert_eq(*word(1, 1) & ~LINK, PENDING | LINKED, "busy no more");
    cr_assert_eq(block(1, 0)->head[7], 2, "so the guest lost what it had");
}

Test(fifo, words_of_any_contents)
{
    static const uint32_t odd[] = {~0u, ~PENDING, LINKED | LINK, BUSY | LINKED, BUSY, LINK, LINKED};

    three();
    for (unsigned i = 0; i < ARRAY_SIZE(odd) * ARRAY_SIZE(odd); i++) {
        *word(1, 1) = odd[i % ARRAY_SIZE(odd)];
        *word(1, 2) = odd[i / ARRAY_SIZE(odd)];
        for (evtchn_port_t p = 1; p <= 3; p++) {
            cr_assert_eq(send(1, p), 0);
            cr_assert_eq(unmask(1, p), 0);
        }
        *word(1, 3) = block(1, 0)->ready = 0;
        cr_assert_eq(evtchn_audit(dom[1]), 0);
    }
}

static void mask_first(void)
{
    shared_fetch_or(word(1, 1), MASKED);
    shared_fetch_and(word(1, 1), ~PENDING);
}

static void drain_all(void)
{
    drain(0);
}

static void send_three(void)
{
    send(1, 3);
}

static void close_first(void)
{
    close_port(1, 1);
}

/* Event 1 is queued; event 2 is sent, and at its n-th instruction something else happens.  Then
 * the guest takes what there is: nothing is lost, nothing comes twice, no word is left busy. */
static void queued(void)
{
    memset(taken, 0, sizeof(taken));
    start();
    three();
    send(1, 1);
}

static unsigned long recorded(void (*world)(void), void (*run)(void))
{
    world();
    const unsigned long n = step_record(run);
    fake_audit_and_stop();
    return n;
}

static unsigned long met;
static void against(void (*meanwhile)(void), unsigned third)
{
    const unsigned long count = recorded(queued, send_two);

    for (unsigned long n = 0; n < count; n += 2) {
        queued();
        cr_assert(step_at(n, send_two, meanwhile));
        met += step_state.waits;
        drain(0);
        cr_assert(taken[1] == 1 && taken[2] == 1 && taken[3] == third, "instruction %lu", n);
        cr_assert_eq((*word(1, 1) | *word(1, 2)) & (BUSY | LINKED | PENDING), 0);
        fake_audit_and_stop();
    }
}

Test(fifo_race, the_guest_takes_events_at_any_moment)
{
    against(drain_all, 0);
}

Test(fifo_race, another_cpu_sends_at_any_moment)
{
    against(send_three, 1);
    cr_assert_gt(met, 0, "they met at a lock");
}

static void chain_holds(void (*meanwhile)(void))
{
    const unsigned long count = recorded(queued, send_two);

    for (unsigned long n = 0; n < count; n += 2) {
        queued();
        cr_assert(step_at(n, send_two, meanwhile));
        cr_assert_eq(*word(1, 1) & (LINK | BUSY), 2, "instruction %lu", n);
        drain(0);
        cr_assert_eq(taken[2], 1);
        fake_audit_and_stop();
    }
}

Test(fifo_race, a_link_is_set_whatever_else_changes)
{
    chain_holds(mask_first);
    chain_holds(close_first);
}

/* Another domain sends while this one becomes FIFO, or this one becomes it while another domain
 * sends: the event comes. */
static void become(void)
{
    go_fifo(1);
}

static void send_from_other(void)
{
    send(0, 1);
}

static void bound(void)
{
    memset(taken, 0, sizeof(taken));
    start();
    cr_assert_eq(unbound(0, DOMID_SELF, FIRST_ID + 1), 1);
    cr_assert_eq(interdomain(1, FIRST_ID, 1), 1);
    dom[1]->shared_info->evtchn_pending[0] = 0;
}

static void none_lost(void (*run)(void), void (*meanwhile)(void), unsigned long slower)
{
    const unsigned long count = recorded(bound, run);

    for (unsigned long n = 0; n < count; n += 1 + n / slower) {
        bound();
        cr_assert(step_at(n, run, meanwhile));
        drain(0);
        cr_assert_eq(taken[1], 1, "instruction %lu", n);
        fake_audit_and_stop();
    }
}

Test(fifo_race, no_event_is_lost_to_the_change)
{
    none_lost(become, send_from_other, 64);
    none_lost(send_from_other, become, 1000);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer queues; see hv/timer.h. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/lock.h>
#include <hv/sched.h>

static struct timer_cpu {
    struct spinlock lock;
    struct list queue;     /* by expires */
    s_time_t programmed;   /* what the hardware was told: the head's time or an earlier one */
    struct timer *running; /* whose function runs now */
    _Atomic bool due;      /* the hardware fired, or timers came from another CPU */
} __attribute__((aligned(64))) timer_cpus[HV_MAX_CPUS];

void timers_init_cpu(unsigned cpu)
{
    struct timer_cpu *q = &timer_cpus[cpu];

    lock_init(&q->lock, LOCK_TIMERS);
    list_init(&q->queue);
    q->programmed = TIME_NEVER;
    q->running = NULL;
    q->due = false;
}

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned cpu)
{
    *t = (struct timer){.fn = fn, .data = data, .cpu = cpu};
    list_init(&t->link);
}

/* Locks the queue that t belongs to. */
static inline void lock_timer(struct timer *t, struct timer_cpu **out)
    ACQUIRE((*out)->lock) NO_THREAD_SAFETY_ANALYSIS
{
    for (;;) {
        unsigned cpu = shared_load(&t->cpu);
        struct timer_cpu *q = &timer_cpus[cpu];
        lock(&q->lock);
        *out = q;
        if (likely(t->cpu == cpu))
            return;
        unlock(&q->lock);
    }
}

static s_time_t head_expires(const struct timer_cpu *q) REQUIRES(q->lock)
{
    return list_empty(&q->queue) ? TIME_NEVER
                                 : list_entry(q->queue.next, struct timer, link)->expires;
}

/*
 * Only for this CPU's own queue.  The hardware is left alone when the head has moved to
 * later: most that is set is moved before it is due.  What then comes early finds nothing due, and
 * the next is programmed; so it is one interrupt for any number of moves.
 */
static inline void program(struct timer_cpu *q) REQUIRES(q->lock)
{
    s_time_t head = head_expires(q);

    if (head < q->programmed) {
        q->programmed = head;
        arch_timer_set(head);
    }
}

static inline void unlink(struct timer *t)
{
    list_del(&t->link);
    t->active = false;
}

void timer_set(struct timer *t, s_time_t expires)
{
    struct timer_cpu *mine = &timer_cpus[arch_cpu()];
    struct timer_cpu *q;
    struct list *p;
    int passed = 0;

    /* To this CPU's queue; another CPU may be moving it to its own at the same time. */
    while (lock_timer(t, &q), q != mine) {
        if (t->active)
            unlink(t);
        t->cpu = arch_cpu();
        unlock(&q->lock);
    }
    if (t->active)
        unlink(t);
    t->expires = expires;
    t->active = true;
    for (p = q->queue.next; p != &q->queue; p = p->next, passed++) {
        if (list_entry(p, struct timer, link)->expires > expires)
            break;
    }
    if (unlikely(passed > BUDGET_WORDS)) /* of a few hundred vCPUs */
        budget_draw(passed * BUDGET_ENTRY);
    list_add_before(&t->link, p);
    program(q);
    unlock(&q->lock);
}

void timer_stop(struct timer *t)
{
    struct timer_cpu *q;

    lock_timer(t, &q);
    if (t->active) {
        unlink(t);
        if (t->cpu == arch_cpu())
            program(q);
    }
    unlock(&q->lock);
}

void timer_kill(struct timer *t)
{
    timer_stop(t);
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++) {
        while (cpu != arch_cpu() && shared_load_acquire(&timer_cpus[cpu].running) == t)
            arch_relax();
    }
    timer_stop(t); /* the function may have set it again */
}

void timer_interrupt(void)
{
    struct vcpu *cur = sched_current(arch_cpu());

    atomic_store_explicit(&timer_cpus[arch_cpu()].due, true, memory_order_relaxed);
    timer_cpus[arch_cpu()].programmed = TIME_NEVER;
    if (cur)
        atomic_fetch_or(&cur->work, VCPU_WORK_RESCHED);
}

bool timer_pending(void)
{
    return atomic_load_explicit(&timer_cpus[arch_cpu()].due, memory_order_relaxed);
}

void timer_softirq(void)
{
    struct timer_cpu *q = &timer_cpus[arch_cpu()];

    /* before the lock: who comes from another CPU sets it with the lock held */
    atomic_store_explicit(&q->due, false, memory_order_relaxed);
    lock(&q->lock);
    while (head_expires(q) <= arch_now()) {
        struct timer *t = list_entry(q->queue.next, struct timer, link);
        unlink(t);
        shared_store(&q->running, t);
        unlock(&q->lock);
        t->fn(t->data);
        lock(&q->lock);
        shared_store_release(&q->running, NULL);
    }
    program(q);
    unlock(&q->lock);
}

void timers_leave(unsigned to)
{
    struct timer_cpu *mine = &timer_cpus[arch_cpu()], *q = &timer_cpus[to];
    struct list *at;

    lock(&mine->lock);
    while (!trylock(&q->lock)) /* nobody waits for one such lock with another held */
        arch_relax();
    for (at = q->queue.next; !list_empty(&mine->queue);) {
        struct timer *t = list_entry(mine->queue.next, struct timer, link);
        while (at != &q->queue && list_entry(at, struct timer, link)->expires <= t->expires)
            at = at->next;
        list_del(&t->link);
        t->cpu = to;
        list_add_before(&t->link, at);
    }
    atomic_store_explicit(&q->due, true, memory_order_relaxed); /* it has to program its own */
    unlock(&q->lock);
    unlock(&mine->lock);
}

/* SC-4, for every CPU; the number of violations. */
int timer_audit(void)
{
    int bad = 0;

    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++) {
        struct timer_cpu *q = &timer_cpus[cpu];
        s_time_t before = INT64_MIN;
        struct list *p;

        lock(&q->lock);
        list_for_each(p, &q->queue)
        {
            struct timer *t = list_entry(p, struct timer, link);
            bad += t->expires < before || !t->active || t->cpu != cpu;
            before = t->expires;
        }
        bad += cpu == arch_cpu() && q->programmed > head_expires(q) && !q->due;
        unlock(&q->lock);
    }
    return bad;
}

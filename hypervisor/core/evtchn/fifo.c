/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FIFO ABI.  The guest takes an event from the head of a queue by clearing LINKED and the link
 * of its word in one operation; all else that concerns queues is done here, under one lock a
 * domain: its own sends hold its evtchn lock anyway, and others' are short.  The guest may write
 * anything to the words at any time.  So each is read once, followed by nobody but the guest, and
 * changed by single operations, or by a few tries; what comes of it is a number of ours: the last
 * event of a queue is remembered here, and the queue that an event was last put into with the port.
 */
#include <hv/budget.h>
#include <hv/dirty.h>
#include <hv/ptype.h>
#include <hv/sched.h>

#include "fifo.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)

/* After half of them BUSY is set: then a guest that keeps to the ABI changes the word once for each
 * of its other bits at most. */
#define LINK_TRIES 8

/* NULL: the array has not grown so far. */
static event_word_t *word_of(const struct fifo *f, evtchn_port_t port)
{
    event_word_t *page = f->page[index_nospec(port / FIFO_WORDS, ARRAY_SIZE(f->page))];

    return page ? &page[port % FIFO_WORDS] : NULL;
}

/* Sets one bit and gives what it was: one instruction, where a whole old value would take as many
 * tries as the guest likes (tests/style counts them). */
static bool set_bit(uint32_t *w, unsigned bit)
{
    const uint32_t m = 1u << bit % 32;

    return shared_fetch_or(w, m) & m;
}

static void wrote(struct domain *d, const void *where)
{
    if (unlikely(d->logging))
        dirty_mark(d, arch_ptr_mfn(where));
}

/* Puts `port` behind the event of this word; false: that is in its queue no more. */
static bool append(event_word_t *w, evtchn_port_t port)
{
    event_word_t seen = shared_load(w);

    for (unsigned tries = 0; tries < LINK_TRIES && seen & LINKED; tries++) {
        if (shared_cas(w, &seen, (seen & ~(BUSY | EVTCHN_FIFO_LINK_MASK)) | port))
            return true;
        if (tries == LINK_TRIES / 2 - 1) {
            set_bit(w, EVTCHN_FIFO_BUSY);
            seen = shared_load(w);
        }
    }
    if (seen & BUSY)
        shared_fetch_and(w, ~BUSY);
    return false;
}

/* `port`, which is pending, to the end of its queue, unless it is masked or in one already.  The
 * vCPU that has to be told, or NULL. */
static struct vcpu *enqueue(struct domain *d, struct fifo *f, evtchn_port_t port, event_word_t *w)
    REQUIRES(f->lock)
{
    struct evtchn *p = port_find(d->evtchn, port);
    const unsigned vcpu = shared_load(&p->vcpu), priority = shared_load(&p->priority);
    const uint16_t queue = (uint16_t)(vcpu * EVTCHN_FIFO_MAX_QUEUES + priority);
    struct fifo_vcpu *v = &f->vcpu[vcpu];

    if (!v->block || shared_load(w) & (MASKED | LINKED) || set_bit(w, EVTCHN_FIFO_LINKED))
        return NULL;
    const evtchn_port_t tail = v->tail[priority];
    v->tail[priority] = (uint16_t)port;
    /* The one that was put there last is there no more if it was put elsewhere since, or is this
     * one, which was not linked. */
    const bool behind = tail && tail != port && port_find(d->evtchn, tail)->queue == queue &&
                        append(word_of(f, tail), port);
    p->queue = queue;
    if (behind) {
        wrote(d, word_of(f, tail));
        return NULL;
    }
    shared_store(&v->block->head[priority], port);
    const bool ready = set_bit(&v->block->ready, priority);
    wrote(d, v->block);
    return ready ? NULL : d->vcpu[vcpu];
}

bool fifo_raise(struct domain *d, evtchn_port_t port, bool unmask)
{
    struct fifo *f = shared_load_acquire(&d->evtchn->fifo);
    struct vcpu *v = NULL;
    bool was = false;

    lock(&f->lock);
    event_word_t *w = word_of(f, port);
    if (likely(w)) {
        if (unmask) {
            shared_fetch_and(w, ~MASKED);
            was = shared_load(w) & PENDING;
        } else {
            was = set_bit(w, EVTCHN_FIFO_PENDING);
        }
        if (!unmask || was)
            v = enqueue(d, f, port, w);
        wrote(d, w);
    } else if (!unmask) {
        port_find(d->evtchn, port)->unsent = true;
    }
    unlock(&f->lock);
    if (v)
        vcpu_upcall(v);
    return was;
}

void fifo_clear_pending(struct domain *d, evtchn_port_t port)
{
    event_word_t *w = word_of(d->evtchn->fifo, port);

    port_find(d->evtchn, port)->unsent = false;
    if (!w)
        return;
    shared_fetch_and(w, ~PENDING);
    wrote(d, w);
}

bool fifo_has(const struct evtchn_domain *e, evtchn_port_t port, unsigned bit)
{
    const event_word_t *w = word_of(e->fifo, port);

    return w && shared_load(w) >> bit & 1;
}

/* A frame that the guest named, to be written to until put_page; NULL: it may not be. */
static void *get_page(struct domain *d, uint64_t mfn)
{
    struct frame *f;

    return ptype_get_frame(d, MFN(mfn), PT_WRITABLE, &f) ? NULL : arch_frame_ptr(MFN(mfn));
}

static void put_page(struct domain *d, void *page)
{
    ptype_put_frame(d, frame_of(arch_ptr_mfn(page)), PT_WRITABLE);
}

/* Gives v its queues, which are empty; the domain's first ones make it a FIFO domain. */
static int init_control(struct domain *d, const struct evtchn_init_control *a)
    REQUIRES(d->evtchn->lock)
{
    const unsigned vcpu = (unsigned)index_nospec(a->vcpu, d->vcpu_max);
    struct fifo *f = d->evtchn->fifo;

    if (d->dying || (f && f->vcpu[vcpu].block))
        return refuse(XEN_EINVAL);
    if (!f && !(f = hv_alloc(sizeof(*f) + d->vcpu_max * sizeof(f->vcpu[0]))))
        return refuse(XEN_ENOMEM);
    char *page = get_page(d, a->control_gfn);
    if (!page) {
        if (!d->evtchn->fifo)
            hv_free(f);
        return refuse(XEN_EINVAL);
    }
    if (!d->evtchn->fifo)
        lock_init(&f->lock, LOCK_FIFO);
    lock(&f->lock);
    f->vcpu[vcpu].block = (void *)(page + a->offset);
    unlock(&f->lock);
    shared_store_release(&d->evtchn->fifo, f);
    return 0;
}

int evtchn_init_control(struct vcpu *cur, union evtchn_arg *arg)
{
    struct evtchn_init_control *a = &arg->init_control;
    struct domain *d = cur->domain;

    if (!domain_vcpu(d, a->vcpu))
        return refuse(XEN_ENOENT);
    if (a->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) || a->offset % 8)
        return refuse(XEN_EINVAL);
    lock(&d->evtchn->lock);
    int rc = init_control(d, a);
    unlock(&d->evtchn->lock);
    a->link_bits = EVTCHN_FIFO_LINK_BITS;
    return rc;
}

/* Sends what was sent before `port` had a word: by the bitmaps, too, as whoever saw no queues then
 * held the lock of the port's peer. */
static void send_again(struct domain *d, evtchn_port_t port)
{
    struct domain *peer;
    struct evtchn *p = evtchn_lock_with_peer(d, port, &peer);
    const bool bit =
        port < PORTS_2L && bit_test_and_clear_atomic(d->shared_info->evtchn_pending, port);

    if (p->state > PORT_RESERVED && (bit || p->unsent)) {
        p->unsent = false;
        port_set_pending(d, p->vcpu, port);
    }
    evtchn_unlock_pair(d, peer);
}

static int expand_array(struct domain *d, uint64_t mfn) REQUIRES(d->evtchn->lock)
{
    struct fifo *f = d->evtchn->fifo;

    if (!f)
        return refuse(XEN_EOPNOTSUPP);
    if (f->pages == ARRAY_SIZE(f->page))
        return refuse(XEN_ENOSPC);
    void *page = get_page(d, mfn);
    if (!page)
        return refuse(XEN_EINVAL);
    lock(&f->lock);
    f->page[f->pages++] = page;
    unlock(&f->lock);
    return (int)f->pages;
}

int evtchn_expand_array(struct vcpu *cur, union evtchn_arg *arg)
{
    struct domain *d = cur->domain;

    if (budget_short((int)FIFO_WORDS * BUDGET_ENTRY)) /* a page of ports is looked at below */
        return -XEN_ERESTART;
    lock(&d->evtchn->lock);
    int pages = expand_array(d, arg->expand_array.array_gfn);
    unlock(&d->evtchn->lock);
    if (pages < 0)
        return pages;
    budget_draw((int)(FIFO_WORDS * BUDGET_ENTRY));
    for (unsigned i = 0; i < FIFO_WORDS; i++) {
        const evtchn_port_t port = ((unsigned)pages - 1) * FIFO_WORDS + i;
        const struct evtchn *p = port_find(d->evtchn, port);
        if (!p || p->state <= PORT_RESERVED)
            continue;
        send_again(d, port);
        budget_draw(BUDGET_OP);
        (void)budget_look(); /* interrupts only: there is no way to go on from here */
    }
    return 0;
}

int evtchn_set_priority(struct vcpu *cur, union evtchn_arg *arg)
{
    const struct evtchn_set_priority *a = &arg->set_priority;
    struct evtchn_domain *e = cur->domain->evtchn;
    struct evtchn *p = port_find(e, a->port);
    int rc = 0;

    if (!p)
        return refuse(XEN_EINVAL);
    lock(&e->lock);
    if (!e->fifo)
        rc = refuse(XEN_ENOSYS);
    else if (p->state <= PORT_RESERVED)
        rc = refuse(XEN_EACCES);
    else if (a->priority > EVTCHN_FIFO_PRIORITY_MIN)
        rc = refuse(XEN_EINVAL);
    else
        shared_store(&p->priority, (uint8_t)a->priority);
    unlock(&e->lock);
    return rc;
}

int fifo_end(struct domain *d)
{
    struct evtchn_domain *e = d->evtchn;

    lock(&e->lock);
    struct fifo *f = e->fifo;
    const bool open = f && ports_open(e);
    if (!open)
        shared_store(&e->fifo, NULL);
    unlock(&e->lock);
    if (open)
        return -XEN_ERESTART;
    if (!f)
        return 0;
    for (unsigned i = 0; i < f->pages; i++)
        put_page(d, f->page[i]);
    for (unsigned i = 0; i < d->vcpu_max; i++)
        if (f->vcpu[i].block)
            put_page(d, f->vcpu[i].block);
    budget_draw((int)(f->pages + d->vcpu_max) * BUDGET_FREE);
    hv_free(f);
    return 0;
}

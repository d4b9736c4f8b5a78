/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fifo: event channels by queues: init_control, expand_array, set_priority, and how send, unmask,
 * poll, close, bind_vcpu and reset change the words, their links, the heads and the ready bits.
 * Kinds B, F and H: setting up that fails leaves nothing, frames stay writable as long as they are
 * used, and words that another vCPU changes all the time stop nobody.
 */
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/vcpu.h>

#define PENDING   (1u << EVTCHN_FIFO_PENDING)
#define MASKED    (1u << EVTCHN_FIFO_MASKED)
#define LINKED    (1u << EVTCHN_FIFO_LINKED)
#define LINK      ((uint32_t)EVTCHN_FIFO_LINK_MASK)
#define WORDS     1024u /* in a page of the array */
#define PAGES     128u  /* of ports as Xen has them */
#define OUR_PAGES 16u
#define BAD_FRAME (1ull << 40)
#define OFFSET    1024 /* of vCPU 0's block in its page; vCPU 1's is at the page's end */
#define OFFSET1   (PAGE_SIZE - sizeof(struct evtchn_fifo_control_block))
#define MS        1000000ull

static event_word_t *array[PAGES];
static char *blocks;
static struct evtchn_fifo_control_block *block[2];
static uint32_t next[2][EVTCHN_FIFO_MAX_QUEUES]; /* the guest's own heads, as it goes along */

static event_word_t *word(evtchn_port_t port)
{
    return &array[port / WORDS][port % WORDS];
}

static uint32_t get(const uint32_t *w)
{
    return __atomic_load_n(w, __ATOMIC_SEQ_CST);
}

static uint32_t clear(uint32_t *w, uint32_t bits)
{
    return __atomic_fetch_and(w, ~bits, __ATOMIC_SEQ_CST);
}

/* Takes an event off a queue: its port. */
static evtchn_port_t take(unsigned vcpu, unsigned priority)
{
    evtchn_port_t port = next[vcpu][priority];

    if (!port)
        port = get(&block[vcpu]->head[priority]);
    next[vcpu][priority] = clear(word(port), LINKED | LINK) & LINK;
    return port;
}

/* Was the vCPU told? */
static bool told(unsigned vcpu)
{
    return __atomic_exchange_n(&boot_shared->vcpu_info[vcpu].evtchn_upcall_pending, 0,
                               __ATOMIC_SEQ_CST);
}

static uint32_t ready(unsigned vcpu)
{
    return __atomic_exchange_n(&block[vcpu]->ready, 0, __ATOMIC_SEQ_CST);
}

/* Takes and acknowledges all that is queued. */
static unsigned drain(unsigned vcpu)
{
    unsigned n = 0;

    told(vcpu);
    for (uint32_t bits = ready(vcpu); bits; bits &= bits - 1) {
        unsigned q = (unsigned)__builtin_ctz(bits);

        do {
            clear(word(take(vcpu, q)), PENDING);
            n++;
        } while (next[vcpu][q]);
    }
    return n;
}

static long init_control(unsigned vcpu, uint64_t frame, uint32_t offset)
{
    struct evtchn_init_control c = {.control_gfn = frame, .offset = offset, .vcpu = vcpu};
    long rc = hc_event_channel_op(EVTCHNOP_init_control, &c);

    return rc ? rc : c.link_bits;
}

static long expand(uint64_t frame)
{
    struct evtchn_expand_array a = {.array_gfn = frame};

    return hc_event_channel_op(EVTCHNOP_expand_array, &a);
}

static long set_priority(evtchn_port_t port, uint32_t priority)
{
    struct evtchn_set_priority p = {.port = port, .priority = priority};

    return hc_event_channel_op(EVTCHNOP_set_priority, &p);
}

static evtchn_port_t ipi(unsigned vcpu)
{
    struct evtchn_bind_ipi b = {.vcpu = vcpu};

    if (hc_event_channel_op(EVTCHNOP_bind_ipi, &b))
        error("cannot bind an IPI");
    return b.port;
}

/* A port that can be sent to and moved; *sender is its peer. */
static evtchn_port_t loop(evtchn_port_t *sender)
{
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bi = {.remote_dom = DOMID_SELF};

    if (hc_event_channel_op(EVTCHNOP_alloc_unbound, &au))
        error("cannot allocate a port");
    *sender = bi.remote_port = au.port;
    if (hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi))
        error("cannot bind a port");
    return bi.local_port;
}

static long move(evtchn_port_t port, unsigned vcpu)
{
    struct evtchn_bind_vcpu b = {.port = port, .vcpu = vcpu};

    return hc_event_channel_op(EVTCHNOP_bind_vcpu, &b);
}

static bool bit(const xen_ulong_t *map, evtchn_port_t port)
{
    return __atomic_load_n(&map[port / 64], __ATOMIC_SEQ_CST) >> port % 64 & 1;
}

static evtchn_port_t early, late; /* sent to before there are queues, and before there are words */

static void test_before(void)
{
    early = ipi(0);
    check_eq(expand(boot_mfn(array[0])), -EOPNOTSUPP, "expand_array before init_control");
    check_eq(expand(BAD_FRAME), -EOPNOTSUPP, "the same with a bad frame");
    check_eq(set_priority(early, 3), -ENOSYS, "set_priority before init_control");
    check_eq(set_priority(early, 16), -ENOSYS, "set_priority of 16 before init_control");
    check_eq(set_priority(1u << 30, 3), -EINVAL, "set_priority of port 2^30");
}

static void test_init(void)
{
    uint64_t frame = boot_mfn(blocks);
    uint64_t *table = pt_page();
    unsigned written = 0;

    check_eq(pt_pin(1, table), 0, "pin a page table");
    check_eq(init_control(77, frame, OFFSET), -ENOENT, "init_control for vCPU 77");
    check_eq(init_control(0, frame, OFFSET + 4), -EINVAL, "init_control at an odd place");
    check_eq(init_control(0, frame, OFFSET1 + 8), -EINVAL, "init_control over a page's end");
    check_eq(init_control(0, frame, 0xfffffff8), -EINVAL, "init_control far behind a page's end");
    check_eq(init_control(0, BAD_FRAME, OFFSET), -EINVAL, "init_control with a bad frame");
    check_eq(init_control(0, boot_mfn(table), OFFSET), -EINVAL, "init_control in a page table");
    check_eq(hc_event_channel_op(EVTCHNOP_init_control, (void *)0xffff830000000000), -EFAULT,
             "init_control: argument in hypervisor space");
    check_eq(pt_unpin(table), 0, "unpin");
    check_eq(set_priority(early, 3), -ENOSYS, "what failed left the domain as it was");
    check_eq(evtchn_send(early), 0, "send before there are queues");
    check(bit(boot_shared->evtchn_pending, early), "is pending in the bitmap");

    memset(blocks, 0xff, PAGE_SIZE);
    block[0]->ready = 0;
    check_eq(init_control(0, frame, OFFSET), EVTCHN_FIFO_LINK_BITS, "init_control");
    check_eq(block[0]->ready, 0, "nothing is ready");
    block[0]->ready = -1u;
    for (unsigned i = 0; i < PAGE_SIZE / 4; i++)
        written += ((uint32_t *)blocks)[i] != -1u;
    block[0]->ready = 0;
    check_eq(written, 0, "and nothing is written");
    check_eq(init_control(0, frame, OFFSET), -EINVAL, "init_control again");
    check_eq(init_control(0, boot_mfn(array[0]), 0), -EINVAL, "init_control again elsewhere");
}

static void test_expand(void)
{
    struct evtchn_unmask um;
    uint64_t *table = pt_page();

    late = ipi(0);
    um.port = late;
    told(0);
    check_eq(evtchn_send(late), 0, "send before there are words");
    check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), 0, "unmask before there are words");
    check(!told(0), "nobody is told");
    check_eq(pt_pin(1, table), 0, "pin a page table");
    check_eq(expand(BAD_FRAME), -EINVAL, "expand_array with a bad frame");
    check_eq(expand(boot_mfn(table)), -EINVAL, "expand_array with a page table");
    check_eq(pt_unpin(table), 0, "unpin");
    check_eq(expand(boot_mfn(array[0])), 0, "expand_array");
    check(told(0), "vCPU 0 is told what was sent before");
    check_eq(ready(0), 1u << EVTCHN_FIFO_PRIORITY_DEFAULT, "at the default priority");
    check_eq(get(word(early)), PENDING | LINKED | late, "the first event");
    check_eq(get(word(late)), PENDING | LINKED, "the second");
    check_eq(take(0, 7), early, "comes first");
    check_eq(take(0, 7), late, "comes second");
    clear(word(early), PENDING);
    clear(word(late), PENDING);
}

static void test_frames(void)
{
    uint64_t *table = (uint64_t *)array[0];

    check_eq(pt_ro(table), 0, "the array can be mapped read-only");
    check(pt_pin(1, table) < 0, "but is no page table");
    check_eq(evtchn_send(early), 0, "send");
    check_eq(get(word(early)), PENDING | LINKED, "is written all the same");
    check_eq(pt_rw(table), 0, "writable again");
    check_eq(drain(0), 1, "taken");
}

static void test_chain(void)
{
    evtchn_port_t p[3] = {ipi(0), ipi(0), ipi(0)};

    check_eq(evtchn_send(p[2]), 0, "send to the first of three");
    check(told(0), "vCPU 0 is told");
    check_eq(get(&block[0]->head[7]), p[2], "it is the head");
    check_eq(ready(0), 1u << 7, "of a queue that is ready");
    check_eq(evtchn_send(p[0]), 0, "to the second");
    check_eq(evtchn_send(p[1]), 0, "to the third");
    check_eq(evtchn_send(p[0]), 0, "and to the second again");
    check(!told(0), "no further notice is given");
    check_eq(get(&block[0]->ready), 0, "nor is the queue more than ready");
    check_eq(get(word(p[2])), PENDING | LINKED | p[0], "links: first to second");
    check_eq(get(word(p[0])), PENDING | LINKED | p[1], "second to third");
    check_eq(get(word(p[1])), PENDING | LINKED, "third to none");
    clear(word(p[1]), PENDING);
    check_eq(evtchn_send(p[1]), 0, "send to one that is acknowledged but in the queue");
    check_eq(get(word(p[1])), PENDING | LINKED, "pending again, and there once");
    check_eq(take(0, 7), p[2], "take the first");
    check_eq(take(0, 7), p[0], "the second");
    check_eq(take(0, 7), p[1], "the third");
    check_eq(next[0][7], 0, "it was the last");
    check_eq(evtchn_send(p[1]), 0, "send to one that is taken but not acknowledged");
    check_eq(get(word(p[1])), PENDING | LINKED, "it comes again");
    check_eq(drain(0), 1, "alone");
    for (unsigned i = 0; i < 3; i++) {
        clear(word(p[i]), PENDING);
        evtchn_close(p[i]);
    }
}

static void test_mask(void)
{
    evtchn_port_t p = ipi(0);
    struct evtchn_unmask um = {.port = p};

    *word(p) |= MASKED;
    check_eq(evtchn_send(p), 0, "send to a masked port");
    check_eq(get(word(p)), PENDING | MASKED, "it is pending, not queued");
    check(!told(0), "and nobody is told");
    check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), 0, "unmask");
    check_eq(get(word(p)), PENDING | LINKED, "queues it");
    check(told(0), "and tells");
    check_eq(take(0, 7), p, "take it");
    ready(0);
    check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), 0, "unmask what is not masked");
    check_eq(get(word(p)), PENDING | LINKED, "queues what is pending again");
    check_eq(drain(0), 1, "taken");
    *word(p) |= MASKED;
    check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), 0, "unmask what is not pending");
    check_eq(get(word(p)), 0, "queues nothing");
    check(!told(0), "and tells nobody");
    um.port = 1u << 30;
    check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), -EINVAL, "unmask port 2^30");
    evtchn_close(p);
}

static void test_priority(void)
{
    evtchn_port_t low = ipi(0), high = ipi(0), other = ipi(0);

    check_eq(set_priority(low, 16), -EINVAL, "priority 16");
    check_eq(set_priority(low, -1u), -EINVAL, "priority -1");
    check_eq(set_priority(1u << 30, 1), -EINVAL, "priority of port 2^30");
    check_eq(set_priority(low, 15), 0, "priority 15");
    check_eq(set_priority(high, 0), 0, "priority 0");
    evtchn_send(low);
    evtchn_send(other);
    evtchn_send(high);
    check_eq(get(&block[0]->ready), 1u | 1u << 7 | 1u << 15, "three queues are ready");
    check_eq(get(&block[0]->head[0]), high, "the first has the high one");
    check_eq(get(&block[0]->head[7]), other, "the middle has the one without");
    check_eq(get(&block[0]->head[15]), low, "the last has the low one");
    check_eq(set_priority(other, 3), 0, "another priority while it is queued");
    clear(word(other), PENDING);
    evtchn_send(other);
    check_eq(get(&block[0]->ready) >> 3 & 1, 0, "it stays where it is");
    check_eq(drain(0), 3, "all are taken");
    evtchn_send(other);
    check_eq(get(&block[0]->head[3]), other, "then it goes there");
    set_priority(high, 7);
    evtchn_send(high);
    check_eq(get(&block[0]->head[7]), high, "the queue it left begins anew");
    check_eq(get(word(other)), PENDING | LINKED, "without it");
    check_eq(drain(0), 2, "all are taken");
    evtchn_close(high);
    evtchn_close(low);
    high = ipi(0);
    evtchn_send(high);
    check_eq(get(&block[0]->head[7]), high, "a new port has the default priority");
    drain(0);
    check_eq(set_priority(0, 16), -EACCES, "priority 16 of port 0");
    check_eq(set_priority(0, 1), -EACCES, "priority of port 0");
    evtchn_close(other);
    check_eq(set_priority(other, 1), -EACCES, "priority of a closed port");
    evtchn_close(high);
}

static void test_vcpus(void)
{
    evtchn_port_t sender, p = loop(&sender), q = ipi(0);
    /* Xen forgets an event for a vCPU that has no control block. */
    const uint32_t kept = on_peer() ? 0 : PENDING;

    check_eq(get(word(p)), PENDING | LINKED, "a fresh interdomain port is pending");
    check_eq(move(p, 1), 0, "moved while it is queued");
    clear(word(p), PENDING);
    evtchn_send(sender);
    check_eq(get(word(p)), kept | LINKED, "it stays in the queue");
    check_eq(drain(0), 1, "of vCPU 0");
    check_eq(evtchn_send(sender), 0, "send to a vCPU without control block");
    check_eq(get(word(p)), kept, "it is pending, and in no queue");
    check(!told(1), "and nobody is told");
    block[1]->ready = 0;
    check_eq(init_control(1, boot_mfn(blocks), OFFSET1), EVTCHN_FIFO_LINK_BITS,
             "init_control of vCPU 1, at the page's end");
    check_eq(get(word(p)), kept, "does not send it again");
    check_eq(evtchn_send(sender), 0, "send again");
    check_eq(get(word(p)), PENDING | LINKED, "now it is queued");
    check(told(1) && !told(0), "vCPU 1 is told");
    check_eq(get(&block[1]->head[7]), p, "it is the head there");
    check_eq(evtchn_send(q), 0, "send to vCPU 0");
    check_eq(get(word(p)), PENDING | LINKED, "is not put behind what went to vCPU 1");
    check_eq(get(&block[0]->head[7]), q, "but is a head");
    check_eq(drain(1), 1, "vCPU 1 takes its own");
    check_eq(drain(0), 1, "vCPU 0, too");
    check_eq(move(p, 0), 0, "moved back");
    evtchn_send(sender);
    evtchn_send(q);
    check_eq(get(word(p)), PENDING | LINKED | q, "is queued there");
    check_eq(drain(0), 2, "both taken");
    evtchn_close(p);
    evtchn_close(q);
    evtchn_close(sender);
}

static void test_close(void)
{
    evtchn_port_t p[3] = {ipi(0), ipi(0), ipi(0)}, again;

    for (unsigned i = 0; i < 2; i++)
        evtchn_send(p[i]);
    check_eq(evtchn_close(p[1]), 0, "close the last of a queue");
    check_eq(get(word(p[1])), LINKED, "it is in the queue still");
    check_eq(evtchn_send(p[2]), 0, "send to another");
    check_eq(get(word(p[1])), LINKED | p[2], "which comes behind it");
    again = ipi(0);
    check(again != p[1], "its number is not used again (%u)", again);
    evtchn_close(again);
    check_eq(take(0, 7), p[0], "take the first");
    check_eq(take(0, 7), p[1], "the closed one");
    check_eq(take(0, 7), p[2], "the one behind it");
    again = ipi(0);
    check_eq(again, p[1], "now the number is used again");
    drain(0);
    for (unsigned i = 0; i < 3; i++) {
        clear(word(p[i]), PENDING | LINKED | LINK);
        evtchn_close(p[i]);
    }
    ready(0);
    told(0);
}

static void test_wait(void)
{
    evtchn_port_t p = ipi(0);
    struct sched_poll poll = {.nr_ports = 1, .timeout = boot_now() + 2 * MS};
    uint64_t start;
    long timer;

    hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    set_xen_guest_handle(poll.ports, &p);
    check_eq(hc_sched_op(SCHEDOP_poll, &poll), 0, "poll with nothing pending");
    check(boot_now() >= poll.timeout, "waits for its time-out");
    *word(p) |= MASKED;
    evtchn_send(p);
    start = boot_now();
    poll.timeout = start + 2000 * MS;
    check_eq(hc_sched_op(SCHEDOP_poll, &poll), 0, "poll of a masked pending port");
    check(boot_now() < start + 1000 * MS, "returns at once");
    clear(word(p), PENDING | MASKED);

    timer = evtchn_bind_virq(VIRQ_TIMER, 0);
    *word((evtchn_port_t)timer) |= MASKED;
    poll.timeout = boot_now() + 5000 * MS;
    evtchn_port_t tp = (evtchn_port_t)timer;
    set_xen_guest_handle(poll.ports, &tp);
    start = boot_now();
    hc_set_timer_op(start + 2 * MS);
    check_eq(hc_sched_op(SCHEDOP_poll, &poll), 0, "poll of the timer, masked");
    check(boot_now() < start + 1000 * MS, "ends with its event");
    check_eq(get(word(tp)), PENDING | MASKED, "which is pending");
    clear(word(tp), PENDING | MASKED);
    start = boot_now();
    hc_set_timer_op(start + 2 * MS);
    hc_sched_op(SCHEDOP_block, NULL);
    evtchn_irq_save();
    check(boot_now() >= start + 2 * MS, "block ends with the timer");
    check_eq(get(word(tp)), PENDING | LINKED, "which is queued");
    check_eq(drain(0), 1, "and taken");
    evtchn_close(tp);
    evtchn_close(p);
}

static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static evtchn_port_t torn[2];
static volatile bool stop, stopped;

/* vCPU 1: all bits of two words and what is around them, all the time. */
static void tear(void *arg)
{
    uint32_t x = 1;

    (void)arg;
    while (!stop) {
        x = x * 1664525 + 1013904223;
        *(volatile event_word_t *)word(torn[x >> 9 & 1]) = x;
        __atomic_xor_fetch(word(torn[x >> 10 & 1]), x >> 11 & 7 ? 1u << (x >> 24) % 32 : x,
                           __ATOMIC_RELAXED);
        block[0]->head[x >> 12 & 15] = x;
        block[0]->ready = x;
    }
    stopped = true;
    hc_vcpu_op(VCPUOP_down, 1, NULL);
    for (;;)
        ;
}

static void test_hostile(void)
{
    struct evtchn_unmask um;
    uint64_t end;
    unsigned n = 0, bad = 0;

    for (unsigned i = 0; i < 2; i++)
        torn[i] = ipi(0);
    *word(torn[0]) = LINK;
    check_eq(evtchn_send(torn[0]), 0, "send with a link to nowhere");
    *word(torn[0]) = ~0u & ~PENDING;
    check_eq(evtchn_send(torn[1]), 0, "send behind a word of ones");
    check(!vcpu_start(1, tear, NULL, stack1), "vCPU 1 writes to words, heads and ready bits");
    end = boot_now() + 500 * MS;
    while (boot_now() < end) {
        um.port = torn[n & 1];
        bad += evtchn_send(torn[n & 1]) || hc_event_channel_op(EVTCHNOP_unmask, &um);
        bad += set_priority(torn[n >> 1 & 1], n % 16) != 0;
        n++;
    }
    check_eq(bad, 0, "no send, unmask or priority of very many fails meanwhile");
    stop = true;
    end = boot_now() + 3000 * MS;
    while (!stopped && boot_now() < end)
        hc_sched_op(SCHEDOP_yield, NULL);
    check(stopped, "vCPU 1 is still there");
    for (unsigned i = 0; i < 2; i++) {
        *word(torn[i]) = 0;
        evtchn_close(torn[i]);
    }
    memset(block[0], 0, sizeof(*block[0]));
    memset(next, 0, sizeof(next));
    told(0);
}

/* How many pages and ports there can be.  Pages may be the same: nothing is sent to their ports. */
static void test_limits(void)
{
    static evtchn_port_t ports[5000];
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    unsigned pages = 1, n = 0;
    evtchn_port_t last;
    long rc;

    for (unsigned i = 1; i < 8; i++, pages++)
        if (expand(boot_mfn(array[i])))
            break;
    check_eq(pages, 8, "8 pages");
    while (pages < 200 && !(rc = expand(boot_mfn(array[7]))))
        pages++;
    check_eq(rc, -ENOSPC, "the array is full");
    check_eq(pages, on_peer() ? PAGES : OUR_PAGES, "after so many pages");
    check_eq(expand(BAD_FRAME), -ENOSPC, "also for a bad frame");
    while (n < array_size(ports) && !(rc = hc_event_channel_op(EVTCHNOP_alloc_unbound, &au)))
        ports[n++] = au.port;
    last = ports[n - 1];
    if (boot_is_dom0()) {
        check_eq(n, array_size(ports), "5000 ports");
        check(last > 4096, "more than bitmaps have");
    } else {
        check_eq(rc, -ENOSPC, "ports are used up");
        check_eq(last, 1023, "as its tool-stack said");
    }
    evtchn_close(last);
    check_eq(ipi(0), last, "an IPI at the last one");
    check_eq(evtchn_send(last), 0, "send to it");
    check_eq(get(word(last)), PENDING | LINKED, "is pending");
    check_eq(get(&block[0]->head[7]), last, "and the head");
    check_eq(drain(0), 1, "taken");
    for (unsigned i = 0; i < n; i++)
        evtchn_close(ports[i]);
}

static void test_reset(void)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    evtchn_port_t p = ipi(0);

    evtchn_send(p);
    check_eq(hc_event_channel_op(EVTCHNOP_reset, &r), 0, "reset");
    *word(p) = 0;
    boot_shared->evtchn_pending[p / 64] = 0;
    check_eq(expand(boot_mfn(array[0])), -EOPNOTSUPP, "the array is gone");
    p = ipi(0);
    *word(p) = 0;
    check_eq(set_priority(p, 1), -ENOSYS, "has no priority");
    check_eq(evtchn_send(p), 0, "send to it");
    check_eq(get(word(p)), 0, "no word is written");
    check(bit(boot_shared->evtchn_pending, p), "it is pending in the bitmap");
    boot_shared->evtchn_pending[p / 64] = 0;
    check_eq(evtchn_send(4999), -EINVAL, "send to a port that is too large now");
    memset(array[0], 0, PAGE_SIZE);
    check_eq(pt_ro(array[0]), 0, "the array's page can be read-only");
    check_eq(pt_pin(1, array[0]), 0, "and a page table");
    check_eq(pt_unpin(array[0]), 0, "and is let go of");
    check_eq(pt_rw(array[0]), 0, "writable again");
    check_eq(init_control(0, boot_mfn(blocks), OFFSET), EVTCHN_FIFO_LINK_BITS, "once more");
    check_eq(expand(boot_mfn(array[0])), 0, "with an array");
    memset(next, 0, sizeof(next));
    drain(0); /* Xen has not forgotten what was once sent to a closed port before it had a word */
    check_eq(evtchn_send(p), 0, "send");
    check_eq(get(word(p)), PENDING | LINKED, "is queued");
    check_eq(get(&block[0]->head[7]), p, "as the head");
    check_eq(hc_event_channel_op(EVTCHNOP_reset, &r), 0, "reset");
}

void test_main(void)
{
    for (unsigned i = 0; i < 8; i++)
        array[i] = page_get();
    blocks = page_get();
    block[0] = (void *)(blocks + OFFSET);
    block[1] = (void *)(blocks + OFFSET1);
    test_before();
    test_init();
    test_expand();
    test_frames();
    test_chain();
    test_mask();
    test_priority();
    test_vcpus();
    test_close();
    test_wait();
    test_hostile();
    test_limits();
    if (boot_is_dom0())
        test_reset();
    else
        skip("reset: it would close the console's port");
}

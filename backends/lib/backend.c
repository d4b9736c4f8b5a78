/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's worker; see backend.h. */
#include "lib/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xen/grant_table.h>
#include <xen/sys/gntdev.h>

#include "lib/ring.h"
#include "lib/stats.h"

static void disconnect(struct backend *be)
{
    if (be->connected)
        be->ops->disconnect(be);
    be->connected = false;
}

static void answer(struct backend *be, uint32_t kind)
{
    struct control_message m = {.kind = kind};

    if (kind == CONTROL_REFUSED)
        snprintf((char *)m.body, sizeof(m.body), "%.*s", (int)sizeof(m.body) - 1, be->fail.text);
    if (!channel_send(be->control, &m))
        be->leaving = true;
}

/* One look at the clock serves all that a round of the loop takes or answers. */
static void look_at_clock(struct backend *be)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    be->now = ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static void on_control(struct source *s, uint32_t events)
{
    struct backend *be = (void *)((char *)s - offsetof(struct backend, control_source));
    struct control_message m;

    (void)events;
    if (!channel_receive(s->fd, &m)) {
        be->leaving = true; /* the monitor has ended */
        return;
    }
    if (m.kind == CONTROL_INJECT) {
        memcpy(&be->inject, m.body, sizeof(be->inject));
        return;
    }
    disconnect(be);
    if (m.kind == CONTROL_DISCONNECT) {
        answer(be, CONTROL_DISCONNECTED);
        return;
    }
    look_at_clock(be); /* for what is done again */
    be->resumed = m.resumed;
    be->connected = be->ops->connect(be, m.body) == 0;
    answer(be, be->connected ? CONTROL_CONNECTED : CONTROL_REFUSED);
}

/* The ports that fired stay masked until the rings were looked at, so that a guest's storm of
 * events costs one round of the loop for each time there may be work. */
static void on_event(struct source *s, uint32_t events)
{
    struct backend *be = (void *)((char *)s - offsetof(struct backend, event_source));
    ssize_t n = read(s->fd, be->masked, sizeof(be->masked));

    (void)events;
    be->masked_bytes = n > 0 ? (size_t)n : 0;
}

/* All in one call; a port that is unbound meanwhile is nothing to complain of. */
static void unmask(struct backend *be)
{
    const size_t n = be->masked_bytes;

    be->masked_bytes = 0;
    if (n && write(be->event_source.fd, be->masked, n) < 0)
        return;
}

int backend_prepare(struct backend *be)
{
    if (fcntl(xenevtchn_fd(be->xce), F_SETFL, O_RDWR | O_NONBLOCK))
        return -1;
    be->event_source = (struct source){.fd = xenevtchn_fd(be->xce), .ready = on_event};
    be->control_source = (struct source){.fd = be->control, .ready = on_control};
    if (loop_init() || loop_add(&be->event_source, EPOLLIN) ||
        loop_add(&be->control_source, EPOLLIN))
        return -1;
    return 0;
}

void backend_serve(struct backend *be)
{
    while (!be->leaving) {
        int ms = be->connected ? be->ops->run(be) : -1;

        unmask(be);
        if (be->trouble.slow || be->trouble.failed)
            stats_report(be);
        loop_wait(ms);
        look_at_clock(be);
    }
}

/*
 * One request and its answer; 0, or -1 with errno.  Without the monitor this process ends at once:
 * the guest must not be told of errors that the next one will not have.
 */
static int ask(struct backend *be, const struct grant_request *q, struct grant_reply *a)
{
    size_t len = grant_request_size(q->call, q->count);

    if (send(be->grants, q, len, MSG_NOSIGNAL) != (ssize_t)len)
        _exit(1);
    len = grant_reply_size(q->call, q->count);
    if (recv(be->grants, a, sizeof(*a), 0) != (ssize_t)len)
        _exit(1);
    errno = a->error;
    return errno ? -1 : 0;
}

static void forget(struct backend *be, uint64_t index, uint32_t count)
{
    struct grant_request q = {.call = GRANT_UNMAP, .count = count, .index = index};
    struct grant_reply a;
    int saved = errno;

    ask(be, &q, &a);
    errno = saved;
}

void *backend_map(struct backend *be, const uint32_t *refs, uint32_t count)
{
    struct grant_request q = {.call = GRANT_MAP, .count = count};
    struct grant_reply a;
    void *page;

    if (count > GRANT_REFS) {
        errno = EINVAL;
        return NULL;
    }
    memcpy(q.ref, refs, count * sizeof(*refs));
    if (ask(be, &q, &a))
        return NULL;
    page = mmap(NULL, count * (size_t)RING_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, be->gntdev,
                a.index);
    if (page != MAP_FAILED)
        return page;
    forget(be, a.index, count);
    return NULL;
}

void backend_unmap(struct backend *be, void *ring, uint32_t count)
{
    struct ioctl_gntdev_get_offset_for_vaddr where = {.vaddr = (uintptr_t)ring};

    if (!ring || ioctl(be->gntdev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &where))
        return;
    munmap(ring, count * (size_t)RING_PAGE);
    forget(be, where.offset, count);
}

int backend_copy(struct backend *be, uint32_t count, xengnttab_grant_copy_segment_t *segs)
{
    static struct grant_request q;
    static struct grant_reply a;

    if (count > GRANT_PARTS)
        return -1;
    q.call = GRANT_COPY;
    q.count = count;
    for (uint32_t i = 0; i < count; i++) {
        bool out = segs[i].flags & GNTCOPY_dest_gref;
        const union xengnttab_copy_ptr *guest = out ? &segs[i].dest : &segs[i].source;
        const uint8_t *own = (out ? segs[i].source : segs[i].dest).virt;

        q.part[i] = (struct grant_part){.ref = guest->foreign.ref,
                                        .at = (uint32_t)(own - be->area),
                                        .offset = guest->foreign.offset,
                                        .len = segs[i].len,
                                        .to_guest = out};
    }
    if (ask(be, &q, &a))
        return -1;
    for (uint32_t i = 0; i < count; i++)
        segs[i].status = a.status[i];
    return 0;
}

int backend_bind(struct backend *be, uint32_t remote_port)
{
    return xenevtchn_bind_interdomain(be->xce, be->domid, remote_port);
}

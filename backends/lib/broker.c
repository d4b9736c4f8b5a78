/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping and copying grants for a worker; see broker.h. */
#include "lib/broker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <xen/grant_table.h>
#include <xen/sys/gntdev.h>

static int map(struct broker *b, const struct grant_request *q, uint64_t *index)
{
    union {
        struct ioctl_gntdev_map_grant_ref arg;
        uint8_t room[sizeof(struct ioctl_gntdev_map_grant_ref) +
                     GRANT_REFS * sizeof(struct ioctl_gntdev_grant_ref)];
    } u = {.arg.count = q->count};
    struct ioctl_gntdev_grant_ref *ref;

    if (!q->count || q->count > GRANT_REFS)
        return EINVAL;
    if (b->mapped + q->count > b->limit)
        return ENOSPC;
    ref = u.arg.refs; /* as many as there is room for */
    for (uint32_t i = 0; i < q->count; i++)
        ref[i] = (struct ioctl_gntdev_grant_ref){.domid = b->domid, .ref = q->ref[i]};
    if (b->call(b->gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &u.arg))
        return errno;
    b->mapped += q->count;
    *index = u.arg.index;
    return 0;
}

static int unmap(struct broker *b, const struct grant_request *q)
{
    struct ioctl_gntdev_unmap_grant_ref arg = {.index = q->index, .count = q->count};

    if (q->count > b->mapped)
        return EINVAL;
    if (b->call(b->gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg))
        return errno;
    b->mapped -= q->count;
    return 0;
}

static int copy(struct broker *b, const struct grant_request *q, int16_t *status)
{
    struct ioctl_gntdev_grant_copy_segment segment[GRANT_PARTS];
    struct ioctl_gntdev_grant_copy arg = {.count = q->count, .segments = segment};

    for (uint32_t i = 0; i < q->count; i++) {
        const struct grant_part *p = &q->part[i];
        struct ioctl_gntdev_grant_copy_segment *s = &segment[i];

        if (p->at > b->size || p->len > b->size - p->at)
            return EINVAL;
        memset(s, 0, sizeof(*s));
        s->len = p->len;
        s->flags = p->to_guest ? GNTCOPY_dest_gref : GNTCOPY_source_gref;
        (p->to_guest ? &s->source : &s->dest)->virt = b->area + p->at;
        (p->to_guest ? &s->dest : &s->source)->foreign.ref = p->ref;
        (p->to_guest ? &s->dest : &s->source)->foreign.offset = p->offset;
        (p->to_guest ? &s->dest : &s->source)->foreign.domid = (domid_t)b->domid;
    }
    if (b->call(b->gntdev, IOCTL_GNTDEV_GRANT_COPY, &arg))
        return errno;
    for (uint32_t i = 0; i < q->count; i++)
        status[i] = segment[i].status;
    return 0;
}

size_t broker_answer(struct broker *b, const struct grant_request *q, size_t len,
                     struct grant_reply *a)
{
    if (len < offsetof(struct grant_request, ref) || q->call < GRANT_MAP || q->call > GRANT_COPY ||
        (q->call == GRANT_COPY && q->count > GRANT_PARTS) ||
        len != grant_request_size(q->call, q->count))
        return 0;
    memset(a, 0, grant_reply_size(q->call, q->count));
    switch (q->call) {
    case GRANT_MAP:
        a->error = map(b, q, &a->index);
        break;
    case GRANT_UNMAP:
        a->error = unmap(b, q);
        break;
    default:
        a->error = copy(b, q, a->status);
        break;
    }
    return grant_reply_size(q->call, q->count);
}

static int call_kernel(int fd, unsigned long request, void *arg)
{
    return ioctl(fd, request, arg);
}

/* Ends when the worker's end is closed, or when it does not keep to the protocol. */
static void *serve(void *arg)
{
    static struct grant_request q;
    static struct grant_reply a;
    struct broker *b = arg;
    ssize_t n;

    while ((n = recv(b->socket, &q, sizeof(q), 0)) > 0) {
        size_t size = broker_answer(b, &q, n, &a);

        if (!size || send(b->socket, &a, size, MSG_NOSIGNAL) != (ssize_t)size)
            break;
    }
    shutdown(b->socket, SHUT_RDWR);
    return NULL;
}

int broker_start(struct broker *b)
{
    pthread_t thread;

    b->call = call_kernel;
    errno = pthread_create(&thread, NULL, serve, b);
    return errno ? -1 : 0;
}

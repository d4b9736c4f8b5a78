/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grants of one guest, on behalf of a worker.  Linux' gntdev maps and copies grants of any
 * domain, and the domain stands in memory, where a system-call filter cannot look.  So the worker
 * may not call it; it names references only, and the domain is filled in here.
 */
#ifndef BACK_BROKER_H
#define BACK_BROKER_H

#include <stddef.h>
#include <stdint.h>
#include <xengnttab.h>

#include "lib/channel.h"

struct broker {
    int socket; /* to the worker */
    int gntdev;
    uint32_t domid;
    uint8_t *area; /* memory shared with the worker, where copies begin and end */
    size_t size;
    uint32_t mapped, limit; /* pages now, and at most */
    /* IOCTL_GNTDEV_MAP_GRANT_REF, _UNMAP_GRANT_REF, _GRANT_COPY: 0, or -1 with errno */
    int (*call)(int fd, unsigned long request, void *arg);
};

/*
 * Carries out @q, a message of @len bytes, and fills @a: the answer's size, or 0 if what came is no
 * request at all.
 */
size_t broker_answer(struct broker *b, const struct grant_request *q, size_t len,
                     struct grant_reply *a);

/* Serves the worker in a thread until it is gone; 0, or -1 with errno. */
int broker_start(struct broker *b);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The event loop: one epoll set; whoever has a descriptor brings a source. */
#ifndef LIB_LOOP_H
#define LIB_LOOP_H

#include <stdint.h>

struct source {
    int fd;
    void (*ready)(struct source *s, uint32_t events); /* EPOLL* */
};

/* Creates the set; 0, or -1 with errno. */
int loop_init(void);

/* Adds a source, changes what it waits for, takes it out (before its fd is closed). */
int loop_add(struct source *s, uint32_t events);
void loop_change(struct source *s, uint32_t events);
void loop_del(struct source *s);

/* Waits for sources, @timeout in ms or -1, and runs those that are ready. */
void loop_wait(int timeout);

#endif

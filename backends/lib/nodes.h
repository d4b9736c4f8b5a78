/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's two halves in xenstore, as every back-end reads and writes them. */
#ifndef BACK_NODES_H
#define BACK_NODES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>

struct nodes {
    struct xs_handle *xs;
    char back[128], front[128]; /* xenstore paths */
    uint32_t domid;             /* of the front-end */
};

/* Finds the front-end of the back-end node @path, with n->xs open; 0, or -1 after saying why. */
int nodes_find(struct nodes *n, const char *path);

/* Watches both states, whether the device is still wanted, and what faults it shall have. */
void nodes_watch(const struct nodes *n);

/* Takes all watch events that wait: how many; -1 after saying so if xenstored went away. */
int nodes_events(const struct nodes *n);

void nodes_set_state(const struct nodes *n, int state);

/* Says @why, also in the place where xm looks for the reason: error/backend/... beside backend/...
 */
void nodes_report(const struct nodes *n, const char *why);

/* A number that the guest wrote below its half, @key printf-style; false if absent or too large. */
bool nodes_front_number(const struct nodes *n, uint32_t max, uint32_t *value, const char *fmt,
                        va_list ap);

/* As before, for a yes/no feature: absent is no. */
bool nodes_front_flag(const struct nodes *n, const char *key);

/* Writes one of the back-end's own numbers. */
bool nodes_put(const struct nodes *n, const char *key, uint64_t value);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Xenstore client on the domain's shared ring.  One request at a time; watch events that arrive
 * meanwhile are counted in their struct store_watch.  Not for use in event handlers.
 */
#ifndef FRONT_STORE_H
#define FRONT_STORE_H

#include <front/abi.h>

#define STORE_PATH_MAX 128

struct store_watch {
    char token[16];
    unsigned fired; /* counts events, the first of which comes at once */
    struct store_watch *next;
};

/* Maps the ring named by start_info; 0 or a negative error. */
long store_init(void);

/* Value of dir/node (node may be NULL) into `buf`, terminated; its length or a negative error. */
long store_read(const char *dir, const char *node, char *buf, size_t size);
/* The same as a number; `missing` if there is none. */
uint64_t store_read_u64(const char *dir, const char *node, uint64_t missing);
/* Names of the children of `dir`, each terminated; total length or a negative error. */
long store_list(const char *dir, char *buf, size_t size);
/* Writes dir/node within transaction `tx` (0: none). */
long store_write(uint32_t tx, const char *dir, const char *node, const char *value);
long store_remove(const char *path);

/* Transactions: start gives an id > 0; end commits, -EAGAIN asks to repeat all of it. */
long store_tx_start(void);
long store_tx_end(uint32_t tx, bool commit);

/* Watches a path and everything below it, until unwatched. */
long store_watch(const char *path, struct store_watch *w);
long store_unwatch(const char *path, struct store_watch *w);
/* Takes in whatever the server sent; waits for something first if `until` (env_now() ns) is in the
 * future.  Returns with watch counters up to date. */
void store_poll(uint64_t until);

#endif

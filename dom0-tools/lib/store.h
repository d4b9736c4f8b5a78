/* SPDX-License-Identifier: BSD-2-Clause */
/* Short forms for xenstore: printf-style paths, numbers, lists of nodes, bounded waiting. */
#ifndef LIB_STORE_H
#define LIB_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>

#define STORE_PATH_MAX 512

/* Reads a node; malloc'ed text or NULL. */
char *store_read(struct xs_handle *xs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Reads a decimal number; @absent if the node is missing or holds something else. */
long store_number(struct xs_handle *xs, long absent, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

bool store_write(struct xs_handle *xs, xs_transaction_t t, const char *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes "<dir>/<key>" = printf(...). */
bool store_put(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Makes a directory that @owner owns and @reader may read (equal: nobody else). */
bool store_mkdir(struct xs_handle *xs, xs_transaction_t t, uint32_t owner, uint32_t reader,
                 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The same of a node that is there. */
bool store_own(struct xs_handle *xs, xs_transaction_t t, uint32_t owner, uint32_t reader,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Could nobody but @owner and domain 0 have written the node?  False if it is not there, too. */
bool store_is_own(struct xs_handle *xs, uint32_t owner, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Removes a node and what is below it; absent is fine. */
void store_remove(struct xs_handle *xs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Children of a directory: free() the array; NULL and 0 if absent. */
char **store_list(struct xs_handle *xs, unsigned int *count, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Runs @write in a transaction, again as long as others wrote meanwhile; its writes are posted (see
 * lib/xs_post.h), so it returns false only for reasons of its own.  False with errno: nothing is
 * written.
 */
bool store_transact(struct xs_handle *xs, bool (*write)(xs_transaction_t t, void *arg), void *arg);

/* ---- waiting ---- */

/* Milliseconds of a clock that only moves forward. */
int64_t store_now(void);

/* While on, store_wait() gives up at once; may be called from a signal handler. */
void store_cancel(bool on);
bool store_cancelled(void);

/*
 * Blocks until a watch of this handle fires or @deadline (store_now() units) has passed.
 * True if one fired; its event has been taken.
 */
bool store_wait(struct xs_handle *xs, int64_t deadline);

/* The same, but the event is returned (free() it); NULL if none came. */
char **store_event(struct xs_handle *xs, int64_t deadline);

/* Lets @ms pass before a look at what no watch tells of. */
void store_pause(int ms);

#endif

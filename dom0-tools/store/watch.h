/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches: which clients want to hear of which paths.  Pure.
 *
 * A hash table by path: a change at /a/b/c looks up /, /a, /a/b and /a/b/c, so that its cost does
 * not grow with the number of watches elsewhere.  Only a removal looks at all watches, because
 * those below the removed node are told as well.
 */
#ifndef STORE_WATCH_H
#define STORE_WATCH_H

#include "store/db.h"
#include "store/path.h"

#define WATCH_BUCKETS 1024

struct client;

struct watch {
    struct watch *next;  /* in its bucket */
    struct watch *later; /* of its client, in order of registration */
    struct client *client;
    uint32_t hash;
    size_t base_len; /* what to leave out of reported paths: see struct path */
    char *path;
    char *token;
};

struct watch_table {
    struct watch *bucket[WATCH_BUCKETS];
};

/* Adds a watch; NULL when the client has the same one already. */
struct watch *watch_add(struct watch_table *t, struct client *c, const struct path *p,
                        const char *token);

/* Removes one; false when there is none such. */
bool watch_del(struct watch_table *t, struct client *c, const char *path, const char *token);

/* Removes all watches of a client. */
void watch_del_all(struct watch_table *t, struct client *c);

typedef void watch_event_fn(struct client *c, const char *path, const char *token);

/*
 * Tells @event of every watch that matches a change of @list, if its client may read the node as
 * it was or is, or its parent.  The reported path is relative when the watch's was.
 */
void watch_fire(struct watch_table *t, const struct tree *tree, const struct change_list *list,
                watch_event_fn *event);

/* The event that every new watch gets at once. */
void watch_fire_first(const struct watch *w, watch_event_fn *event);

#endif

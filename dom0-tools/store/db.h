/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client may do with nodes: tree operations under permissions and quotas.  Pure.
 *
 * All functions return 0 or an errno value of io/xs_wire.h.  A failed call has changed nothing.
 * Paths are absolute and legal (path_resolve()).  When a client may not read or write the nearest
 * existing node above a missing one, it is told EACCES in place of ENOENT.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "store/quota.h"
#include "store/tree.h"

/* One modified path, for the watches. */
struct change {
    char *path;
    struct node *old; /* as it was: for removals and changed permissions, else NULL */
    bool removed;
};

struct change_list {
    struct change *c;
    unsigned int n, room;
};

/* Whose operation, on which version of the tree. */
struct view {
    struct tree *tree;
    const struct subject *who;
    const struct quota *quota;
    struct change_list *changes;
};

int db_lookup(const struct view *v, const char *path, unsigned int rights, const struct node **n);
int db_write(const struct view *v, const char *path, const void *value, size_t len);
int db_mkdir(const struct view *v, const char *path);
int db_rm(const struct view *v, const char *path);
int db_set_perms(const struct view *v, const char *path, const char *text, size_t len);

/* Records a change; takes the reference @old (may be NULL). */
void change_add(struct change_list *list, const char *path, struct node *old, bool removed);
void change_clear(struct change_list *list);

#endif

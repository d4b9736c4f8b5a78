/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree: nodes by absolute path, and how many nodes each domain owns.  Pure; no permission
 * checks (db.c has them).  A tree can be forked in constant time; both then change on their own.
 *
 * Invariants, recomputed by tree_audit():
 *   T-1  every node but the root is its parent's child exactly once, by name;
 *   T-2  owners[] counts exactly the nodes owned by each domain;
 *   T-3  no generation is newer than the tree's.
 */
#ifndef STORE_TREE_H
#define STORE_TREE_H

#include "store/node.h"

enum tree_special { SPECIAL_INTRODUCE, SPECIAL_RELEASE, SPECIAL_COUNT };

struct owner {
    unsigned int domid;
    unsigned int nodes;
};

struct tree {
    struct node *root;
    struct node *special[SPECIAL_COUNT]; /* nodes outside the tree that have permissions only */
    uint64_t gen;                        /* grows with every change */
    struct owner *owners;                /* domains with nodes, in order of domid */
    unsigned int owner_count;
};

/* A tree of "/" and the special nodes, all owned by dom0 and closed to others. */
void tree_init(struct tree *t);
void tree_fork(struct tree *to, const struct tree *from);
void tree_free(struct tree *t);

/* Nodes owned by a domain. */
unsigned int tree_owned(const struct tree *t, unsigned int domid);

/* The node at @path (absolute or special), or NULL. */
const struct node *tree_find(const struct tree *t, const char *path);

/* The nearest existing node at or above @path; *@depth is the length of its path's text. */
const struct node *tree_nearest(const struct tree *t, const char *path, size_t *depth);

/* The node at an existing @path, private, stamped with a new generation. */
struct node *tree_modify(struct tree *t, const char *path);

/* Adds an empty node below the existing parent; @path must not exist. */
struct node *tree_create(struct tree *t, const char *path, const struct perm_list *perms);

/* Takes the existing node at @path (not the root) out and returns it with its reference. */
struct node *tree_remove(struct tree *t, const char *path);

/* Replaces the permissions of the node at @path (must exist); takes @perms over. */
void tree_set_perms(struct tree *t, const char *path, struct perm_list *perms);

/* Removes all nodes owned by a dead domain, with what is below, and its permission entries. */
void tree_forget_domain(struct tree *t, unsigned int domid);

/* NULL, or the name of the invariant that does not hold. */
const char *tree_audit(const struct tree *t);

#endif

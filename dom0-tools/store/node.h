/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One node of the store: value, permissions, children.  Pure.
 *
 * Nodes are counted and shared between versions of the tree: a transaction's snapshot is one more
 * reference to the root.  Whoever wants to change a node first makes it private, which copies it
 * only if somebody else can see it (N-1: a node with more than one reference never changes).
 */
#ifndef STORE_NODE_H
#define STORE_NODE_H

#include "store/perm.h"

struct node {
    unsigned int refs;
    uint32_t hash; /* of the name */
    uint64_t gen;  /* when it or its list of children last changed */
    char *name;
    char *value;
    uint32_t value_len;
    struct perm_list perms;
    struct node **child;
    unsigned int child_count, child_room;
};

/* A node without value and children, with one reference and a copy of @perms. */
struct node *node_new(const char *name, size_t name_len, const struct perm_list *perms);

struct node *node_get(struct node *n);
void node_put(struct node *n);

/* Makes the node in *@slot safe to change, replacing it by a copy when it is shared. */
struct node *node_private(struct node **slot);

/* Position of a child, or -1. */
int node_find(const struct node *n, const char *name, size_t name_len);

/* For private nodes only: append a child (takes the reference), take one out (gives it). */
void node_add(struct node *n, struct node *child);
struct node *node_take(struct node *n, unsigned int pos);

/* For private nodes only. */
void node_set_value(struct node *n, const void *value, size_t len);

#endif

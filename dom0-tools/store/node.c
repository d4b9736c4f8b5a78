/* SPDX-License-Identifier: BSD-2-Clause */
/* Counted, copy-on-write nodes. */
#include "store/node.h"
#include "lib/xalloc.h"

static uint32_t hash_name(const char *name, size_t len)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h;
}

struct node *node_new(const char *name, size_t name_len, const struct perm_list *perms)
{
    struct node *n = xcalloc(1, sizeof(*n));

    n->refs = 1;
    n->hash = hash_name(name, name_len);
    n->name = xmemdup(name, name_len);
    n->value = xmemdup("", 0);
    perm_copy(&n->perms, perms);
    return n;
}

struct node *node_get(struct node *n)
{
    n->refs++;
    return n;
}

/* Recursion is as deep as the tree, which the longest path bounds to 1536 levels. */
void node_put(struct node *n)
{
    if (!n || --n->refs)
        return;
    for (unsigned int i = 0; i < n->child_count; i++)
        node_put(n->child[i]);
    free(n->child);
    perm_free(&n->perms);
    free(n->value);
    free(n->name);
    free(n);
}

struct node *node_private(struct node **slot)
{
    struct node *old = *slot, *n;

    if (old->refs == 1)
        return old;
    n = node_new(old->name, strlen(old->name), &old->perms);
    n->gen = old->gen;
    node_set_value(n, old->value, old->value_len);
    n->child_count = n->child_room = old->child_count;
    n->child = xmemdup(old->child, old->child_count * sizeof(*old->child));
    for (unsigned int i = 0; i < n->child_count; i++)
        node_get(n->child[i]);
    old->refs--;
    *slot = n;
    return n;
}

int node_find(const struct node *n, const char *name, size_t name_len)
{
    uint32_t hash = hash_name(name, name_len);

    for (unsigned int i = 0; i < n->child_count; i++) {
        const struct node *c = n->child[i];

        if (c->hash == hash && !strncmp(c->name, name, name_len) && !c->name[name_len])
            return i;
    }
    return -1;
}

void node_add(struct node *n, struct node *child)
{
    if (n->child_count == n->child_room) {
        n->child_room = n->child_room ? 2 * n->child_room : 4;
        n->child = xrealloc(n->child, n->child_room * sizeof(*n->child));
    }
    n->child[n->child_count++] = child;
}

struct node *node_take(struct node *n, unsigned int pos)
{
    struct node *c = n->child[pos];

    n->child_count--;
    memmove(&n->child[pos], &n->child[pos + 1], (n->child_count - pos) * sizeof(*n->child));
    return c;
}

void node_set_value(struct node *n, const void *value, size_t len)
{
    char *copy = xmemdup(value, len);

    free(n->value);
    n->value = copy;
    n->value_len = (uint32_t)len;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Doubly linked ring with a head of the same type. */
#ifndef HV_LIST_H
#define HV_LIST_H

#include <hv/types.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}
/* Insert n before position p (p is the head: at the tail). */
static inline void list_add_before(struct list *n, struct list *p)
{
    n->next = p;
    n->prev = p->prev;
    p->prev->next = n;
    p->prev = n;
}
static inline void list_add_head(struct list *n, struct list *head)
{
    list_add_before(n, head->next);
}
/* Unlink and leave n as an empty ring, so that a second list_del is harmless. */
static inline void list_del(struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}
#define list_entry(p, t, m)    container_of(p, t, m)
#define list_for_each(p, head) for ((p) = (head)->next; (p) != (head); (p) = (p)->next)
#define list_for_each_safe(p, q, head)                                                             \
    for ((p) = (head)->next, (q) = (p)->next; (p) != (head); (p) = (q), (q) = (p)->next)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The watch table and the matching of changes against it. */
#include "store/client.h"
#include "store/watch.h"
#include "lib/xalloc.h"

#define HASH_START 2166136261u

/* FNV-1a, so that the hash of a path goes on from that of its parent. */
static uint32_t hash_more(uint32_t h, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)p[i]) * 16777619u;
    return h;
}

static struct watch **find(struct watch_table *t, const struct client *c, const char *path,
                           const char *token)
{
    uint32_t hash = hash_more(HASH_START, path, strlen(path));
    struct watch **w = &t->bucket[hash % WATCH_BUCKETS];

    while (*w && !((*w)->hash == hash && (*w)->client == c && !strcmp((*w)->path, path) &&
                   !strcmp((*w)->token, token)))
        w = &(*w)->next;
    return w;
}

struct watch *watch_add(struct watch_table *t, struct client *c, const struct path *p,
                        const char *token)
{
    struct watch **slot = find(t, c, p->text, token), **last = &c->watches;
    struct watch *w;

    if (*slot)
        return NULL;
    w = xcalloc(1, sizeof(*w));
    w->client = c;
    w->hash = hash_more(HASH_START, p->text, strlen(p->text));
    w->base_len = p->base_len;
    w->path = xmemdup(p->text, strlen(p->text));
    w->token = xmemdup(token, strlen(token));
    *slot = w; /* the end of its bucket */
    while (*last)
        last = &(*last)->later;
    *last = w;
    c->watch_count++;
    return w;
}

static void unlink_watch(struct watch **slot)
{
    struct watch *w = *slot, **mine = &w->client->watches;

    *slot = w->next;
    while (*mine != w)
        mine = &(*mine)->later;
    *mine = w->later;
    w->client->watch_count--;
    free(w->path);
    free(w->token);
    free(w);
}

bool watch_del(struct watch_table *t, struct client *c, const char *path, const char *token)
{
    struct watch **slot = find(t, c, path, token);

    if (!*slot)
        return false;
    unlink_watch(slot);
    return true;
}

void watch_del_all(struct watch_table *t, struct client *c)
{
    while (c->watches)
        unlink_watch(find(t, c, c->watches->path, c->watches->token));
}

static void report(const struct watch *w, const char *path, watch_event_fn *event)
{
    event(w->client, path + w->base_len, w->token);
}

/* May the watch's client know of @path?  @old is the node before the change, if it matters. */
static bool may_know(const struct watch *w, const struct tree *tree, const char *path,
                     const struct node *old)
{
    const struct subject *who = &w->client->who;
    const struct node *now = tree_find(tree, path);
    char parent[XENSTORE_ABS_PATH_MAX + 1];
    size_t len = path_parent_len(path);

    if (now && perm_rights(&now->perms, who) & XS_PERM_READ)
        return true;
    if (old && perm_rights(&old->perms, who) & XS_PERM_READ)
        return true;
    if (path_is_special(path))
        return false;
    memcpy(parent, path, len);
    parent[len] = '\0';
    now = tree_find(tree, parent);
    return now && perm_rights(&now->perms, who) & XS_PERM_READ;
}

/* Fires the watches on exactly the first @len characters of the changed path. */
static void fire_bucket(struct watch_table *t, const struct tree *tree, const struct change *c,
                        uint32_t hash, size_t len, watch_event_fn *event)
{
    for (struct watch *w = t->bucket[hash % WATCH_BUCKETS]; w; w = w->next)
        if (w->hash == hash && !strncmp(w->path, c->path, len) && !w->path[len] &&
            may_know(w, tree, c->path, c->old))
            report(w, c->path, event);
}

static void fire_above(struct watch_table *t, const struct tree *tree, const struct change *c,
                       watch_event_fn *event)
{
    const char *path = c->path;
    uint32_t hash = hash_more(HASH_START, path, 1);
    size_t len = 1;

    if (path_is_special(path)) {
        len = strlen(path);
        fire_bucket(t, tree, c, hash_more(HASH_START, path, len), len, event);
        return;
    }
    fire_bucket(t, tree, c, hash, 1, event); /* watches on "/" */
    while (path[len]) {
        size_t start = len;

        len += strcspn(path + len + (start > 1), "/") + (start > 1);
        hash = hash_more(hash, path + start, len - start);
        fire_bucket(t, tree, c, hash, len, event);
    }
}

/* Watches strictly below a removed node hear of their own path, if it existed. */
static void fire_below(struct watch_table *t, const struct change *c, watch_event_fn *event)
{
    size_t len = strlen(c->path);
    struct tree gone = {.root = c->old};

    for (unsigned int b = 0; b < WATCH_BUCKETS; b++)
        for (struct watch *w = t->bucket[b]; w; w = w->next) {
            const struct node *old;

            if (!path_below(c->path, w->path) || !w->path[len])
                continue;
            old = tree_find(&gone, w->path + len);
            if (old && perm_rights(&old->perms, &w->client->who) & XS_PERM_READ)
                report(w, w->path, event);
        }
}

void watch_fire(struct watch_table *t, const struct tree *tree, const struct change_list *list,
                watch_event_fn *event)
{
    for (unsigned int i = 0; i < list->n; i++) {
        fire_above(t, tree, &list->c[i], event);
        if (list->c[i].removed)
            fire_below(t, &list->c[i], event);
    }
}

void watch_fire_first(const struct watch *w, watch_event_fn *event)
{
    report(w, w->path, event);
}

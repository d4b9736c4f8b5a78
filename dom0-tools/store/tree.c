/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes by path, forks of the whole tree, and the count of nodes per owner. */
#include "store/path.h"
#include "store/tree.h"
#include "lib/xalloc.h"

static const char *const special_name[SPECIAL_COUNT] = {"@introduceDomain", "@releaseDomain"};

static struct owner *find_owner(const struct tree *t, unsigned int domid, unsigned int *pos)
{
    unsigned int lo = 0, hi = t->owner_count;

    while (lo < hi) {
        unsigned int mid = (lo + hi) / 2;

        if (t->owners[mid].domid < domid)
            lo = mid + 1;
        else
            hi = mid;
    }
    *pos = lo;
    return lo < t->owner_count && t->owners[lo].domid == domid ? &t->owners[lo] : NULL;
}

static void count_owner(struct tree *t, unsigned int domid, int delta)
{
    unsigned int pos;
    struct owner *o = find_owner(t, domid, &pos);

    if (!o) {
        t->owners = xrealloc(t->owners, (t->owner_count + 1) * sizeof(*t->owners));
        o = &t->owners[pos];
        memmove(o + 1, o, (t->owner_count - pos) * sizeof(*o));
        t->owner_count++;
        *o = (struct owner){.domid = domid};
    }
    o->nodes += delta;
    if (!o->nodes) {
        t->owner_count--;
        memmove(o, o + 1, (t->owner_count - pos) * sizeof(*o));
    }
}

/* Takes a whole detached subtree out of the count. */
static void uncount_subtree(struct tree *t, const struct node *n)
{
    count_owner(t, n->perms.p[0].id, -1);
    for (unsigned int i = 0; i < n->child_count; i++)
        uncount_subtree(t, n->child[i]);
}

void tree_init(struct tree *t)
{
    struct perm_list perms;

    memset(t, 0, sizeof(*t));
    perm_init(&perms, 0, XS_PERM_NONE);
    t->root = node_new("", 0, &perms);
    for (int i = 0; i < SPECIAL_COUNT; i++)
        t->special[i] = node_new(special_name[i], strlen(special_name[i]), &perms);
    perm_free(&perms);
    count_owner(t, 0, 1);
}

void tree_fork(struct tree *to, const struct tree *from)
{
    *to = *from;
    node_get(to->root);
    for (int i = 0; i < SPECIAL_COUNT; i++)
        node_get(to->special[i]);
    to->owners = xmemdup(from->owners, from->owner_count * sizeof(*from->owners));
}

void tree_free(struct tree *t)
{
    node_put(t->root);
    for (int i = 0; i < SPECIAL_COUNT; i++)
        node_put(t->special[i]);
    free(t->owners);
    memset(t, 0, sizeof(*t));
}

unsigned int tree_owned(const struct tree *t, unsigned int domid)
{
    unsigned int pos;
    struct owner *o = find_owner(t, domid, &pos);

    return o ? o->nodes : 0;
}

static int special_of(const char *path)
{
    for (int i = 0; i < SPECIAL_COUNT; i++)
        if (!strcmp(path, special_name[i]))
            return i;
    return -1;
}

const struct node *tree_nearest(const struct tree *t, const char *path, size_t *depth)
{
    const struct node *n = t->root;
    const char *p = path;

    *depth = 1;
    while (p[0] && p[1]) {
        size_t len = strcspn(p + 1, "/");
        int pos = node_find(n, p + 1, len);

        if (pos < 0)
            break;
        n = n->child[pos];
        p += 1 + len;
        *depth = p - path;
    }
    return n;
}

const struct node *tree_find(const struct tree *t, const char *path)
{
    const struct node *n;
    size_t depth;
    int special;

    if (path_is_special(path)) {
        special = special_of(path);
        return special < 0 ? NULL : t->special[special];
    }
    n = tree_nearest(t, path, &depth);
    return path[depth] ? NULL : n;
}

/* Makes every node from the root to @path (of @len characters) private. */
static struct node *private_path(struct tree *t, const char *path, size_t len)
{
    struct node *n = node_private(&t->root);
    const char *p = path, *end = path + len;

    while (p < end && len > 1) {
        size_t part = strcspn(p + 1, "/");

        n = node_private(&n->child[node_find(n, p + 1, part)]);
        p += 1 + part;
    }
    return n;
}

struct node *tree_modify(struct tree *t, const char *path)
{
    struct node *n = path_is_special(path) ? node_private(&t->special[special_of(path)])
                                           : private_path(t, path, strlen(path));

    n->gen = ++t->gen;
    return n;
}

static const char *leaf_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

struct node *tree_create(struct tree *t, const char *path, const struct perm_list *perms)
{
    struct node *parent = private_path(t, path, path_parent_len(path));
    const char *leaf = leaf_of(path);
    struct node *n = node_new(leaf, strlen(leaf), perms);

    node_add(parent, n);
    parent->gen = n->gen = ++t->gen;
    count_owner(t, perms->p[0].id, 1);
    return n;
}

struct node *tree_remove(struct tree *t, const char *path)
{
    struct node *parent = private_path(t, path, path_parent_len(path));
    const char *leaf = leaf_of(path);
    struct node *n = node_take(parent, node_find(parent, leaf, strlen(leaf)));

    parent->gen = ++t->gen;
    uncount_subtree(t, n);
    return n;
}

void tree_set_perms(struct tree *t, const char *path, struct perm_list *perms)
{
    struct node *n = tree_modify(t, path);

    if (!path_is_special(path)) {
        count_owner(t, n->perms.p[0].id, -1);
        count_owner(t, perms->p[0].id, 1);
    }
    perm_free(&n->perms);
    n->perms = *perms;
    *perms = (struct perm_list){NULL, 0};
}

/* Does anything in this subtree name the domain?  Spares making the rest private. */
static bool names_domain(const struct node *n, unsigned int domid)
{
    for (unsigned int i = 0; i < n->perms.n; i++)
        if (n->perms.p[i].id == domid)
            return true;
    for (unsigned int i = 0; i < n->child_count; i++)
        if (names_domain(n->child[i], domid))
            return true;
    return false;
}

static void forget_below(struct tree *t, struct node *n, unsigned int domid)
{
    if (perm_forget(&n->perms, domid))
        n->gen = ++t->gen;
    for (unsigned int i = n->child_count; i-- > 0;) {
        if (n->child[i]->perms.p[0].id == domid) {
            struct node *dead = node_take(n, i);

            n->gen = ++t->gen;
            uncount_subtree(t, dead);
            node_put(dead);
        } else if (names_domain(n->child[i], domid)) {
            forget_below(t, node_private(&n->child[i]), domid);
        }
    }
}

void tree_forget_domain(struct tree *t, unsigned int domid)
{
    if (names_domain(t->root, domid))
        forget_below(t, node_private(&t->root), domid);
    for (int i = 0; i < SPECIAL_COUNT; i++)
        if (names_domain(t->special[i], domid))
            perm_forget(&node_private(&t->special[i])->perms, domid);
}

static const char *audit_node(const struct tree *t, const struct node *n, struct tree *count)
{
    const char *bad = NULL;

    if (n->gen > t->gen)
        return "T-3";
    count_owner(count, n->perms.p[0].id, 1);
    for (unsigned int i = 0; i < n->child_count && !bad; i++) {
        const struct node *c = n->child[i];

        if (node_find(n, c->name, strlen(c->name)) != (int)i || !c->name[0])
            return "T-1";
        bad = audit_node(t, c, count);
    }
    return bad;
}

const char *tree_audit(const struct tree *t)
{
    struct tree count = {0};
    const char *bad = audit_node(t, t->root, &count);

    if (!bad && (count.owner_count != t->owner_count ||
                 memcmp(count.owners, t->owners, t->owner_count * sizeof(*t->owners))))
        bad = "T-2";
    free(count.owners);
    return bad;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tree operations under permissions and quotas, with a record of what changed. */
#include <errno.h>

#include "lib/unconst.h"
#include "store/db.h"
#include "store/path.h"
#include "lib/xalloc.h"

void change_add(struct change_list *list, const char *path, struct node *old, bool removed)
{
    if (list->n == list->room) {
        list->room = list->room ? 2 * list->room : 4;
        list->c = xrealloc(list->c, list->room * sizeof(*list->c));
    }
    list->c[list->n++] =
        (struct change){.path = xmemdup(path, strlen(path)), .old = old, .removed = removed};
}

void change_clear(struct change_list *list)
{
    for (unsigned int i = 0; i < list->n; i++) {
        free(list->c[i].path);
        node_put(list->c[i].old);
    }
    free(list->c);
    *list = (struct change_list){0};
}

/* Rights on the nearest existing node strictly above @path. */
static unsigned int rights_above(const struct view *v, const char *path)
{
    char above[XENSTORE_ABS_PATH_MAX + 1];
    size_t len = path_parent_len(path), depth;

    memcpy(above, path, len);
    above[len] = '\0';
    return perm_rights(&tree_nearest(v->tree, above, &depth)->perms, v->who);
}

int db_lookup(const struct view *v, const char *path, unsigned int rights, const struct node **n)
{
    int err = ENOENT;

    *n = tree_find(v->tree, path);
    if (*n) {
        if ((perm_rights(&(*n)->perms, v->who) & rights) == rights)
            return 0;
        err = EACCES;
    }
    if (!path_is_special(path) && (rights_above(v, path) & rights) != rights)
        err = EACCES;
    return err;
}

/* Would @more nodes of its own be too many for this client? */
static bool too_many_nodes(const struct view *v, unsigned int more)
{
    return !v->who->privileged && tree_owned(v->tree, v->who->domid) + more > v->quota->nodes;
}

/*
 * Creates @path and what is missing above it.  A new node has its parent's permissions, but
 * belongs to the domain that made it: otherwise a guest could fill the store on dom0's account.
 */
static int create(const struct view *v, const char *path, struct node **created)
{
    char part[XENSTORE_ABS_PATH_MAX + 1];
    struct perm_list perms;
    size_t depth, len = strlen(path);
    const struct node *above = tree_nearest(v->tree, path, &depth);
    unsigned int missing = 0;

    for (size_t i = depth > 1 ? depth : 0; i < len; i++)
        missing += path[i] == '/';
    if (too_many_nodes(v, missing))
        return ENOSPC;
    perm_copy(&perms, &above->perms);
    if (!v->who->privileged)
        perms.p[0].id = v->who->domid;
    depth = depth > 1 ? depth : 0;
    while (depth < len) {
        depth += 1 + strcspn(path + depth + 1, "/");
        memcpy(part, path, depth);
        part[depth] = '\0';
        *created = tree_create(v->tree, part, &perms);
    }
    perm_free(&perms);
    change_add(v->changes, path, NULL, false);
    return 0;
}

int db_write(const struct view *v, const char *path, const void *value, size_t len)
{
    const struct node *found;
    struct node *n = NULL;
    int err = db_lookup(v, path, XS_PERM_WRITE, &found);

    if (err && err != ENOENT)
        return err;
    if (!v->who->privileged && len > v->quota->node_size)
        return ENOSPC;
    if (!err) {
        n = tree_modify(v->tree, path);
        change_add(v->changes, path, NULL, false);
    } else {
        err = create(v, path, &n);
        if (err)
            return err;
    }
    node_set_value(n, value, len);
    return 0;
}

int db_mkdir(const struct view *v, const char *path)
{
    const struct node *found;
    struct node *n;
    int err = db_lookup(v, path, XS_PERM_WRITE, &found);

    return err == ENOENT ? create(v, path, &n) : err;
}

int db_rm(const struct view *v, const char *path)
{
    const struct node *found;
    int err = db_lookup(v, path, XS_PERM_WRITE, &found);

    if (err == ENOENT) {
        /* Nothing to remove is fine as long as the parent exists. */
        char parent[XENSTORE_ABS_PATH_MAX + 1];
        size_t len = path_parent_len(path);

        memcpy(parent, path, len);
        parent[len] = '\0';
        return tree_find(v->tree, parent) ? 0 : ENOENT;
    }
    if (err)
        return err;
    if (!path[1])
        return EINVAL; /* the root stays */
    change_add(v->changes, path, tree_remove(v->tree, path), true);
    return 0;
}

int db_set_perms(const struct view *v, const char *path, const char *text, size_t len)
{
    const struct node *found;
    struct perm_list perms;
    int err = db_lookup(v, path, XS_PERM_WRITE | XS_PERM_OWNER, &found);

    if (err)
        return err;
    if (path_is_special(path) && !v->who->privileged)
        return EACCES;
    err = perm_parse(&perms, text, len);
    if (err)
        return err;
    if (!v->who->privileged) {
        if (perms.n > v->quota->perms)
            err = ENOSPC;
        else if (perms.p[0].id != found->perms.p[0].id)
            err = EPERM; /* nodes cannot be given away */
    }
    if (err) {
        perm_free(&perms);
        return err;
    }
    change_add(v->changes, path, node_get(unconst(found)), false);
    tree_set_perms(v->tree, path, &perms);
    return 0;
}

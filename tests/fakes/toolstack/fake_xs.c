/* SPDX-License-Identifier: BSD-2-Clause */
/* A store in memory; see fake.h.  Transactions are carried out at once, for nobody else writes; the
 * end of one that is given up brings back what was before. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "lib/xalloc.h"
#include "lib/xs_post.h"

struct xs_handle {
    int unused;
};

/* A failure while requests are posted is told at their end (lib/xs_post.h). */
static bool posting, post_failed;
unsigned int fake_round_trips;
/* Requests that lib/xs.c sends together */
#define POSTED 64

struct node {
    struct node *next;
    char *path, *value;
};

struct watch {
    struct watch *next;
    char path[128], token[64];
};

struct event {
    struct event *next;
    char path[256], token[64];
};

static struct node *nodes;
static struct watch *watches;
static struct event *events;
void (*fake_on_write)(const char *path);

static struct node *find(const char *path)
{
    struct node *n = nodes;

    while (n && strcmp(n->path, path) != 0)
        n = n->next;
    return n;
}

static struct node *before; /* the transaction */

static void free_nodes(struct node **list)
{
    while (*list) {
        struct node *n = *list;

        *list = n->next;
        free(n->path);
        free(n->value);
        free(n);
    }
}

static bool below(const char *path, const char *dir)
{
    size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

    return strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]);
}

static void queue(const struct watch *w, const char *path)
{
    struct event **link = &events, *e = xcalloc(1, sizeof(*e));

    while (*link)
        link = &(*link)->next;
    snprintf(e->path, sizeof(e->path), "%s", path);
    snprintf(e->token, sizeof(e->token), "%s", w->token);
    *link = e;
}

static void fire(const char *path)
{
    for (const struct watch *w = watches; w; w = w->next)
        if (below(path, w->path) || below(w->path, path))
            queue(w, path);
}

static void put(const char *path, const char *value)
{
    struct node *n = find(path);

    if (!n) {
        n = xcalloc(1, sizeof(*n));
        n->path = xmemdup(path, strlen(path));
        n->next = nodes;
        nodes = n;
    }
    free(n->value);
    n->value = xmemdup(value, strlen(value));
}

static bool take_away(const char *path)
{
    struct node **link = &nodes;
    bool any = false;

    while (*link) {
        struct node *n = *link;

        if (!below(n->path, path)) {
            link = &n->next;
            continue;
        }
        *link = n->next;
        free(n->path);
        free(n->value);
        free(n);
        any = true;
    }
    return any;
}

static void changed(const char *path)
{
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", path);
    fire(copy);
    if (fake_on_write)
        fake_on_write(copy);
}

void fake_store_reset(void)
{
    free_nodes(&nodes);
    free_nodes(&before);
    while (watches) {
        struct watch *w = watches;

        watches = w->next;
        free(w);
    }
    while (events) {
        struct event *e = events;

        events = e->next;
        free(e);
    }
    fake_on_write = NULL;
}

#define FORMAT_PATH                                                                                \
    char path[512];                                                                                \
    va_list args;                                                                                  \
    va_start(args, fmt);                                                                           \
    vsnprintf(path, sizeof(path), fmt, args);                                                      \
    va_end(args)

const char *fake_node(const char *fmt, ...)
{
    const struct node *n;

    FORMAT_PATH;
    n = find(path);
    return n ? n->value : NULL;
}

void fake_node_set(const char *value, const char *fmt, ...)
{
    FORMAT_PATH;
    put(path, value);
    fire(path);
}

unsigned int fake_node_count(const char *dir)
{
    unsigned int count = 0;

    for (const struct node *n = nodes; n; n = n->next)
        count += below(n->path, dir);
    return count;
}

bool fake_event_queued(void)
{
    return events != NULL;
}

/* ---- <xenstore.h> ---- */

struct xs_handle *xs_open(unsigned long flags)
{
    static struct xs_handle handle;

    (void)flags;
    return &handle;
}

void xs_close(struct xs_handle *h)
{
    (void)h;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
    const struct node *n = find(path);

    fake_round_trips++;
    (void)h;
    (void)t;
    if (!n) {
        errno = ENOENT;
        return NULL;
    }
    *len = strlen(n->value);
    return xmemdup(n->value, *len);
}

static bool request_fails(bool *answer)
{
    bool fails = fake_fails();

    post_failed |= fails && posting;
    *answer = posting;
    return fails;
}

void xs_post_begin(struct xs_handle *h)
{
    (void)h;
    posting = true;
}

bool xs_post_end(struct xs_handle *h)
{
    bool ok = !post_failed;

    fake_round_trips++;
    (void)h;
    posting = post_failed = false;
    if (!ok)
        errno = EIO;
    return ok;
}

bool xs_read_each(struct xs_handle *h, xs_transaction_t t, const char *const *path, unsigned int n,
                  char **value)
{
    unsigned int len, before = fake_round_trips;

    for (unsigned int i = 0; i < n; i++)
        value[i] = xs_read(h, t, path[i], &len);
    fake_round_trips = before + (n + POSTED - 1) / POSTED;
    return true;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
              unsigned int len)
{
    char *value;
    bool answer;

    fake_round_trips += !posting;
    (void)h;
    (void)t;
    if (request_fails(&answer))
        return answer;
    value = xmemdup(data, len);
    put(path, value);
    free(value);
    changed(path);
    return true;
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    bool answer;

    fake_round_trips += !posting;
    (void)h;
    (void)t;
    if (request_fails(&answer))
        return answer;
    if (!find(path))
        put(path, "");
    return true;
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    fake_round_trips += !posting;
    (void)h;
    (void)t;
    if (!take_away(path)) {
        errno = ENOENT;
        return false;
    }
    changed(path);
    return true;
}

struct xs_permissions fake_permissions[2] = {{.id = 0, .perms = XS_PERM_NONE}};

struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                                          unsigned int *num)
{
    struct xs_permissions *perms = find(path) ? malloc(sizeof(fake_permissions)) : NULL;

    fake_round_trips++;
    (void)h;
    (void)t;
    if (perms)
        memcpy(perms, fake_permissions, sizeof(fake_permissions));
    *num = perms ? 2 : 0;
    return perms;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                        struct xs_permissions *perms, unsigned int count)
{
    fake_round_trips += !posting;
    (void)h;
    (void)t;
    (void)perms;
    (void)count;
    return find(path) != NULL;
}

static int compare(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    long i = strtol(x, NULL, 10), j = strtol(y, NULL, 10);

    return i != j ? (i > j) - (i < j) : strcmp(x, y);
}

/* As the real one: an array and its texts in one piece. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *count)
{
    char *names[256], **list;
    size_t len = strlen(path);
    unsigned int n = 0;

    fake_round_trips++;
    (void)h;
    (void)t;
    for (const struct node *at = nodes; at; at = at->next) {
        size_t child;
        unsigned int i = 0;

        if (strncmp(at->path, path, len) != 0 || at->path[len] != '/')
            continue;
        child = strcspn(at->path + len + 1, "/");
        while (i < n &&
               (strlen(names[i]) != child || strncmp(names[i], at->path + len + 1, child) != 0))
            i++;
        if (i == n && n < 256)
            names[n++] = strndup(at->path + len + 1, child);
    }
    *count = n;
    if (n == 0 && !find(path)) {
        errno = ENOENT;
        return NULL;
    }
    qsort(names, n, sizeof(names[0]), compare);
    list = xcalloc(1, (n + 1) * (sizeof(char *) + 256));
    for (unsigned int i = 0; i < n; i++) {
        list[i] = (char *)(list + n + 1) + i * 256;
        snprintf(list[i], 256, "%s", names[i]);
        free(names[i]);
    }
    return list;
}

static struct node *copy_nodes(const struct node *from)
{
    struct node *first = NULL, **link = &first;

    for (; from; from = from->next) {
        struct node *n = *link = xcalloc(1, sizeof(*n));

        n->path = xmemdup(from->path, strlen(from->path));
        n->value = xmemdup(from->value, strlen(from->value));
        link = &n->next;
    }
    return first;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    fake_round_trips++;
    (void)h;
    if (fake_fails())
        return XBT_NULL;
    free_nodes(&before);
    before = copy_nodes(nodes);
    return 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    bool ok = abort || !fake_fails();

    fake_round_trips++;
    (void)h;
    (void)t;
    if (abort || !ok) {
        free_nodes(&nodes);
        nodes = before;
        before = NULL;
    }
    return ok;
}

bool xs_introduce_domain(struct xs_handle *h, unsigned int domid, unsigned long mfn,
                         unsigned int port)
{
    fake_round_trips++;
    (void)h;
    (void)domid;
    (void)mfn;
    (void)port;
    if (fake_fails())
        return false;
    fire("@introduceDomain");
    return true;
}

bool xs_resume_domain(struct xs_handle *xs, unsigned int domid)
{
    (void)xs;
    (void)domid;
    return !fake_fails();
}

bool xs_release_domain(struct xs_handle *h, unsigned int domid)
{
    fake_round_trips++;
    (void)h;
    (void)domid;
    fire("@releaseDomain");
    return true;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    struct watch *w = xcalloc(1, sizeof(*w));

    fake_round_trips += !posting;
    (void)h;
    snprintf(w->path, sizeof(w->path), "%s", path);
    snprintf(w->token, sizeof(w->token), "%s", token);
    w->next = watches;
    watches = w;
    queue(w, path);
    return true;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    struct watch **link = &watches;
    struct event **e = &events;

    fake_round_trips += !posting;
    (void)h;
    while (*link && (strcmp((*link)->path, path) != 0 || strcmp((*link)->token, token) != 0))
        link = &(*link)->next;
    if (*link) {
        struct watch *w = *link;

        *link = w->next;
        free(w);
    }
    while (*e) {
        struct event *old = *e;

        if (strcmp(old->token, token) != 0) {
            e = &old->next;
            continue;
        }
        *e = old->next;
        free(old);
    }
    return true;
}

int (*fake_xs_fileno)(void);

int xs_fileno(struct xs_handle *h)
{
    (void)h;
    return fake_xs_fileno ? fake_xs_fileno()
                          : -1; /* -1: events are there, or not, without waiting */
}

char **xs_check_watch(struct xs_handle *h)
{
    struct event *e = events;
    char **v;

    (void)h;
    if (!e) {
        errno = EAGAIN;
        return NULL;
    }
    events = e->next;
    v = xcalloc(1, 2 * sizeof(char *) + sizeof(e->path) + sizeof(e->token));
    v[XS_WATCH_PATH] = (char *)(v + 2);
    v[XS_WATCH_TOKEN] = v[XS_WATCH_PATH] + sizeof(e->path);
    strcpy(v[XS_WATCH_PATH], e->path);
    strcpy(v[XS_WATCH_TOKEN], e->token);
    free(e);
    return v;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections and domain lookup; see toolstack.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "domain/paths.h"
#include "domain/toolstack.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "lib/xs_post.h"

/* Domains per hypercall: the answer fits one page of hypercall memory */
#define CHUNK 32

#define NAME_PATH "/local/domain/%u/name"

int ts_open_xc(struct toolstack *ts)
{
    if (ts->xch)
        return 0;
    ts->xch = xc_interface_open(NULL, NULL, 0);
    if (ts->xch)
        return 0;
    if (errno == EACCES || errno == EPERM)
        return fail(&ts->fail, "permission denied (run %s as root)", ts->program);
    return fail(&ts->fail,
                "cannot reach the hypervisor: %s (is this dom0, and is xen-privcmd loaded?)",
                strerror(errno));
}

int ts_open(struct toolstack *ts)
{
    if (ts_open_xc(ts))
        return -1;
    if (!ts->xs)
        ts->xs = xs_open(0);
    if (ts->xs)
        return 0;
    return fail(&ts->fail, "cannot reach xenstored: %s (start it with: xenstored --daemonise)",
                strerror(errno));
}

void ts_close(struct toolstack *ts)
{
    xs_close(ts->xs);
    xc_interface_close(ts->xch);
    ts->xs = NULL;
    ts->xch = NULL;
}

int ts_domains(struct toolstack *ts, xc_domaininfo_t **list)
{
    uint32_t next = 0;
    int count = 0, got;

    *list = NULL;
    if (ts_open_xc(ts))
        return -1;
    do {
        *list = xrealloc(*list, (count + CHUNK) * sizeof(**list));
        got = xc_domain_getinfolist(ts->xch, next, CHUNK, *list + count);
        if (got < 0) {
            free(*list);
            *list = NULL;
            return fail(&ts->fail, "cannot list the domains: %s", strerror(errno));
        }
        count += got;
        next = got ? (*list)[count - 1].domain + 1 : 0;
    } while (got == CHUNK);
    return count;
}

bool ts_domain_info(struct toolstack *ts, uint32_t domid, xc_domaininfo_t *info)
{
    return xc_domain_getinfolist(ts->xch, domid, 1, info) == 1 && info->domain == domid;
}

/* @name, or what stands for it where the store has none. */
static char *named(char *name, uint32_t domid)
{
    char text[16];

    if (name && *name)
        return name;
    free(name);
    snprintf(text, sizeof(text), "%u", domid);
    return xmemdup(domid ? text : "Domain-0", strlen(domid ? text : "Domain-0"));
}

char *ts_domain_name(struct toolstack *ts, uint32_t domid)
{
    return named(ts->xs ? store_read(ts->xs, NAME_PATH, domid) : NULL, domid);
}

char **ts_domain_names(struct toolstack *ts, const xc_domaininfo_t *list, int n)
{
    char **names = xcalloc(n, sizeof(*names));
    char(*text)[sizeof(NAME_PATH) + 8] = xcalloc(n, sizeof(*text));
    const char **path = xcalloc(n, sizeof(*path));

    for (int i = 0; i < n; i++) {
        snprintf(text[i], sizeof(text[i]), NAME_PATH, list[i].domain);
        path[i] = text[i];
    }
    if (ts->xs)
        xs_read_each(ts->xs, XBT_NULL, path, n, names);
    for (int i = 0; i < n; i++)
        names[i] = named(names[i], list[i].domain);
    free(path);
    free(text);
    return names;
}

void ts_free_names(char **names, int n)
{
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

int ts_domid_of(struct toolstack *ts, const char *name)
{
    xc_domaininfo_t *list;
    int n = ts_domains(ts, &list), found = -1;
    char **names;

    if (n < 0)
        return -1;
    names = ts_domain_names(ts, list, n);
    for (int i = 0; i < n && found < 0; i++)
        if (strcmp(names[i], name) == 0)
            found = list[i].domain;
    ts_free_names(names, n);
    free(list);
    return found;
}

int ts_find(struct toolstack *ts, const char *who, uint32_t *domid)
{
    xc_domaininfo_t info;
    int found;

    if (ts_open(ts))
        return -1;
    if (*who && strspn(who, "0123456789") == strlen(who)) {
        unsigned long n = strtoul(who, NULL, 10);

        *domid = n;
        return strlen(who) <= 5 && n < DOMID_FIRST_RESERVED && ts_domain_info(ts, n, &info);
    }
    found = ts_domid_of(ts, who);
    *domid = found;
    return found >= 0;
}

bool ts_xend_running(void)
{
    char path[PATH_LEN];
    int fd = open(path_xend_lock(path), O_RDONLY | O_CLOEXEC);
    bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    return held;
}

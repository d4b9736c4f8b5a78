/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections and domain lookup shared by the verbs; see xm.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "xm/paths.h"
#include "xm/store.h"
#include "xm/xm.h"

/* Domains per hypercall: the answer fits one page of hypercall memory */
#define CHUNK 32

bool xm_need_xc(struct xm *xm)
{
    if (xm->xch)
        return true;
    xm->xch = xc_interface_open(NULL, NULL, 0);
    if (xm->xch)
        return true;
    if (errno == EACCES || errno == EPERM)
        xm_error(xm, "permission denied (run %s as root)", xm->program);
    else
        xm_error(xm, "cannot reach the hypervisor: %s (is this dom0, and is xen-privcmd loaded?)",
                 strerror(errno));
    return false;
}

bool xm_need_xs(struct xm *xm)
{
    if (xm->xs)
        return true;
    xm->xs = xs_open(0);
    if (xm->xs)
        return true;
    xm_error(xm, "cannot reach xenstored: %s (start it with: xenstored --daemonise)",
             strerror(errno));
    return false;
}

int xm_error(const struct xm *xm, const char *fmt, ...)
{
    va_list args;

    (void)xm;
    fflush(stdout);
    fputs("Error: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    return XM_FAILED;
}

int xm_report(const struct xm *xm)
{
    return xm_error(xm, "%s", xm->fail.text);
}

int xm_domains(struct xm *xm, xc_domaininfo_t **list)
{
    uint32_t next = 0;
    int count = 0, got;

    *list = NULL;
    if (!xm_need_xc(xm))
        return -1;
    do {
        xc_domaininfo_t *grown = realloc(*list, (count + CHUNK) * sizeof(**list));

        got = grown ? xc_domain_getinfolist(xm->xch, next, CHUNK, grown + count) : -1;
        if (got < 0) {
            xm_error(xm, "cannot list the domains: %s", strerror(errno));
            free(grown ? grown : *list);
            *list = NULL;
            return -1;
        }
        *list = grown;
        count += got;
        next = got ? grown[count - 1].domain + 1 : 0;
    } while (got == CHUNK);
    return count;
}

bool xm_domain_info(struct xm *xm, uint32_t domid, xc_domaininfo_t *info)
{
    return xc_domain_getinfolist(xm->xch, domid, 1, info) == 1 && info->domain == domid;
}

char *xm_domain_name(struct xm *xm, uint32_t domid)
{
    char *name = xm->xs ? store_read(xm->xs, "/local/domain/%u/name", domid) : NULL;
    char text[16];

    if (name && *name)
        return name;
    free(name);
    if (domid == 0)
        return strdup("Domain-0");
    snprintf(text, sizeof(text), "%u", domid);
    return strdup(text);
}

int xm_domid_of(struct xm *xm, const char *name)
{
    xc_domaininfo_t *list;
    int n = xm_domains(xm, &list), found = -1;

    for (int i = 0; i < n && found < 0; i++) {
        char *its = xm_domain_name(xm, list[i].domain);

        if (its && strcmp(its, name) == 0)
            found = list[i].domain;
        free(its);
    }
    free(list);
    return found;
}

static int no_domain(struct xm *xm, const char *who)
{
    if (xm->xl) {
        fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n", who);
        return XM_FAILED;
    }
    xm_error(xm, "Domain '%s' does not exist.", who);
    return XM_NO_DOMAIN;
}

int xm_find(struct xm *xm, const char *who, uint32_t *domid)
{
    xc_domaininfo_t info;
    int found;

    if (!xm_need_xc(xm) || !xm_need_xs(xm))
        return XM_FAILED;
    if (*who && strspn(who, "0123456789") == strlen(who)) {
        unsigned long n = strtoul(who, NULL, 10);

        if (strlen(who) > 5 || n >= DOMID_FIRST_RESERVED || !xm_domain_info(xm, n, &info))
            return no_domain(xm, who);
        *domid = n;
        return XM_OK;
    }
    found = xm_domid_of(xm, who);
    if (found < 0)
        return no_domain(xm, who);
    *domid = found;
    return XM_OK;
}

bool xm_xend_running(void)
{
    int fd = open(XEND_LOCK, O_RDONLY | O_CLOEXEC);
    bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    return held;
}

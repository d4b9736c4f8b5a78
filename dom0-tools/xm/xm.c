/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors and domain lookup for the verbs; see xm.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "domain/managed.h"
#include "lib/xalloc.h"
#include "xm/answer.h"
#include "xm/xm.h"

bool xm_need_xc(struct toolstack *ts)
{
    return ts_open_xc(ts) == 0 || (xm_report(ts), false);
}

bool xm_need(struct toolstack *ts)
{
    return ts_open(ts) == 0 || (xm_report(ts), false);
}

int xm_error(const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        xalloc_check(NULL);
    va_end(args);
    fflush(stdout);
    if (answer_wanted())
        answer_error(text);
    else
        fprintf(stderr, "Error: %s\n", text);
    free(text);
    return XM_FAILED;
}

int xm_report(const struct toolstack *ts)
{
    return xm_error("%s", ts->fail.text);
}

int xm_find(struct toolstack *ts, const char *who, uint32_t *domid)
{
    int found = ts_find(ts, who, domid);

    if (found > 0)
        return XM_OK;
    if (found < 0)
        return xm_report(ts);
    if (!ts->xl && managed_exists(who)) {
        xm_error("Domain '%s' is not running (start it with: %s start %s)", who, ts->program, who);
        return XM_NO_DOMAIN;
    }
    if (ts->xl) {
        if (answer_wanted())
            return xm_error("%s is an invalid domain identifier", who);
        fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n", who);
        return XM_FAILED;
    }
    xm_error("Domain '%s' does not exist.", who);
    return XM_NO_DOMAIN;
}

int xm_find_by(struct toolstack *ts, const char *who, uint32_t *domid, const char *wanted)
{
    if (!ts->xl || answer_wanted() || ts_find(ts, who, domid) != 0)
        return xm_find(ts, who, domid);
    fprintf(stderr, "Can't get %s '%s', maybe this domain does not exist.\n", wanted, who);
    return XM_FAILED;
}

bool xm_named(const struct args *args, const char *name)
{
    for (int i = 0; i < args->argc; i++)
        if (strcmp(args->argv[i], name) == 0)
            return true;
    return false;
}

xc_domaininfo_t *xm_select(struct toolstack *ts, const struct args *args, int *count, int *ret,
                           bool halted)
{
    xc_domaininfo_t *list;
    uint32_t domid;

    *ret = XM_FAILED;
    if (!xm_need(ts))
        return NULL;
    if (args->argc == 0) {
        *count = ts_domains(ts, &list);
        if (*count < 0)
            xm_report(ts);
        return list;
    }
    list = xcalloc(args->argc, sizeof(*list));
    *count = 0;
    for (int i = 0; i < args->argc; i++) {
        if (halted && managed_exists(args->argv[i]) && ts_domid_of(ts, args->argv[i]) < 0)
            continue;
        *ret = xm_find(ts, args->argv[i], &domid);
        if (*ret) {
            free(list);
            return NULL;
        }
        if (ts_domain_info(ts, domid, &list[*count]))
            ++*count;
    }
    return list;
}

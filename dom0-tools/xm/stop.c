/* SPDX-License-Identifier: BSD-2-Clause */
/* Stopping domains; see stop.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xm/stop.h"
#include "lib/store.h"
#include "domain/teardown.h"

/* How long xend may take to clear away a domain that has shut down */
#define CLEAR_MS 30000
/* The same until it starts one anew that was gone before we could see why */
#define AGAIN_MS 3000

int stop_request(struct toolstack *ts, uint32_t domid, const char *how)
{
    xc_domaininfo_t info;

    if (domid == 0)
        return xm_error("Domain-0 is stopped by its own poweroff or reboot command");
    if (!ts_domain_info(ts, domid, &info))
        return xm_error("Domain '%u' does not exist.", domid);
    if (info.flags & XEN_DOMINF_shutdown) /* it is down already */
        return XM_OK;
    if (ts->xl)
        fprintf(stderr, "%s domain %u\n",
                strcmp(how, "reboot") == 0 ? "Rebooting" : "Shutting down", domid);
    if (!store_write(ts->xs, XBT_NULL, how, "/local/domain/%u/control/shutdown", domid))
        return xm_error("cannot write to the domain's control node: %s", strerror(errno));
    return XM_OK;
}

/* The configured action for the way the domain went down. */
static char *action_for(struct toolstack *ts, const xc_domaininfo_t *info)
{
    unsigned int reason = (info->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
    const char *key = reason == SHUTDOWN_reboot  ? "on_reboot"
                      : reason == SHUTDOWN_crash ? "on_crash"
                                                 : "on_poweroff";
    char *vm = store_read(ts->xs, "/local/domain/%u/vm", info->domain), *action;

    action = vm ? store_read(ts->xs, "%s/%s", vm, key) : NULL;
    free(vm);
    return action;
}

/* A dying domain may stay a moment longer, until its back-ends let go of its last pages; nobody is
 * told when that happens. For the tools it has ended when its store node went away. */
static bool has_ended(struct toolstack *ts, const xc_domaininfo_t *info)
{
    char *node;

    if (!(info->flags & XEN_DOMINF_dying))
        return false;
    node = store_read(ts->xs, "/local/domain/%u", info->domain);
    free(node);
    return !node;
}

/* True once the domain is down; *@info is its last state, with domain id 0 once it is gone. */
static bool wait_down(struct toolstack *ts, uint32_t domid, xc_domaininfo_t *info, int64_t deadline,
                      bool until_gone)
{
    for (;;) {
        if (!ts_domain_info(ts, domid, info)) {
            info->domain = 0;
            return true;
        }
        if (until_gone ? has_ended(ts, info)
                       : info->flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying))
            return true;
        if (!store_wait(ts->xs, deadline))
            return false;
    }
}

/* Waits until it is down and cleared away; *@action is what was configured for that, or NULL. */
static int wait_end(struct toolstack *ts, uint32_t domid, char **action)
{
    static const char token[] = "stop";
    xc_domaininfo_t info;
    int ret = XM_OK;
    char home[32];

    *action = NULL;
    snprintf(home, sizeof(home), "/local/domain/%u", domid);
    xs_watch(ts->xs, "@releaseDomain", token);
    xs_watch(ts->xs, home, token);
    /* No time limit here: how long a guest takes is its own affair (callers use timeout(1)). */
    wait_down(ts, domid, &info, INT64_MAX / 2, false);
    if (info.domain)
        *action = action_for(ts, &info);
    if (*action && strcmp(*action, "preserve") != 0 && strcmp(*action, "rename-restart") != 0) {
        if (ts_xend_running())
            wait_down(ts, domid, &info, store_now() + CLEAR_MS, true);
        else if (teardown(ts, domid))
            ret = xm_report(ts);
    }
    xs_unwatch(ts->xs, home, token);
    xs_unwatch(ts->xs, "@releaseDomain", token);
    return ret;
}

int stop_wait(struct toolstack *ts, uint32_t domid)
{
    char *name = ts_domain_name(ts, domid), *action;
    int ret = wait_end(ts, domid, &action);

    printf("Domain %s terminated\n", name ? name : "?");
    free(name);
    free(action);
    return ret;
}

/* Waits for the domain that xend starts in place of @domid; false if there is none. */
static bool next_life(struct toolstack *ts, const char *name, uint32_t *domid, int ms)
{
    static const char token[] = "next";
    const int64_t deadline = store_now() + ms;
    int found;

    xs_watch(ts->xs, "@introduceDomain", token);
    do
        found = ts_domid_of(ts, name);
    while ((found < 0 || found == (int)*domid) && store_wait(ts->xs, deadline));
    xs_unwatch(ts->xs, "@introduceDomain", token);
    if (found < 0 || found == (int)*domid)
        return false;
    *domid = found;
    return true;
}

int stop_follow(struct toolstack *ts, uint32_t domid)
{
    char *name = ts_domain_name(ts, domid), *action;
    bool again;
    int ret;

    do {
        fprintf(stderr, "Waiting for domain %s (domid %u) to die [pid %d]\n", name, domid,
                (int)getpid());
        ret = wait_end(ts, domid, &action);
        again = !ret && (!action || strstr(action, "restart")) && ts_xend_running() &&
                next_life(ts, name, &domid, action ? CLEAR_MS : AGAIN_MS);
        free(action);
    } while (again);
    free(name);
    return ret;
}

static int stop_all(struct toolstack *ts, bool wait, const char *how)
{
    xc_domaininfo_t *list;
    int n = ts_domains(ts, &list), ret = n < 0 ? xm_report(ts) : XM_OK;

    for (int i = 0; i < n; i++)
        if (list[i].domain && stop_request(ts, list[i].domain, how))
            ret = XM_FAILED;
    for (int i = 0; wait && !ret && i < n; i++)
        if (list[i].domain && stop_wait(ts, list[i].domain))
            ret = XM_FAILED;
    free(list);
    if (wait && !ret)
        printf("All domains terminated\n");
    return ret;
}

int stop_run(struct toolstack *ts, const struct args *args, bool all, bool wait, const char *how)
{
    uint32_t domid;
    int ret;

    if (!xm_need(ts))
        return XM_FAILED;
    if (all)
        return stop_all(ts, wait, how);
    if (args->argc == 0)
        return xm_error("name a domain, or use -a for all");
    ret = xm_find(ts, args->argv[0], &domid);
    if (!ret)
        ret = stop_request(ts, domid, how);
    if (!ret && wait)
        ret = stop_wait(ts, domid);
    return ret;
}

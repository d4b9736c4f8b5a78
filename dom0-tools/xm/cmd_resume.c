/* SPDX-License-Identifier: BSD-2-Clause */
/* xm resume [-p] <Domain>: a managed domain that was suspended goes on. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "domain/managed.h"
#include "domain/save.h"
#include "domain/suspend.h"
#include "domain/teardown.h"
#include "xm/commands.h"
#include "xm/xm.h"

enum { OPT_PAUSED };

static const struct option_row options[] = {
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    {0},
};

/* The state goes before the domain runs: resumed twice, it would write to its disks what it knew
 * of them the first time. */
static int resume(struct toolstack *ts, const char *name, bool paused)
{
    char path[PATH_MAX];
    uint32_t domid;

    if (domain_restore_file(ts, managed_state(name, path), NULL, true, &domid))
        return xm_report(ts);
    if (unlink(path) != 0) {
        xm_error("cannot remove %s: %s; the domain stays suspended", path, strerror(errno));
        teardown(ts, domid);
        return XM_FAILED;
    }
    if (!paused && xc_domain_unpause(ts->xch, domid))
        return xm_error("cannot let domain '%s' run, it is paused: %s", name, strerror(errno));
    return XM_OK;
}

/* One that is in memory: a migration left it suspended, and its other half does not run. */
static int go_on(struct toolstack *ts, uint32_t domid, const char *name)
{
    xc_domaininfo_t info;

    if (!ts_domain_info(ts, domid, &info) || !(info.flags & XEN_DOMINF_shutdown) ||
        (info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask) != SHUTDOWN_suspend)
        return xm_error("Domain '%s' is running already", name);
    return domain_resume(ts, domid) ? xm_report(ts) : XM_OK;
}

static int run(struct toolstack *ts, const struct args *args)
{
    const char *name = args->argv[0];

    if (!xm_need(ts))
        return XM_FAILED;
    if (ts_domid_of(ts, name) >= 0)
        return go_on(ts, ts_domid_of(ts, name), name);
    if (!managed_exists(name)) {
        xm_error("Domain '%s' does not exist.", name);
        return XM_NO_DOMAIN;
    }
    if (!managed_suspended(name))
        return xm_error("Domain '%s' is not suspended (start it with: %s start %s)", name,
                        ts->program, name);
    return resume(ts, name, args->value[OPT_PAUSED]);
}

const struct command cmd_resume = {
    .name = "resume",
    .synopsis = "<Domain>",
    .help = "Resume a managed domain that was suspended",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .xm_only = true,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm delete <Domain>: forgets a managed domain that does not run. */
#include "domain/managed.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    const char *name = args->argv[0];

    if (!xm_need(ts))
        return XM_FAILED;
    if (ts_domid_of(ts, name) >= 0)
        return xm_error("Domain '%s' is running: shut it down or destroy it first", name);
    if (!managed_exists(name)) {
        xm_error("Domain '%s' does not exist.", name);
        return XM_NO_DOMAIN;
    }
    return managed_delete(ts, name) ? xm_report(ts) : XM_OK;
}

const struct command cmd_delete = {
    .name = "delete",
    .synopsis = "<Domain>",
    .help = "Remove a domain from xend's managed domains",
    .min_args = 1,
    .max_args = 1,
    .xm_only = true,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm pause <Domain> */
#include <errno.h>
#include <string.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (domid == 0)
        return xm_error("Domain-0 cannot be paused: nobody could unpause it");
    if (xc_domain_pause(ts->xch, domid))
        return xm_error("cannot pause domain %s: %s", args->argv[0], strerror(errno));
    return XM_OK;
}

const struct command cmd_pause = {
    .name = "pause",
    .synopsis = "<Domain>",
    .help = "Stop a domain's execution until unpause",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

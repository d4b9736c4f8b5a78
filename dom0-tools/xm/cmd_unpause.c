/* SPDX-License-Identifier: BSD-2-Clause */
/* xm unpause <Domain> */
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
    if (xc_domain_unpause(ts->xch, domid))
        return xm_error("cannot unpause domain %s: %s", args->argv[0], strerror(errno));
    return XM_OK;
}

const struct command cmd_unpause = {
    .name = "unpause",
    .synopsis = "<Domain>",
    .help = "Let a paused domain run again",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

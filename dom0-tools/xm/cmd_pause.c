/* SPDX-License-Identifier: BSD-2-Clause */
/* xm pause <Domain> */
#include <errno.h>
#include <string.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct xm *xm, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(xm, args->argv[0], &domid);

    if (ret)
        return ret;
    if (domid == 0)
        return xm_error(xm, "Domain-0 cannot be paused: nobody could unpause it");
    if (xc_domain_pause(xm->xch, domid))
        return xm_error(xm, "cannot pause domain %s: %s", args->argv[0], strerror(errno));
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm unpause <Domain> */
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
    if (xc_domain_unpause(xm->xch, domid))
        return xm_error(xm, "cannot unpause domain %s: %s", args->argv[0], strerror(errno));
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

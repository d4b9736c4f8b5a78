/* SPDX-License-Identifier: BSD-2-Clause */
/* xm destroy <Domain> */
#include "xm/commands.h"
#include "xm/teardown.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'f', NULL, NULL, "accepted for compatibility"},
    {0},
};

static int run(struct xm *xm, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(xm, args->argv[0], &domid);

    if (ret)
        return ret;
    if (domid == 0)
        return xm_error(xm, "Domain-0 cannot be destroyed: it is the one that runs %s",
                        xm->program);
    return teardown(xm, domid) ? xm_report(xm) : XM_OK;
}

const struct command cmd_destroy = {
    .name = "destroy",
    .synopsis = "<Domain>",
    .help = "Terminate a domain immediately",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm sysrq <Domain> <letter> */
#include "xm/commands.h"
#include "lib/store.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (!args->argv[1][0] || args->argv[1][1])
        return xm_error("'%s' is not one letter", args->argv[1]);
    if (!store_write(ts->xs, XBT_NULL, args->argv[1], "/local/domain/%u/control/sysrq", domid))
        return xm_error("cannot write to the domain's control node");
    return XM_OK;
}

const struct command cmd_sysrq = {
    .name = "sysrq",
    .synopsis = "<Domain> <letter>",
    .help = "Send a sysrq letter to a domain",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm block-configure */
#include <stdlib.h>

#include "domain/disk_change.h"
#include "xm/commands.h"
#include "xm/device_verbs.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    char *spec;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    spec = device_join_args(args);
    if (disk_change(ts, domid, spec))
        ret = xm_report(ts);
    free(spec);
    return ret;
}

const struct command cmd_block_configure = {
    .name = "block-configure",
    .synopsis = "<Domain> <BackDev> <FrontDev> [<Mode>] [<BackDomain>]",
    .help = "Change the image, disc or mode of a virtual disk",
    .min_args = 2,
    .max_args = -1,
    .xm_only = true,
    .run = run,
};

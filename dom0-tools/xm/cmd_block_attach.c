/* SPDX-License-Identifier: BSD-2-Clause */
/* xm block-attach */
#include "xm/commands.h"
#include "xm/device_verbs.h"

static int run(struct toolstack *ts, const struct args *args)
{
    return device_attach_args(ts, args, &class_disk);
}

const struct command cmd_block_attach = {
    .name = "block-attach",
    .synopsis = "<Domain> <BackDev> <FrontDev> [<Mode>] [<BackDomain>]",
    .help = "Give a running domain a new virtual disk",
    .min_args = 2,
    .max_args = -1,
    .run = run,
};

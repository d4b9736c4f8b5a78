/* SPDX-License-Identifier: BSD-2-Clause */
/* xm block-detach [-f] <Domain> <Device> */
#include "xm/commands.h"
#include "xm/device_verbs.h"

static const struct option_row options[] = {
    {'f', "force", NULL, "do not wait until the guest lets it go"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    return device_detach_args(ts, args, &class_disk, args->value[0]);
}

const struct command cmd_block_detach = {
    .name = "block-detach",
    .synopsis = "<Domain> <DevId>",
    .help = "Take a virtual disk away from a running domain",
    .options = options,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};

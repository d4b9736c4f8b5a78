/* SPDX-License-Identifier: BSD-2-Clause */
/* xm block-list <Domain> */
#include "xm/commands.h"
#include "xm/device_verbs.h"

static int run(struct toolstack *ts, const struct args *args)
{
    return device_list(ts, args, &class_disk);
}

const struct command cmd_block_list = {
    .name = "block-list",
    .synopsis = "<Domain>",
    .help = "List a domain's virtual disks",
    .options = device_list_options,
    .xm_options = DEVICE_LIST_OPTIONS,
    .min_args = 1,
    .max_args = -1,
    .harmless = true,
    .run = run,
};

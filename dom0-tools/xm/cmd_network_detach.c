/* SPDX-License-Identifier: BSD-2-Clause */
/* xm network-detach [-f] <Domain> <Device> */
#include "xm/commands.h"
#include "xm/device_verbs.h"

static const struct option_row options[] = {
    {'f', "force", NULL, "do not wait until the guest lets it go"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    return device_detach_args(ts, args, &class_nic, args->value[0]);
}

const struct command cmd_network_detach = {
    .name = "network-detach",
    .synopsis = "<Domain> <DevId|mac>",
    .help = "Take a virtual network interface away from a running domain",
    .options = options,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};

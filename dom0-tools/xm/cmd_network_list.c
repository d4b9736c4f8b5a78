/* SPDX-License-Identifier: BSD-2-Clause */
/* xm network-list <Domain> */
#include "xm/commands.h"
#include "xm/device_verbs.h"

static int run(struct toolstack *ts, const struct args *args)
{
    return device_list(ts, args, &class_nic);
}

const struct command cmd_network_list = {
    .name = "network-list",
    .synopsis = "<Domain>",
    .help = "List a domain's virtual network interfaces",
    .options = device_list_options,
    .xm_options = DEVICE_LIST_OPTIONS,
    .min_args = 1,
    .max_args = -1,
    .harmless = true,
    .run = run,
};

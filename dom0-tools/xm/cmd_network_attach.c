/* SPDX-License-Identifier: BSD-2-Clause */
/* xm network-attach */
#include "xm/commands.h"
#include "xm/device_verbs.h"

static int run(struct toolstack *ts, const struct args *args)
{
    return device_attach_args(ts, args, &class_nic);
}

const struct command cmd_network_attach = {
    .name = "network-attach",
    .synopsis = "<Domain> [mac=<mac>] [bridge=<bridge>] [ip=<ip>] [script=<script>] [...]",
    .help = "Give a running domain a new virtual network interface",
    .min_args = 1,
    .max_args = -1,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm reboot [-a] [-w] [Domain] */
#include "xm/commands.h"
#include "xm/stop.h"

static const struct option_row options[] = {
    {'a', "all", NULL, "reboot all domains but dom0"},
    {'w', "wait", NULL, "wait until the domain is down"},
    {'F', NULL, NULL, "accepted for compatibility"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    return stop_run(ts, args, args->value[0], args->value[1], "reboot");
}

const struct command cmd_reboot = {
    .name = "reboot",
    .synopsis = "<Domain>",
    .help = "Ask a domain to reboot",
    .options = options,
    .max_args = 1,
    .run = run,
};

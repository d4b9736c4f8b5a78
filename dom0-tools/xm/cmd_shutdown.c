/* SPDX-License-Identifier: BSD-2-Clause */
/* xm shutdown [-a] [-w] [-H] [-R] [Domain] */
#include "xm/commands.h"
#include "xm/stop.h"

static const struct option_row options[] = {
    {'a', "all", NULL, "shut down all domains but dom0"},
    {'w', "wait", NULL, "wait until the domain is down"},
    {'H', "halt", NULL, "halt instead of powering off"},
    {'R', "reboot", NULL, "reboot instead of powering off"},
    {'F', NULL, NULL, "accepted for compatibility"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    const char *how = args->value[3] ? "reboot" : args->value[2] ? "halt" : "poweroff";

    return stop_run(ts, args, args->value[0], args->value[1], how);
}

const struct command cmd_shutdown = {
    .name = "shutdown",
    .synopsis = "<Domain>",
    .help = "Ask a domain to shut down",
    .options = options,
    .max_args = 1,
    .run = run,
};

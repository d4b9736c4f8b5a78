/* SPDX-License-Identifier: BSD-2-Clause */
/* xm console <Domain> */
#include "xm/commands.h"
#include "xm/console.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'q', "quiet", NULL, "do not print an error if the domain does not exist"},
    {'t', "type", "pv", "kind of console (only pv exists)"},
    {'n', "num", "N", "number of the console (only 0 exists)"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret;

    if (args->value[0] && !freopen("/dev/null", "w", stderr))
        return XM_FAILED;
    ret = xm_find(ts, args->argv[0], &domid);
    return ret ? ret : console_run(domid);
}

const struct command cmd_console = {
    .name = "console",
    .synopsis = "<Domain>",
    .help = "Attach to a domain's console (^] leaves)",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .harmless = true,
    .run = run,
};

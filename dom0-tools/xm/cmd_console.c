/* SPDX-License-Identifier: BSD-2-Clause */
/* xm console <Domain> */
#include <string.h>

#include "xm/commands.h"
#include "xm/console.h"
#include "xm/xm.h"

enum { OPT_QUIET, OPT_TYPE, OPT_NUMBER, OPT_ESCAPE };

static const struct option_row options[] = {
    [OPT_QUIET] = {'q', "quiet", NULL, "do not print an error if the domain does not exist"},
    [OPT_TYPE] = {'t', "type", "pv", "kind of console (only pv exists)"},
    [OPT_NUMBER] = {'n', "num", "N", "number of the console (only 0 exists)"},
    [OPT_ESCAPE] = {'e', "escape", "KEY", "key that leaves, like ^A, in place of ^]"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    const char *kind = args->value[OPT_TYPE], *number = args->value[OPT_NUMBER];
    uint32_t domid;
    int ret;

    if (kind && strcmp(kind, "pv") != 0)
        return xm_error("--type %s: a paravirtual guest has a console of type pv only", kind);
    if (number && strcmp(number, "0") != 0)
        return xm_error("--num %s: a guest has console 0 only", number);
    if (args->value[OPT_QUIET] && !freopen("/dev/null", "w", stderr))
        return XM_FAILED;
    ret = xm_find(ts, args->argv[0], &domid);
    return ret ? ret : console_run(domid, args->value[OPT_ESCAPE]);
}

const struct command cmd_console = {
    .name = "console",
    .synopsis = "<Domain>",
    .help = "Attach to a domain's console (^] leaves)",
    .options = options,
    .xl_options = OPT_ESCAPE,
    .min_args = 1,
    .max_args = 1,
    .harmless = true,
    .run = run,
};

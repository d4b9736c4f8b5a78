/* SPDX-License-Identifier: BSD-2-Clause */
/* xm restore [-p] [-c] [<ConfigFile>] <File> */
#include "domain/config_file.h"
#include "domain/save.h"
#include "xm/commands.h"
#include "xm/console.h"
#include "xm/viewer.h"
#include "xm/xm.h"

enum { OPT_PAUSED, OPT_CONSOLE, OPT_VIEWER };

static const struct option_row options[] = {
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    [OPT_CONSOLE] = {'c', "console_autoconnect", NULL, "connect to the console afterwards"},
    [OPT_VIEWER] = VIEWER_OPTION,
    {'e', NULL, NULL, "accepted for compatibility"},
    {'d', NULL, NULL, "accepted for compatibility"},
    {'A', "vncviewer-autopass", NULL, "accepted for compatibility"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    const bool console = args->value[OPT_CONSOLE], paused = args->value[OPT_PAUSED];
    const char *config = args->argc > 1 ? args->argv[0] : NULL;
    uint32_t domid;

    if (!xm_need(ts))
        return XM_FAILED;
    if (domain_restore_file(ts, args->argv[args->argc - 1], config, paused || console, &domid))
        return xm_report(ts);
    if (args->value[OPT_VIEWER])
        viewer_start(ts, domid, args->argv[args->argc - 1]);
    if (!console)
        return XM_OK;
    return paused ? console_run(domid, NULL) : console_start(ts, domid);
}

const struct command cmd_restore = {
    .name = "restore",
    .synopsis = "[<ConfigFile>] <File>",
    .help = "Restore a domain from a file that save has made",
    .options = options,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm vncviewer <Domain>: shows a domain's display. */
#include "xm/commands.h"
#include "xm/viewer.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    return ret ? ret : viewer_run(ts, domid, args->argv[0]);
}

static const struct option_row options[] = {
    {0, "autopass", NULL, "accepted for compatibility"},
    {0, "vncviewer-autopass", NULL, "accepted for compatibility"},
    {0},
};

const struct command cmd_vncviewer = {
    .name = "vncviewer",
    .synopsis = "<Domain>",
    .help = "Show a domain's display",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .harmless = true,
    .run = run,
};

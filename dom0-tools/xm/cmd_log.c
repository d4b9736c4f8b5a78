/* SPDX-License-Identifier: BSD-2-Clause */
/* xm log: what xend and its back-ends said. */
#include <errno.h>
#include <string.h>

#include "domain/paths.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    FILE *in = fopen(paths.xend_log, "re");
    char buf[4096];
    size_t n;

    (void)ts;
    (void)args;
    if (!in)
        return xm_error("cannot read %s: %s", paths.xend_log, strerror(errno));
    while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
        fwrite(buf, 1, n, stdout);
    fclose(in);
    return XM_OK;
}

const struct command cmd_log = {
    .name = "log",
    .synopsis = "",
    .help = "Print xend's log",
    .xm_only = true,
    .harmless = true,
    .run = run,
};

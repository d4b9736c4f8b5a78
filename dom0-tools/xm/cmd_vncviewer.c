/* SPDX-License-Identifier: BSD-2-Clause */
/* xm vncviewer <Domain>: shows a domain's display, with the viewer that dom0 has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/store.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    char *address, where[96];
    uint32_t domid;
    long port;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    port = store_number(ts->xs, -1, "/local/domain/%u/console/vnc-port", domid);
    address = store_read(ts->xs, "/local/domain/%u/console/vnc-listen", domid);
    if (port < 0) {
        free(address);
        return xm_error("Domain '%s' has no display (vfb = [ 'vnc=1' ] gives it one)",
                        args->argv[0]);
    }
    snprintf(where, sizeof(where), "%s::%ld",
             !address || strcmp(address, "0.0.0.0") == 0 ? "localhost" : address, port);
    free(address);
    fflush(stdout);
    execlp("vncviewer", "vncviewer", where, NULL);
    return xm_error("cannot run vncviewer: %s (connect a VNC viewer to %s)", strerror(errno),
                    where);
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

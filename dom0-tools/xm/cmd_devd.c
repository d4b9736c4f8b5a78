/* SPDX-License-Identifier: BSD-2-Clause */
/* xm devd: in a driver domain, serve the devices that dom0 gives to it. */
#include <errno.h>
#include <string.h>

#include "lib/beside.h"
#include "lib/unconst.h"
#include "xm/commands.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'F', "foreground", NULL, "do not go to the background"},
    {'p', "pidfile", "FILE", "write the process id to FILE"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    char *argv[6] = {"xend", "--driver-domain"};
    int n = 2;

    (void)ts;
    if (!args->value[0])
        argv[n++] = "--daemonise";
    if (args->value[1]) {
        argv[n++] = "--pid-file";
        argv[n++] = unconst(args->value[1]);
    }
    beside_exec(argv);
    return xm_error("cannot run xend, which serves devices: %s", strerror(errno));
}

const struct command cmd_devd = {
    .name = "devd",
    .synopsis = "",
    .help = "In a driver domain: serve the disks and NICs that dom0 gives it",
    .options = options,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a VNC viewer; see viewer.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/store.h"
#include "xm/viewer.h"

int viewer_run(struct toolstack *ts, uint32_t domid, const char *name)
{
    long port = store_number(ts->xs, -1, "/local/domain/%u/console/vnc-port", domid);
    char *address = store_read(ts->xs, "/local/domain/%u/console/vnc-listen", domid);
    char where[96];

    if (port < 0) {
        free(address);
        return xm_error("Domain '%s' has no display (vfb = [ 'vnc=1' ] gives it one)", name);
    }
    snprintf(where, sizeof(where), "%s::%ld",
             !address || strcmp(address, "0.0.0.0") == 0 ? "localhost" : address, port);
    free(address);
    fflush(stdout);
    execlp("vncviewer", "vncviewer", where, NULL);
    return xm_error("cannot run vncviewer: %s (connect a VNC viewer to %s)", strerror(errno),
                    where);
}

void viewer_start(struct toolstack *ts, uint32_t domid, const char *name)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid < 0)
        xm_error("cannot run vncviewer: %s", strerror(errno));
    if (pid == 0)
        _exit(viewer_run(ts, domid, name));
}

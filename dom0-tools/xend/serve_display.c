/* SPDX-License-Identifier: BSD-2-Clause */
/* Displays: the port that viewers connect to, and hospes-fb. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store.h"
#include "xend/display.h"
#include "xend/serve.h"

/*
 * A display keeps its port for as long as the domain lives, also when its process is an adopted one
 * that held the socket.
 */
int display_serve_open(struct service *d, bool again, struct fail *f)
{
    char *address = store_read(service_xs, "%s/vnclisten", d->paths.back);
    long given = store_number(service_xs, 0, "%s/vncdisplay", d->paths.back);
    long port = again ? store_number(service_xs, -1, "%s/vnc-port", d->paths.back) : -1;
    bool unused = port < 0 && store_number(service_xs, 1, "%s/vncunused", d->paths.back) == 1;
    unsigned int display = port >= DISPLAY_PORT ? port - DISPLAY_PORT : given;
    char console[64];

    d->fd[0] = display_listen(address ? address : "127.0.0.1", unused, &display, f);
    snprintf(console, sizeof(console), "/local/domain/%u/console", d->domid);
    if (d->fd[0] >= 0) {
        store_put(service_xs, XBT_NULL, d->paths.back, "vnc-port", "%u", DISPLAY_PORT + display);
        store_put(service_xs, XBT_NULL, console, "vnc-port", "%u", DISPLAY_PORT + display);
        store_put(service_xs, XBT_NULL, console, "vnc-listen", "%s",
                  address ? address : "127.0.0.1");
    }
    free(address);
    return d->fd[0] < 0 ? -1 : 0;
}

int display_serve_start(struct service *d)
{
    struct device_paths keyboard = device_paths("vkbd", d->domid, d->id);
    char *argv[] = {"hospes-fb",   "--back",      d->paths.back, "--keyboard",
                    keyboard.back, "--listen-fd", "3",           NULL};

    return process_start(&d->process, argv, d->fd, 1);
}

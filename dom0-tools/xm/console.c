/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console client is a program of its own (xenconsole), found beside xm or in PATH: so xm holds
 * no terminal state, and a crash there leaves nothing of xm's half done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/teardown.h"
#include "lib/beside.h"
#include "xm/console.h"

/* notify: a descriptor on which the client says that it is connected; -1: none. */
static int become_client(uint32_t domid, int notify)
{
    char id[16], fd[16];
    char *args[] = {"xenconsole", id, NULL, NULL, NULL};

    snprintf(id, sizeof(id), "%u", domid);
    snprintf(fd, sizeof(fd), "%d", notify);
    if (notify >= 0) {
        args[2] = "--start-notify-fd";
        args[3] = fd;
    }
    fflush(stdout);
    beside_exec(args);
    return xm_error("cannot run xenconsole: %s", strerror(errno));
}

int console_run(uint32_t domid)
{
    return become_client(domid, -1);
}

/* Lets the guest run when the client is connected, or has ended: then nobody looks, that is all. */
static void unpause_when_connected(struct toolstack *ts, uint32_t domid, int from)
{
    char byte;

    while (read(from, &byte, 1) < 0 && errno == EINTR)
        ;
    if (xc_domain_unpause(ts->xch, domid) == 0)
        return;
    xm_error("cannot start the domain: %s", strerror(errno));
    teardown(ts, domid);
}

int console_start(struct toolstack *ts, uint32_t domid)
{
    int ends[2];
    pid_t child;

    fflush(stdout);
    if (pipe(ends) || (child = fork()) < 0) {
        xm_error("cannot start the console client: %s", strerror(errno));
        teardown(ts, domid);
        return XM_FAILED;
    }
    close(ends[child == 0]);
    if (child)
        return become_client(domid, ends[1]);
    unpause_when_connected(ts, domid, ends[0]);
    _exit(0);
}

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
#include "lib/unconst.h"
#include "xm/console.h"

/* With an @option and its @value, or NULL. */
static int become_client(uint32_t domid, const char *option, const char *value)
{
    char id[16];
    char *args[] = {"xenconsole", id, unconst(option), unconst(value), NULL};

    snprintf(id, sizeof(id), "%u", domid);
    fflush(stdout);
    beside_exec(args);
    return xm_error("cannot run xenconsole: %s", strerror(errno));
}

int console_run(uint32_t domid, const char *escape)
{
    return become_client(domid, escape ? "--escape" : NULL, escape);
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
    int ends[2]; /* on which the client says that it is connected */
    char fd[16];
    pid_t child;

    fflush(stdout);
    if (pipe(ends) || (child = fork()) < 0) {
        xm_error("cannot start the console client: %s", strerror(errno));
        teardown(ts, domid);
        return XM_FAILED;
    }
    close(ends[child == 0]);
    if (child) {
        snprintf(fd, sizeof(fd), "%d", ends[1]);
        return become_client(domid, "--start-notify-fd", fd);
    }
    unpause_when_connected(ts, domid, ends[0]);
    _exit(0);
}

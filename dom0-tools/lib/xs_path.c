/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths of the daemon's sockets, and of nodes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>
#include <xenstore_lib.h>

const char *xs_daemon_rundir(void)
{
    const char *dir = getenv("XENSTORED_RUNDIR");

    return dir ? dir : "/run/xenstored";
}

const char *xs_daemon_socket(void)
{
    static _Thread_local char path[4096];
    const char *env = getenv("XENSTORED_PATH");

    if (env)
        return env;
    snprintf(path, sizeof(path), "%s/socket", xs_daemon_rundir());
    return path;
}

const char *xs_daemon_socket_ro(void)
{
    return xs_daemon_socket();
}

bool xs_path_is_subpath(const char *parent, const char *child)
{
    size_t len = strlen(parent);

    if (len && parent[len - 1] == '/')
        len--;
    return !strncmp(parent, child, len) && (child[len] == '/' || !child[len]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console client is a program of its own (xenconsole), found beside xm or in PATH: so xm holds
 * no terminal state, and a crash there leaves nothing of xm's half done.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xm/console.h"

int console_run(uint32_t domid)
{
    char self[PATH_MAX], beside[PATH_MAX + 16], id[16];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    snprintf(id, sizeof(id), "%u", domid);
    fflush(stdout);
    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash) {
        snprintf(beside, sizeof(beside), "%.*s/xenconsole", (int)(slash - self), self);
        execl(beside, "xenconsole", id, (char *)NULL);
    }
    execlp("xenconsole", "xenconsole", id, (char *)NULL);
    return xm_error("cannot run xenconsole: %s", strerror(errno));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* See beside.h. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/beside.h"

void beside_exec(char *const argv[])
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    path[n > 0 ? n : 0] = '\0';
    slash = strrchr(path, '/');
    if (slash && !strchr(argv[0], '/')) {
        snprintf(slash + 1, sizeof(path) - (slash + 1 - path), "%s", argv[0]);
        execv(path, argv);
    }
    execvp(argv[0], argv);
}

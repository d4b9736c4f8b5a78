/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of what can be asked for; see routes.h. */
#include <string.h>

#include "http/routes.h"

#define ROUTE_PATH(name, path) [ROUTE_##name] = (path),
static const char *const paths_of[ROUTE_COUNT] = {ROUTES(ROUTE_PATH)};

const char *route_path(enum route route)
{
    return paths_of[route];
}

int route_find(const char *path)
{
    for (int i = 0; i < ROUTE_COUNT; i++)
        if (strcmp(paths_of[i], path) == 0)
            return i;
    return -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be asked for, and how the answers come to the process that gives them: in one message
 * with the text of every route, made at one moment.  Whoever asks sends a byte, any one.
 */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include <stdint.h>

/* ROUTE(name, path): JSON but for the last; each but all has a schema in schema/NAME.json. */
#define ROUTES(ROUTE)                                                                              \
    ROUTE(all, "/api/v1/all")                                                                      \
    ROUTE(host, "/api/v1/host")                                                                    \
    ROUTE(memory, "/api/v1/memory")                                                                \
    ROUTE(cpus, "/api/v1/cpus")                                                                    \
    ROUTE(domains, "/api/v1/domains")                                                              \
    ROUTE(disks, "/api/v1/disks")                                                                  \
    ROUTE(nics, "/api/v1/nics")                                                                    \
    ROUTE(events, "/api/v1/events")                                                                \
    ROUTE(metrics, "/metrics")

#define ROUTE_NUMBER(name, path) ROUTE_##name,
enum route { ROUTES(ROUTE_NUMBER) ROUTE_COUNT };
#undef ROUTE_NUMBER

/* A message: this, then the texts, one behind the other. */
struct route_lengths {
    uint32_t length[ROUTE_COUNT]; /* in bytes, each at most ROUTE_TEXT_MAX */
};

#define ROUTE_TEXT_MAX (16u << 20)

/* The path of a route. */
const char *route_path(enum route route);

/* The route of a path, or -1. */
int route_find(const char *path);

#endif

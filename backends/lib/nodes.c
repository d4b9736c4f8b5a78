/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes of a device; see nodes.h. */
#include "lib/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/daemon.h"
#include "lib/inject.h"
#include "lib/store.h"

int nodes_find(struct nodes *n, const char *path)
{
    char *front = store_read(n->xs, "%s/frontend", path);
    long domid = store_number(n->xs, -1, "%s/frontend-id", path);

    snprintf(n->back, sizeof(n->back), "%s", path);
    if (!front || domid < 0 || domid > UINT16_MAX) {
        log_msg("%s: no such back-end node in xenstore", path);
        free(front);
        return -1;
    }
    snprintf(n->front, sizeof(n->front), "%s", front);
    n->domid = (uint32_t)domid;
    free(front);
    return 0;
}

void nodes_watch(const struct nodes *n)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/state", n->front);
    xs_watch(n->xs, path, "front");
    snprintf(path, sizeof(path), "%s/state", n->back);
    xs_watch(n->xs, path, "back");
    snprintf(path, sizeof(path), "%s/online", n->back);
    xs_watch(n->xs, path, "online");
    snprintf(path, sizeof(path), "%s/" INJECT_NODE, n->back);
    xs_watch(n->xs, path, "inject");
}

int nodes_events(const struct nodes *n)
{
    int count = 0;
    char **event;

    while ((event = xs_check_watch(n->xs))) {
        free(event);
        count++;
    }
    if (errno == EAGAIN || errno == EINTR)
        return count;
    log_msg("%s: xenstored went away: %s", n->back, strerror(errno));
    return -1;
}

void nodes_set_state(const struct nodes *n, int state)
{
    if (!store_put(n->xs, XBT_NULL, n->back, "state", "%d", state))
        log_msg("%s: cannot write the state %d: %s", n->back, state, strerror(errno));
}

void nodes_report(const struct nodes *n, const char *why)
{
    const char *rest = strstr(n->back, "/backend/");

    log_msg("%s: %s", n->back, why);
    if (rest)
        store_write(n->xs, XBT_NULL, why, "%.*s/error%s/error", (int)(rest - n->back), n->back,
                    rest);
}

bool nodes_front_number(const struct nodes *n, uint32_t max, uint32_t *value, const char *fmt,
                        va_list ap)
{
    char key[64];
    long number;

    vsnprintf(key, sizeof(key), fmt, ap);
    number = store_number(n->xs, -1, "%s/%s", n->front, key);
    if (number < 0 || number > (long)max)
        return false;
    *value = (uint32_t)number;
    return true;
}

bool nodes_front_flag(const struct nodes *n, const char *key)
{
    return store_number(n->xs, 0, "%s/%s", n->front, key) == 1;
}

bool nodes_put(const struct nodes *n, const char *key, uint64_t value)
{
    return store_put(n->xs, XBT_NULL, n->back, key, "%llu", (unsigned long long)value);
}

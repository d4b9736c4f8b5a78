/* SPDX-License-Identifier: BSD-2-Clause */
/* Where devices live in xenstore, for xm and for xend; see device.h. */
#include <stdio.h>

#include "xm/device.h"
#include "xm/store.h"

const char *const device_types[] = {"vbd", "vif", NULL};

struct device_paths device_paths(const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p;

    snprintf(p.front, sizeof(p.front), "/local/domain/%u/device/%s/%u", domid, type, id);
    snprintf(p.back, sizeof(p.back), "/local/domain/0/backend/%s/%u/%u", type, domid, id);
    snprintf(p.error, sizeof(p.error), "/local/domain/0/error/backend/%s/%u/%u/error", type, domid,
             id);
    return p;
}

long device_front_number(struct xs_handle *xs, const struct device_paths *p, const char *key)
{
    long n = store_number(xs, -1, "%s/%s", p->front, key);

    return n >= 0 ? n : store_number(xs, -1, "%s/queue-0/%s", p->front, key);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that another domain than dom0 serves; see device.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/creation.h"
#include "lib/store.h"

static uint32_t home;
static char home_name[24] = "dom0";

void device_set_home(uint32_t domid)
{
    home = domid;
    if (domid)
        snprintf(home_name, sizeof(home_name), "domain %u", domid);
    else
        strcpy(home_name, "dom0");
}

uint32_t device_home(void)
{
    return home;
}

const char *device_home_name(void)
{
    return home_name;
}

int device_find_driver(struct toolstack *ts, const struct creation *c, struct device *dev)
{
    int found;

    if (!dev->backend)
        return 0;
    found = ts_find(ts, dev->backend, &dev->back);
    if (found == 0)
        return conf_fail(c->conf, dev->class->key, dev->value, &ts->fail,
                         "domain %s, which is to serve it, does not run (start it first)",
                         dev->backend);
    return found < 0 ? -1 : 0;
}

bool device_note_driver(struct toolstack *ts, xs_transaction_t t, uint32_t domid,
                        const struct device *dev)
{
    struct device_paths p = device_paths_by(dev->back, dev->class->type, domid, dev->id);
    char dir[64];

    if (!dev->back)
        return true;
    snprintf(dir, sizeof(dir), "/libxl/%u/device/%s/%u", domid, dev->class->type, dev->id);
    return store_put(ts->xs, t, dir, "backend-id", "%u", dev->back) &&
           store_put(ts->xs, t, dir, "backend", "%s", p.back);
}

uint32_t device_driver(struct toolstack *ts, const char *type, uint32_t domid, uint32_t id)
{
    return store_number(ts->xs, 0, "/libxl/%u/device/%s/%u/backend-id", domid, type, id);
}

char **device_driven(struct toolstack *ts, const char *type, uint32_t domid, unsigned int *count)
{
    return store_list(ts->xs, count, "/libxl/%u/device/%s", domid, type);
}

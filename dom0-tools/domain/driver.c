/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver domains that come and go; see driver.h. */
#include "domain/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/device.h"
#include "lib/store.h"

/* The names of domains that have left, by their numbers: one look finds that there is none. */
#define LEFT_DIR "/hospes/left"
#define LEFT     LEFT_DIR "/%u"

typedef void (*served_fn)(struct toolstack *ts, const struct device_at *at);

/* Calls @fn (NULL: nothing) for each device of a guest's that @domid serves; how many.  Only dom0 writes
 * these notes. */
static unsigned int each_served(struct toolstack *ts, uint32_t domid, served_fn fn)
{
    unsigned int guests, ids, count = 0;
    char **guest = store_list(ts->xs, &guests, "/libxl");

    for (unsigned int i = 0; i < guests; i++)
        for (const struct device_class *const *class = device_classes; *class; class ++) {
            const uint32_t of = strtoul(guest[i], NULL, 10);
            char **id = device_driven(ts, (*class)->type, of, &ids);

            for (unsigned int k = 0; k < ids; k++) {
                struct device_at at = device_at(ts, *class, of, strtoul(id[k], NULL, 10));

                if (at.back != domid)
                    continue;
                count++;
                if (fn)
                    fn(ts, &at);
            }
            free(id);
        }
    free(guest);
    return count;
}

/* Gives a node and all below it to @owner, for @reader to read. */
static void give(struct toolstack *ts, uint32_t owner, uint32_t reader, const char *path)
{
    char below[STORE_PATH_MAX];
    unsigned int n;
    char **names = store_list(ts->xs, &n, "%s", path);

    store_own(ts->xs, XBT_NULL, owner, reader, "%s", path);
    for (unsigned int i = 0; i < n; i++)
        if (snprintf(below, sizeof(below), "%s/%s", path, names[i]) < (int)sizeof(below))
            give(ts, owner, reader, below);
    free(names);
}

/* xenstored removes what a dead domain owns. */
static void keep(struct toolstack *ts, const struct device_at *at)
{
    give(ts, 0, at->domid, at->paths.back);
}

/*
 * xenstored has forgotten that the domain may look there.  The guest can read its device's nodes all the
 * time: Linux takes a disk whose size it may not read for one of any size.
 */
static void give_back(struct toolstack *ts, const struct device_at *at)
{
    const char *type = at->class->type;

    store_own(ts->xs, XBT_NULL, 0, at->back, BACKENDS_OF, at->back);
    store_own(ts->xs, XBT_NULL, 0, at->back, BACKENDS_OF "/%s", at->back, type);
    store_own(ts->xs, XBT_NULL, 0, at->back, BACKENDS_OF "/%s/%u", at->back, type, at->domid);
    give(ts, at->back, at->domid, at->paths.back);
    give(ts, at->domid, at->back, at->paths.front);
}

bool driver_serves(struct toolstack *ts, uint32_t domid)
{
    return domid && each_served(ts, domid, NULL) > 0;
}

void driver_leave(struct toolstack *ts, uint32_t domid)
{
    char *name = store_read(ts->xs, "/local/domain/%u/name", domid);

    if (name && each_served(ts, domid, keep) > 0)
        store_write(ts->xs, XBT_NULL, name, LEFT, domid);
    free(name);
}

bool driver_left(struct toolstack *ts, uint32_t domid)
{
    char *name = store_read(ts->xs, LEFT, domid);

    free(name);
    return name;
}

uint32_t driver_number(struct toolstack *ts, const char *name)
{
    unsigned int n;
    char **ids = store_list(ts->xs, &n, LEFT_DIR);
    uint32_t found = 0;

    for (unsigned int i = 0; i < n && !found; i++) {
        const uint32_t domid = strtoul(ids[i], NULL, 10);
        char *left = store_read(ts->xs, LEFT, domid);

        if (left && strcmp(left, name) == 0)
            found = domid;
        free(left);
    }
    free(ids);
    return found;
}

void driver_return(struct toolstack *ts, uint32_t domid)
{
    store_remove(ts->xs, LEFT, domid);
    each_served(ts, domid, give_back);
}

void driver_clear(struct toolstack *ts, uint32_t domid)
{
    store_remove(ts->xs, "/local/domain/%u", domid);
    store_remove(ts->xs, LEFT, domid);
}

void driver_forget(struct toolstack *ts, uint32_t domid)
{
    if (!driver_left(ts, domid) || driver_serves(ts, domid))
        return;
    driver_clear(ts, domid);
}

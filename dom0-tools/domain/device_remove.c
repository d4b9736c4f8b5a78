/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking devices away: the back-end lets go, then scripts, then the nodes; see device.h. */
#include <stdlib.h>
#include <string.h>

#include "domain/creation.h"
#include "domain/driver.h"
#include "lib/store.h"

/* How long a back-end may take to let go of a device whose front-end is gone */
#define CLOSE_MS 10000

void device_close(struct toolstack *ts, const struct device_at *at, bool gone)
{
    store_write(ts->xs, XBT_NULL, "0", "%s/online", at->paths.back);
    if (store_number(ts->xs, 0, "%s/state", at->paths.back) != STATE_CLOSED)
        store_write(ts->xs, XBT_NULL, "5", "%s/state", at->paths.back);
    if (gone)
        store_remove(ts->xs, "%s", at->paths.front);
}

bool device_is_open(struct toolstack *ts, const struct device_at *at)
{
    long state = store_number(ts->xs, STATE_CLOSED, "%s/state", at->paths.back);
    char *script;
    bool runs;

    if (at->back && driver_left(ts, at->back)) { /* nobody is there to let go but the guest */
        state = store_number(ts->xs, STATE_CLOSED, "%s/state", at->paths.front);
        return state > STATE_INITIALISING && state != STATE_CLOSED;
    }
    if (state != STATE_CLOSED && state != 0)
        return true;
    /* A driver domain runs the script itself, when nobody serves the device any more. */
    script = at->back ? store_read(ts->xs, "%s/hotplug-status", at->paths.back) : NULL;
    runs = script && strcmp(script, "connected") == 0;
    free(script);
    return runs;
}

void device_remove(struct toolstack *ts, const struct device_at *at)
{
    struct fail kept = ts->fail;

    if (!at->back) /* a driver domain runs its own scripts */
        at->class->unplug(ts, at);
    ts->fail = kept;
    store_remove(ts->xs, "%s", at->paths.front);
    store_remove(ts->xs, "%s", at->paths.back);
    store_remove(ts->xs, "%.*s", (int)(strrchr(at->paths.error, '/') - at->paths.error),
                 at->paths.error);
    store_remove(ts->xs, "/libxl/%u/device/%s/%u", at->domid, at->class->type, at->id);
    if (at->back)
        driver_forget(ts, at->back);
}

static void close_gone(struct toolstack *ts, const struct device_at *at, void *arg)
{
    (void)arg;
    device_close(ts, at, true);
}

static void count_open(struct toolstack *ts, const struct device_at *at, void *arg)
{
    *(unsigned int *)arg += device_is_open(ts, at);
}

static void remove_one(struct toolstack *ts, const struct device_at *at, void *arg)
{
    (void)arg;
    device_remove(ts, at);
}

static bool any_open(struct toolstack *ts, uint32_t domid)
{
    unsigned int open = 0;

    device_each(ts, domid, count_open, &open);
    return open > 0;
}

void devices_remove_all(struct toolstack *ts, uint32_t domid)
{
    static const char token[] = "closed";
    int64_t deadline = store_now() + CLOSE_MS;

    if (device_each(ts, domid, close_gone, NULL) == 0)
        return;
    devices_watch(ts, domid, token, true);
    while (any_open(ts, domid) && store_wait(ts->xs, deadline))
        ;
    devices_watch(ts, domid, token, false);
    device_each(ts, domid, remove_one, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that come and go while the domain runs; see device.h. */
#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/kept.h"
#include "lib/store.h"
#include "lib/xalloc.h"

/* libxl's limit too: the guest's driver needs milliseconds when it wants to let go. */
#define DETACH_MS 10000

/* Front-ends tell that they have a device by its state; a guest may be paused, so no waiting. */
static int attach_steps(struct toolstack *ts, struct creation *c)
{
    return devices_write(ts, c) || devices_bind(ts, c) || devices_wait(ts, c) || devices_plug(ts, c)
               ? -1
               : 0;
}

static int check_free(struct toolstack *ts, const struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++) {
        const struct device *dev = c->devices[i];
        struct device_at at = device_at(ts, dev->class, c->domid, dev->id);

        if (store_number(ts->xs, 0, "%s/state", at.paths.back))
            return fail(&ts->fail, "the domain has a device %s already (detach it first)",
                        dev->name);
    }
    return 0;
}

static int keep(struct toolstack *ts, const struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++)
        if (kept_device_added(ts, c->domid, c->devices[i]->class, c->devices[i]->value->text))
            return -1;
    return 0;
}

int device_attach(struct toolstack *ts, struct creation *c)
{
    if (check_free(ts, c) || devices_check(ts, c))
        return -1;
    if (attach_steps(ts, c) == 0 && keep(ts, c) == 0)
        return 0;
    for (size_t i = 0; i < c->device_count; i++) {
        struct device_at at = device_at(ts, c->devices[i]->class, c->domid, c->devices[i]->id);

        device_detach(ts, &at, true);
    }
    return -1;
}

int device_attach_spec(struct toolstack *ts, uint32_t domid, const struct device_class *class,
                       const char *spec)
{
    struct creation c = {0};
    struct conf *conf = xalloc_check(conf_parse("command line", "", 0, &ts->fail));
    int ret;

    config_set(conf, class->key, spec);
    ret = creation_prepare_device(ts, conf, domid, class, &c) || device_attach(ts, &c) ? -1 : 0;
    creation_free(&c);
    conf_free(conf);
    return ret;
}

static bool wait_closed(struct toolstack *ts, const struct device_at *at)
{
    static const char token[] = "detach";
    int64_t deadline = store_now() + DETACH_MS;
    bool open;

    devices_watch(ts, at->domid, token, true);
    while ((open = device_is_open(ts, at)) && store_wait(ts->xs, deadline))
        ;
    devices_watch(ts, at->domid, token, false);
    return !open;
}

/* The guest keeps the device: both sides are to go on as before the question. */
static void leave_it(struct toolstack *ts, const struct device_at *at)
{
    store_write(ts->xs, XBT_NULL, "1", "%s/online", at->paths.back);
    if (store_number(ts->xs, 0, "%s/state", at->paths.front) == STATE_CONNECTED)
        store_put(ts->xs, XBT_NULL, at->paths.back, "state", "%d", STATE_CONNECTED);
}

int device_detach(struct toolstack *ts, const struct device_at *at, bool force)
{
    struct fail kept = ts->fail;
    int ret;

    device_close(ts, at, force);
    if (!wait_closed(ts, at) && !force) {
        leave_it(ts, at);
        return fail(&ts->fail,
                    "the guest did not let go of device %u (%s) within %d s: it is in use there, "
                    "or the guest is paused (-f takes it away all the same)",
                    at->id, at->class->type, DETACH_MS / 1000);
    }
    ret = kept_device_gone(ts, at);
    device_remove(ts, at);
    if (force) /* also the undoing of an attach, whose error matters */
        ts->fail = kept;
    return force ? 0 : ret;
}

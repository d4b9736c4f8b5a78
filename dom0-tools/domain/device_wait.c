/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for back-ends: until every one is ready, one reports an error, or time is up. */
#include <stdlib.h>

#include "domain/creation.h"
#include "lib/store.h"
#include "lib/xs_post.h"

/* xm's device-create-timeout; a healthy back-end needs milliseconds, on a busy machine seconds. */
#define READY_MS 100000

enum verdict { READY, NOT_YET, BROKEN };

static enum verdict judge(struct toolstack *ts, uint32_t domid, const struct device *dev)
{
    const char *type = dev->class->type;
    struct device_paths p = device_paths_by(dev->back, type, domid, dev->id);
    long state = store_number(ts->xs, 0, "%s/state", p.back);
    char by[32] = "", *text;

    if (dev->back)
        snprintf(by, sizeof(by), " by domain %u", dev->back);
    if (state >= STATE_INIT_WAIT && state <= STATE_CONNECTED)
        return READY;
    text = store_read(ts->xs, "%s", p.error);
    if (text)
        fail(&ts->fail, "Device %s (%s) could not be connected%s: %s", dev->name, type, by, text);
    else if (state >= STATE_CLOSING)
        fail(&ts->fail, "Device %s (%s) could not be connected%s: its back-end gave up", dev->name,
             type, by);
    else
        fail(&ts->fail,
             "Device %s (%s) could not be connected%s: its back-end did not answer within %d s "
             "(state %ld; is %s alive?)",
             dev->name, type, by, READY_MS / 1000, state,
             dev->back ? "xl devd there" : "xend, or for kernel back-ends the module,");
    free(text);
    return text || state >= STATE_CLOSING ? BROKEN : NOT_YET;
}

static enum verdict judge_all(struct toolstack *ts, const struct creation *c)
{
    enum verdict all = READY;

    for (size_t i = 0; i < c->device_count && all != BROKEN; i++) {
        enum verdict one = judge(ts, c->domid, c->devices[i]);

        if (one != READY)
            all = one;
    }
    return all;
}

static void watch_driven(struct toolstack *ts, const struct device_class *class, uint32_t domid,
                         const char *token, bool on)
{
    unsigned int n;
    char **ids = device_driven(ts, class->type, domid, &n);

    for (unsigned int i = 0; i < n; i++) {
        struct device_at at = device_at(ts, class, domid, strtoul(ids[i], NULL, 10));

        (on ? xs_watch : xs_unwatch)(ts->xs, at.paths.back, token);
        (on ? xs_watch : xs_unwatch)(ts->xs, at.paths.error, token);
        (on ? xs_watch : xs_unwatch)(ts->xs, at.paths.front, token); /* for one that has left */
    }
    free(ids);
}

void devices_watch(struct toolstack *ts, uint32_t domid, const char *token, bool on)
{
    static const char *const dirs[] = {BACKEND_DIR, BACKEND_ERROR_DIR};
    char path[96];

    xs_post_begin(ts->xs);
    for (const struct device_class *const *class = device_classes; *class; class ++) {
        watch_driven(ts, *class, domid, token, on);
        for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
            snprintf(path, sizeof(path), "%s/%s/%u", dirs[i], (*class)->type, domid);
            if (on)
                xs_watch(ts->xs, path, token);
            else
                xs_unwatch(ts->xs, path, token);
        }
    }
    xs_post_end(ts->xs);
}

int devices_wait(struct toolstack *ts, struct creation *c)
{
    static const char token[] = "ready";
    int64_t deadline = store_now() + READY_MS;
    enum verdict verdict = NOT_YET;

    if (c->device_count == 0)
        return 0;
    devices_watch(ts, c->domid, token, true);
    while (store_wait(ts->xs, deadline) && (verdict = judge_all(ts, c)) == NOT_YET)
        ;
    devices_watch(ts, c->domid, token, false);
    return verdict == READY ? 0 : -1;
}

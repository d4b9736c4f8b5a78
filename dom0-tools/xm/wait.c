/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for back-ends: until every one is ready, one reports an error, or time is up. */
#include <stdlib.h>

#include "xm/creation.h"
#include "xm/device.h"
#include "xm/store.h"

/* xm's device-create-timeout was 100 s; a healthy back-end needs milliseconds. */
#define READY_MS 30000

enum verdict { READY, NOT_YET, BROKEN };

static enum verdict judge(struct xm *xm, const char *type, uint32_t domid, uint32_t id,
                          const char *name)
{
    struct device_paths p = device_paths(type, domid, id);
    long state = store_number(xm->xs, 0, "%s/state", p.back);
    char *text;

    if (state >= STATE_INIT_WAIT && state <= STATE_CONNECTED)
        return READY;
    text = store_read(xm->xs, "%s", p.error);
    if (text)
        fail(&xm->fail, "Device %s (%s) could not be connected: %s", name, type, text);
    else if (state >= STATE_CLOSING)
        fail(&xm->fail, "Device %s (%s) could not be connected: its back-end gave up", name, type);
    else
        fail(&xm->fail,
             "Device %s (%s) could not be connected: its back-end did not answer within %d s "
             "(state %ld; is xend, or for kernel back-ends the module, alive?)",
             name, type, READY_MS / 1000, state);
    free(text);
    return text || state >= STATE_CLOSING ? BROKEN : NOT_YET;
}

static enum verdict judge_all(struct xm *xm, const struct creation *c)
{
    enum verdict all = READY;

    for (size_t i = 0; i < c->disk_count + c->nic_count; i++) {
        enum verdict one;
        char name[16];

        if (i < c->disk_count) {
            const struct disk_spec *spec = &c->disks[i].spec;

            one = judge(xm, "vbd", c->domid, spec->number, spec->vdev);
        } else {
            snprintf(name, sizeof(name), "%zu", i - c->disk_count);
            one = judge(xm, "vif", c->domid, i - c->disk_count, name);
        }
        if (one == BROKEN)
            return BROKEN;
        if (one == NOT_YET)
            all = NOT_YET;
    }
    return all;
}

int devices_wait(struct xm *xm, struct creation *c)
{
    static const char token[] = "ready";
    int64_t deadline = store_now() + READY_MS;
    enum verdict verdict = NOT_YET;
    char path[96];

    if (c->disk_count + c->nic_count == 0)
        return 0;
    for (const char *const *type = device_types; *type; type++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u", *type, c->domid);
        xs_watch(xm->xs, path, token);
        snprintf(path, sizeof(path), "/local/domain/0/error/backend/%s/%u", *type, c->domid);
        xs_watch(xm->xs, path, token);
    }
    while (store_wait(xm->xs, deadline) && (verdict = judge_all(xm, c)) == NOT_YET)
        ;
    for (const char *const *type = device_types; *type; type++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u", *type, c->domid);
        xs_unwatch(xm->xs, path, token);
        snprintf(path, sizeof(path), "/local/domain/0/error/backend/%s/%u", *type, c->domid);
        xs_unwatch(xm->xs, path, token);
    }
    return verdict == READY ? 0 : -1;
}

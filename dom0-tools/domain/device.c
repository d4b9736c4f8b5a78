/* SPDX-License-Identifier: BSD-2-Clause */
/* What all device classes have in common: where devices live, and their making; see device.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/creation.h"
#include "lib/store.h"
#include "lib/xalloc.h"

#define DOM0 0u

struct device_paths device_paths(const char *type, uint32_t domid, uint32_t id)
{
    return device_paths_by(device_home(), type, domid, id);
}

struct device_paths device_paths_by(uint32_t back, const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p;

    snprintf(p.front, sizeof(p.front), "/local/domain/%u/device/%s/%u", domid, type, id);
    snprintf(p.back, sizeof(p.back), BACKENDS_OF "/%s/%u/%u", back, type, domid, id);
    snprintf(p.error, sizeof(p.error), "/local/domain/%u/error/backend/%s/%u/%u/error", back, type,
             domid, id);
    return p;
}

static struct device_at at_of(const struct device_class *class, uint32_t back, uint32_t domid,
                              uint32_t id)
{
    return (struct device_at){.class = class,
                              .domid = domid,
                              .id = id,
                              .back = back,
                              .paths = device_paths_by(back, class->type, domid, id)};
}

struct device_at device_at(struct toolstack *ts, const struct device_class *class, uint32_t domid,
                           uint32_t id)
{
    return at_of(class, device_driver(ts, class->type, domid, id), domid, id);
}

long device_front_number(struct xs_handle *xs, const struct device_paths *p, const char *key)
{
    long n = store_number(xs, -1, "%s/%s", p->front, key);

    return n >= 0 ? n : store_number(xs, -1, "%s/queue-0/%s", p->front, key);
}

unsigned int device_each_of(struct toolstack *ts, const struct device_class *class, uint32_t domid,
                            device_fn fn, void *arg)
{
    unsigned int n, driven;
    char **ids = store_list(ts->xs, &n, BACKEND_DIR "/%s/%u", class->type, domid);

    for (unsigned int i = 0; i < n; i++) {
        struct device_at at = at_of(class, DOM0, domid, strtoul(ids[i], NULL, 10));

        fn(ts, &at, arg);
    }
    free(ids);
    ids = device_driven(ts, class->type, domid, &driven);
    for (unsigned int i = 0; i < driven; i++) {
        struct device_at at = device_at(ts, class, domid, strtoul(ids[i], NULL, 10));

        if (!at.back) /* libxl notes dom0's own there as well */
            continue;
        fn(ts, &at, arg);
        n++;
    }
    free(ids);
    return n;
}

int devices_parse(struct toolstack *ts, struct creation *c, const struct device_class *class)
{
    const struct conf_value *value;

    for (size_t i = 0; (value = conf_item(c->conf, class->key, i)); i++) {
        struct device *dev;
        int ret;

        if (i == class->max)
            return conf_fail(c->conf, class->key, value, &ts->fail, "at most %u %s", class->max,
                             class->plural);
        dev = xcalloc(1, class->size);
        dev->class = class;
        dev->value = value;
        c->devices = xrealloc(c->devices, (c->device_count + 1) * sizeof(struct device *));
        ret = class->parse(ts, c, dev);
        if (ret == 0) {
            c->devices[c->device_count++] = dev;
            continue;
        }
        class->free(dev);
        free(dev);
        if (ret < 0)
            return -1;
    }
    return 0;
}

void devices_free(struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++) {
        c->devices[i]->class->free(c->devices[i]);
        free(c->devices[i]);
    }
    free(c->devices);
    c->devices = NULL;
    c->device_count = 0;
}

/* Some device needs xend: dom0 serves it, by a process of ours. */
static bool needs_xend(const struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++)
        if (!c->devices[i]->back && !c->host.kernel_backends)
            return true;
    return false;
}

int devices_check(struct toolstack *ts, const struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++)
        if (device_find_driver(ts, c, c->devices[i]))
            return -1;
    if (needs_xend(c) && !ts_xend_running())
        return fail(&ts->fail, "xend is not running, so nobody would serve the domain's devices "
                               "(start it with: xend --daemonise)");
    for (size_t i = 0; i < c->device_count; i++)
        if (c->devices[i]->class->check(ts, c, c->devices[i]))
            return -1;
    return 0;
}

/* What both halves of every device have. */
static bool write_common(struct toolstack *ts, xs_transaction_t t, const struct creation *c,
                         const struct device *dev, const struct device_paths *p)
{
    const char *kind = dev->back                                             ? "driver"
                       : c->host.kernel_backends && !dev->class->own_process ? "kernel"
                                                                             : "user";

    return store_mkdir(ts->xs, t, c->domid, dev->back, "%s", p->front) &&
           store_put(ts->xs, t, p->front, "backend", "%s", p->back) &&
           store_put(ts->xs, t, p->front, "backend-id", "%u", dev->back) &&
           store_mkdir(ts->xs, t, dev->back, c->domid, "%s", p->back) &&
           device_note_driver(ts, t, c->domid, dev) &&
           store_put(ts->xs, t, p->back, "frontend", "%s", p->front) &&
           store_put(ts->xs, t, p->back, "frontend-id", "%u", c->domid) &&
           store_put(ts->xs, t, p->back, "online", "1") &&
           store_put(ts->xs, t, p->back, "kind", "%s", kind);
}

/* The states come last: whoever sees them finds everything else. */
static bool write_states(struct toolstack *ts, xs_transaction_t t, const struct device_paths *p)
{
    return store_put(ts->xs, t, p->front, "state", "%d", STATE_INITIALISING) &&
           store_put(ts->xs, t, p->back, "state", "%d", STATE_INITIALISING);
}

static bool write_all(xs_transaction_t t, void *arg)
{
    const struct creation_nodes *n = arg;

    for (size_t i = 0; i < n->c->device_count; i++) {
        const struct device *dev = n->c->devices[i];
        struct device_paths p = device_paths_by(dev->back, dev->class->type, n->c->domid, dev->id);

        if (!write_common(n->ts, t, n->c, dev, &p) || !dev->class->write(n->ts, t, dev, &p) ||
            !write_states(n->ts, t, &p))
            return false;
    }
    return true;
}

int devices_write(struct toolstack *ts, struct creation *c)
{
    struct creation_nodes nodes = {ts, c};

    if (c->device_count && !store_transact(ts->xs, write_all, &nodes))
        return fail(&ts->fail, "cannot write the devices' nodes to xenstore: %s", strerror(errno));
    for (size_t i = 0; i < c->device_count; i++) {
        const struct device *dev = c->devices[i];
        struct device_paths p = device_paths(dev->class->type, c->domid, dev->id);

        if (!dev->back && dev->class->prepare && dev->class->prepare(ts, c, dev, &p))
            return -1;
    }
    return 0;
}

int devices_plug(struct toolstack *ts, struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++) {
        const struct device *dev = c->devices[i];

        if (!dev->back && dev->class->plug && dev->class->plug(ts, c->domid, dev))
            return -1;
    }
    return 0;
}

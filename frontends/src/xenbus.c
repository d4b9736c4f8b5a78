/* SPDX-License-Identifier: BSD-2-Clause */
/* The one xenbus handshake. */
#include <front/env.h>
#include <front/lib.h>
#include <front/xenbus.h>

static const char *nth(const char *list, long len, unsigned index)
{
    const char *end = list + len;

    for (; list < end; list += strlen(list) + 1)
        if (!index--)
            return list;
    return NULL;
}

long xenbus_open(struct xenbus_device *d, const char *type, unsigned index)
{
    char list[256], dir[24], path[STORE_PATH_MAX];
    const char *name;
    long len;

    front_snprintf(dir, sizeof(dir), "device/%s", type);
    len = store_list(dir, list, sizeof(list));
    if (len < 0)
        return len;
    name = nth(list, len, index);
    if (!name)
        return -ENOENT;
    front_snprintf(d->front, sizeof(d->front), "%s/%s", dir, name);
    len = store_read(d->front, "backend", d->back, sizeof(d->back));
    if (len < 0)
        return len;
    d->back_id = (domid_t)store_read_u64(d->front, "backend-id", 0);
    front_snprintf(path, sizeof(path), "%s/state", d->back);
    return store_watch(path, &d->watch);
}

uint64_t xenbus_back_u64(const struct xenbus_device *d, const char *node, uint64_t missing)
{
    return store_read_u64(d->back, node, missing);
}

void xenbus_key_u64(struct xenbus_key *key, const char *node, uint64_t value)
{
    key->node = node;
    front_snprintf(key->value, sizeof(key->value), "%lu", value);
}

long xenbus_wait(struct xenbus_device *d, unsigned states, uint64_t patience)
{
    uint64_t limit = env_now() + patience;

    for (;;) {
        unsigned seen = d->watch.fired;
        uint64_t state = xenbus_back_u64(d, "state", XenbusStateUnknown);

        if (state < 32 && states >> state & 1)
            return (long)state;
        while (d->watch.fired == seen && env_now() < limit)
            store_poll(limit);
        if (d->watch.fired == seen)
            return -ETIME;
    }
}

static long set_state(struct xenbus_device *d, uint32_t tx, enum xenbus_state state)
{
    char text[4];

    front_snprintf(text, sizeof(text), "%u", (unsigned)state);
    return store_write(tx, d->front, "state", text);
}

static long publish(struct xenbus_device *d, const struct xenbus_key *keys, unsigned n,
                    enum xenbus_state state)
{
    long rc, tx;

    do {
        tx = store_tx_start();
        if (tx < 0)
            return tx;
        rc = 0;
        for (unsigned i = 0; i < n && !rc; i++)
            rc = store_write((uint32_t)tx, d->front, keys[i].node, keys[i].value);
        if (!rc)
            rc = set_state(d, (uint32_t)tx, state);
        if (rc) {
            store_tx_end((uint32_t)tx, false);
            return rc;
        }
        rc = store_tx_end((uint32_t)tx, true);
    } while (rc == -EAGAIN);
    return rc;
}

long xenbus_connect(struct xenbus_device *d, const struct xenbus_key *keys, unsigned n,
                    enum xenbus_state state)
{
    long rc;

    rc = publish(d, keys, n, state);
    if (rc)
        return rc;
    rc = xenbus_wait(
        d, 1u << XenbusStateConnected | 1u << XenbusStateClosing | 1u << XenbusStateClosed,
        XENBUS_PATIENCE);
    if (rc != XenbusStateConnected)
        return rc < 0 ? rc : -ECONNREFUSED;
    return set_state(d, 0, XenbusStateConnected);
}

void xenbus_close(struct xenbus_device *d)
{
    char path[STORE_PATH_MAX];

    set_state(d, 0, XenbusStateClosing);
    xenbus_wait(d, 1u << XenbusStateClosing | 1u << XenbusStateClosed, XENBUS_PATIENCE);
    set_state(d, 0, XenbusStateClosed);
    xenbus_wait(d, 1u << XenbusStateClosed, XENBUS_PATIENCE);
    front_snprintf(path, sizeof(path), "%s/state", d->back);
    store_unwatch(path, &d->watch);
}

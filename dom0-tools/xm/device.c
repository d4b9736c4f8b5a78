/* SPDX-License-Identifier: BSD-2-Clause */
/* Front and back nodes of a new domain's disks and NICs (io/blkif.h, io/netif.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "xm/creation.h"
#include "xm/device.h"
#include "xm/hotplug.h"
#include "xm/loop.h"
#include "xm/store.h"

#define DOM0 0u

/* What both halves of every device have. */
static bool write_common(struct xm *xm, xs_transaction_t t, const struct creation *c,
                         const struct device_paths *p)
{
    return store_mkdir(xm->xs, t, c->domid, DOM0, "%s", p->front) &&
           store_put(xm->xs, t, p->front, "backend", "%s", p->back) &&
           store_put(xm->xs, t, p->front, "backend-id", "0") &&
           store_mkdir(xm->xs, t, DOM0, c->domid, "%s", p->back) &&
           store_put(xm->xs, t, p->back, "frontend", "%s", p->front) &&
           store_put(xm->xs, t, p->back, "frontend-id", "%u", c->domid) &&
           store_put(xm->xs, t, p->back, "online", "1") &&
           store_put(xm->xs, t, p->back, "kind", c->host.kernel_backends ? "kernel" : "user");
}

/* The states come last: whoever sees them finds everything else. */
static bool write_states(struct xm *xm, xs_transaction_t t, const struct device_paths *p)
{
    return store_put(xm->xs, t, p->front, "state", "%d", STATE_INITIALISING) &&
           store_put(xm->xs, t, p->back, "state", "%d", STATE_INITIALISING);
}

static bool write_disk(struct xm *xm, xs_transaction_t t, const struct creation *c,
                       const struct disk *disk)
{
    const struct disk_spec *spec = &disk->spec;
    struct device_paths p = device_paths("vbd", c->domid, spec->number);
    const char *type = spec->cdrom ? "cdrom" : "disk";

    return write_common(xm, t, c, &p) &&
           store_put(xm->xs, t, p.front, "virtual-device", "%u", spec->number) &&
           store_put(xm->xs, t, p.front, "device-type", "%s", type) &&
           store_put(xm->xs, t, p.back, "type", disk->block ? "phy" : "file") &&
           store_put(xm->xs, t, p.back, "params", "%s", spec->target) &&
           store_put(xm->xs, t, p.back, "dev", "%s", spec->vdev) &&
           store_put(xm->xs, t, p.back, "mode",
                     spec->shared     ? "w!"
                     : spec->writable ? "w"
                                      : "r") &&
           store_put(xm->xs, t, p.back, "device-type", "%s", type) &&
           store_put(xm->xs, t, p.back, "removable", "%d", spec->cdrom) &&
           store_put(xm->xs, t, p.back, "discard-enable", "%d", spec->discard) &&
           store_put(xm->xs, t, p.back, "bootable", "1") && write_states(xm, t, &p);
}

static bool put_if(struct xm *xm, xs_transaction_t t, const char *dir, const char *key,
                   const char *value)
{
    return !value || store_put(xm->xs, t, dir, key, "%s", value);
}

static bool write_nic(struct xm *xm, xs_transaction_t t, const struct creation *c,
                      const struct nic *nic, uint32_t id)
{
    const struct vif_spec *spec = &nic->spec;
    struct device_paths p = device_paths("vif", c->domid, id);
    char mac[18];
    bool ok;

    snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", spec->mac[0], spec->mac[1],
             spec->mac[2], spec->mac[3], spec->mac[4], spec->mac[5]);
    ok = write_common(xm, t, c, &p) && store_put(xm->xs, t, p.front, "handle", "%u", id) &&
         store_put(xm->xs, t, p.front, "mac", "%s", mac) &&
         store_put(xm->xs, t, p.back, "handle", "%u", id) &&
         store_put(xm->xs, t, p.back, "mac", "%s", mac) &&
         store_put(xm->xs, t, p.back, "type", "vif") &&
         store_put(xm->xs, t, p.back, "script", "%s", nic->script) &&
         put_if(xm, t, p.back, "bridge", spec->bridge) && put_if(xm, t, p.back, "ip", spec->ip) &&
         put_if(xm, t, p.back, "vifname", spec->vifname) &&
         put_if(xm, t, p.back, "gatewaydev", spec->gatewaydev);
    if (ok && spec->rate_bytes)
        ok = store_put(xm->xs, t, p.back, "rate", "%llu,%u", (unsigned long long)spec->rate_bytes,
                       spec->rate_usecs);
    if (ok && spec->mtu)
        ok = store_put(xm->xs, t, p.front, "mtu", "%u", spec->mtu) &&
             store_put(xm->xs, t, p.back, "mtu", "%u", spec->mtu);
    return ok && write_states(xm, t, &p);
}

static bool write_all(struct xm *xm, xs_transaction_t t, const struct creation *c)
{
    for (size_t i = 0; i < c->disk_count; i++)
        if (!write_disk(xm, t, c, &c->disks[i]))
            return false;
    for (size_t i = 0; i < c->nic_count; i++)
        if (!write_nic(xm, t, c, &c->nics[i], i))
            return false;
    return true;
}

/* Linux' blkback takes a device number; an image file gets a loop device first. */
static int attach_kernel_disk(struct xm *xm, const struct creation *c, const struct disk *disk)
{
    struct device_paths p = device_paths("vbd", c->domid, disk->spec.number);
    char node[64];
    unsigned int major, minor;

    if (disk->spec.script)
        return hotplug_run(xm, disk->spec.script, "add", "vbd", c->domid, disk->spec.number);
    if (disk->block ? device_number(disk->spec.target, &major, &minor, &xm->fail)
                    : loop_attach(disk->spec.target, disk->spec.writable, node, sizeof(node),
                                  &major, &minor, &xm->fail))
        return -1;
    if (!disk->block && !store_put(xm->xs, XBT_NULL, p.back, "node", "%s", node)) {
        loop_detach(node);
        return fail(&xm->fail, "cannot write to xenstore: %s", strerror(errno));
    }
    if (!store_put(xm->xs, XBT_NULL, p.back, "physical-device", "%x:%x", major, minor) ||
        !store_put(xm->xs, XBT_NULL, p.back, "hotplug-status", "connected"))
        return fail(&xm->fail, "cannot write to xenstore: %s", strerror(errno));
    return 0;
}

int devices_write(struct xm *xm, struct creation *c)
{
    bool done = false;

    while (!done) {
        xs_transaction_t t = xs_transaction_start(xm->xs);

        if (t == XBT_NULL || !write_all(xm, t, c)) {
            int err = errno;

            if (t != XBT_NULL)
                xs_transaction_end(xm->xs, t, true);
            return fail(&xm->fail, "cannot write the devices' nodes to xenstore: %s",
                        strerror(err));
        }
        done = xs_transaction_end(xm->xs, t, false);
        if (!done && errno != EAGAIN)
            return fail(&xm->fail, "cannot write the devices' nodes to xenstore: %s",
                        strerror(errno));
    }
    for (size_t i = 0; c->host.kernel_backends && i < c->disk_count; i++)
        if (attach_kernel_disk(xm, c, &c->disks[i]))
            return -1;
    return 0;
}

int devices_hotplug(struct xm *xm, struct creation *c)
{
    for (size_t i = 0; i < c->nic_count; i++)
        if (hotplug_run(xm, c->nics[i].script, "online", "vif", c->domid, i))
            return -1;
    return 0;
}

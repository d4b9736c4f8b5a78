/* SPDX-License-Identifier: BSD-2-Clause */
/* The device class of disks: vbd nodes (io/blkif.h); see device.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/vdev.h"
#include "domain/creation.h"
#include "domain/disk.h"
#include "domain/file.h"
#include "domain/hotplug.h"
#include "domain/loopdev.h"
#include "domain/paths.h"
#include "lib/store.h"

/* Shows an image that is not raw as one that is. */
#define FORMAT_SCRIPT "block-qemu"

static int find_script(struct toolstack *ts, const struct creation *c, struct disk *disk,
                       const char *script)
{
    struct stat st;

    snprintf(disk->script, sizeof(disk->script), "%s%s%s", script[0] == '/' ? "" : paths.scripts,
             script[0] == '/' ? "" : "/", script);
    return file_check(ts, c->conf, "disk", disk->dev.value, disk->script, X_OK, &st);
}

static int parse(struct toolstack *ts, struct creation *c, struct device *dev)
{
    struct disk *disk = (struct disk *)dev;
    const struct conf_value *value = dev->value;
    struct fail why;
    struct stat st;

    if (disk_parse(value->text, &disk->spec, &why))
        return conf_fail(c->conf, "disk", value, &ts->fail, "'%s': %s", value->text, why.text);
    dev->id = disk->spec.number;
    snprintf(dev->name, sizeof(dev->name), "%s", disk->spec.vdev);
    dev->backend = disk->spec.backend;
    if (!disk->spec.target[0])
        return 1; /* a drive without a disc: the guest sees it when cd-insert gives it one */
    if (dev->backend) {
        disk->block = disk->spec.kind != DISK_FILE;
        if (disk->spec.script || disk->spec.format != DISK_RAW)
            return conf_fail(c->conf, "disk", value, &ts->fail,
                             "a driver domain serves raw images and block devices only, without "
                             "a script (show it there as a block device)");
        return 0; /* the target is the driver domain's affair */
    }
    if (disk->spec.script) { /* which alone knows what the target means (NBD, iSCSI, ...) */
        disk->block = true;
        return find_script(ts, c, disk, disk->spec.script);
    }
    if (file_check(ts, c->conf, "disk", value, disk->spec.target,
                   disk->spec.writable ? R_OK | W_OK : R_OK, &st))
        return -1;
    disk->block = S_ISBLK(st.st_mode);
    if (!disk->block && !S_ISREG(st.st_mode))
        return conf_fail(c->conf, "disk", value, &ts->fail,
                         "%s is neither an image file nor a block device", disk->spec.target);
    if (disk->spec.kind == DISK_PHY && !disk->block)
        return conf_fail(c->conf, "disk", value, &ts->fail,
                         "%s is not a block device (use file: for an image)", disk->spec.target);
    if (disk->spec.format != DISK_RAW && c->host.kernel_backends)
        return conf_fail(c->conf, "disk", value, &ts->fail,
                         "Linux' own back-end serves raw images only (use (backends user))");
    if (disk->spec.format != DISK_RAW)
        return find_script(ts, c, disk, FORMAT_SCRIPT);
    return 0;
}

static void release(struct device *dev)
{
    disk_free(&((struct disk *)dev)->spec);
}

static enum share_mode mode_of(const struct disk *disk)
{
    return disk->spec.shared ? SHARE_WRITE_SHARED : disk->spec.writable ? SHARE_WRITE : SHARE_READ;
}

struct clash {
    const struct disk *disk;
    uint32_t domid; /* of the owner */
    bool found;
};

/* Files of two domains with one name are two; but within one, a name is all that dom0 knows. */
static bool same_disk(const struct device *dev, uint32_t back, const char *path)
{
    const char *target = ((const struct disk *)dev)->spec.target;

    if (dev->back != back)
        return false;
    return dev->back || ((const struct disk *)dev)->spec.script ? strcmp(path, target) == 0
                                                                : share_same_object(path, target);
}

static void look_for_clash(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct clash *clash = arg;
    char *path = store_read(ts->xs, "%s/params", at->paths.back);
    char *mode = store_read(ts->xs, "%s/mode", at->paths.back);

    if (path && share_clash(mode_of(clash->disk), share_mode(mode ? mode : "")) &&
        same_disk(&clash->disk->dev, at->back, path)) {
        clash->found = true;
        clash->domid = at->domid;
    }
    free(path);
    free(mode);
}

/* Neither may one guest have an image twice: the disk before this one that is the same, or NULL. */
static const struct disk *find_twin(const struct creation *c, const struct disk *disk)
{
    for (size_t i = 0; i < c->device_count && c->devices[i] != &disk->dev; i++) {
        const struct disk *other = (const struct disk *)c->devices[i];

        if (other->dev.class == &class_disk && share_clash(mode_of(disk), mode_of(other)) &&
            same_disk(&disk->dev, other->dev.back, other->spec.target))
            return other;
    }
    return NULL;
}

/* Two guests that write to one image destroy its file system. */
static int check(struct toolstack *ts, const struct creation *c, const struct device *dev)
{
    struct clash clash = {.disk = (const struct disk *)dev};
    unsigned int n;
    const struct disk *twin = find_twin(c, clash.disk);
    char **domids, *name;

    if (twin)
        return conf_fail(c->conf, "disk", dev->value, &ts->fail,
                         "%s is the same image or device as %s (write w! as its mode if the guest "
                         "can bear that)",
                         clash.disk->spec.target, twin->spec.vdev);
    domids = store_list(ts->xs, &n, BACKENDS_OF "/vbd", dev->back);
    for (unsigned int i = 0; i < n && !clash.found; i++)
        device_each_of(ts, &class_disk, strtoul(domids[i], NULL, 10), look_for_clash, &clash);
    free(domids);
    if (!clash.found)
        return 0;
    name = ts_domain_name(ts, clash.domid);
    conf_fail(c->conf, "disk", dev->value, &ts->fail,
              "%s is in use by domain %s (write w! as its mode if both can bear that)",
              clash.disk->spec.target, name);
    free(name);
    return -1;
}

static bool write_nodes(struct toolstack *ts, xs_transaction_t t, const struct device *dev,
                        const struct device_paths *p)
{
    const struct disk *disk = (const struct disk *)dev;
    const struct disk_spec *spec = &disk->spec;
    const char *type = spec->cdrom ? "cdrom" : "disk";
    const char *mode = spec->shared ? "w!" : spec->writable ? "w" : "r";

    return store_put(ts->xs, t, p->front, "virtual-device", "%u", spec->number) &&
           store_put(ts->xs, t, p->front, "device-type", "%s", type) &&
           store_put(ts->xs, t, p->back, "type", disk->block ? "phy" : "file") &&
           store_put(ts->xs, t, p->back, "params", "%s", spec->target) &&
           (!disk->script[0] || store_put(ts->xs, t, p->back, "script", "%s", disk->script)) &&
           (spec->format == DISK_RAW ||
            store_put(ts->xs, t, p->back, "format", "%s", disk_format_name(spec->format))) &&
           store_put(ts->xs, t, p->back, "dev", "%s", spec->vdev) &&
           store_put(ts->xs, t, p->back, "mode", "%s", mode) &&
           store_put(ts->xs, t, p->back, "device-type", "%s", type) &&
           store_put(ts->xs, t, p->back, "removable", "%d", spec->cdrom) &&
           store_put(ts->xs, t, p->back, "discard-enable", "%d", spec->discard) &&
           store_put(ts->xs, t, p->back, "bootable", "1");
}

/*
 * The script leaves the device that it makes in the store, where either back-end finds it.  Linux'
 * blkback takes a device number; an image file gets a loop device first.
 */
static int prepare(struct toolstack *ts, const struct creation *c, const struct device *dev,
                   const struct device_paths *p)
{
    const struct disk *disk = (const struct disk *)dev;
    char node[64];
    unsigned int major, minor;

    if (disk->script[0])
        return hotplug_run(ts, disk->script, "add", "vbd", c->domid, dev->id);
    if (!c->host.kernel_backends)
        return 0;
    if (disk->block ? device_number(disk->spec.target, &major, &minor, &ts->fail)
                    : loop_attach(disk->spec.target, disk->spec.writable, node, sizeof(node),
                                  &major, &minor, &ts->fail))
        return -1;
    if (!disk->block && !store_put(ts->xs, XBT_NULL, p->back, "node", "%s", node)) {
        loop_detach(node);
        return fail(&ts->fail, "cannot write to xenstore: %s", strerror(errno));
    }
    if (!store_put(ts->xs, XBT_NULL, p->back, "physical-device", "%x:%x", major, minor) ||
        !store_put(ts->xs, XBT_NULL, p->back, "hotplug-status", "connected"))
        return fail(&ts->fail, "cannot write to xenstore: %s", strerror(errno));
    return 0;
}

static void unplug(struct toolstack *ts, const struct device_at *at)
{
    char *script = store_read(ts->xs, "%s/script", at->paths.back);
    char *node = store_read(ts->xs, "%s/node", at->paths.back);

    if (script)
        hotplug_run(ts, script, "remove", "vbd", at->domid, at->id);
    else if (node)
        loop_detach(node);
    free(script);
    free(node);
}

static bool describes(struct toolstack *ts, const char *text, const struct device_at *at)
{
    struct disk_spec spec;
    struct fail ignored;
    bool ret;

    (void)ts;
    if (disk_parse(text, &spec, &ignored))
        return false;
    ret = spec.number == at->id;
    disk_free(&spec);
    return ret;
}

/* "xvdb", "/dev/xvdb" or 51728 */
static long find(struct toolstack *ts, uint32_t domid, const char *who)
{
    uint32_t id;

    (void)ts;
    (void)domid;
    return vdev_parse(strncmp(who, "/dev/", 5) == 0 ? who + 5 : who, &id) ? (long)id : -1;
}

static void list_row(struct toolstack *ts, const struct device_at *at)
{
    const struct device_paths *p = &at->paths;

    printf("%-5u %-3ld %-6u %-5ld %-6ld %-8ld %-30s\n", at->id, (long)at->back, at->domid,
           store_number(ts->xs, 0, "%s/state", p->front),
           device_front_number(ts->xs, p, "event-channel"),
           device_front_number(ts->xs, p, "ring-ref"), p->back);
}

static const char *const sxp_keys[] = {"type", "params", "dev", "mode", "bootable", NULL};

const struct device_class class_disk = {
    .type = "vbd",
    .key = "disk",
    .plural = "disks",
    .max = DISKS_MAX,
    .size = sizeof(struct disk),
    .parse = parse,
    .free = release,
    .check = check,
    .write = write_nodes,
    .prepare = prepare,
    .unplug = unplug,
    .describes = describes,
    .find = find,
    .list_header = "Vdev  BE  handle state evt-ch ring-ref BE-path                       ",
    .list_row = list_row,
    .sxp_keys = sxp_keys,
};

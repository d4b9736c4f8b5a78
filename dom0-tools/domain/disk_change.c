/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks that change while the domain runs; see disk_change.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/vdev.h"
#include "domain/config_file.h"
#include "domain/disk.h"
#include "domain/disk_change.h"
#include "domain/kept.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xalloc.h"

/* Does @text describe the disk of that number? */
static bool is_disk(const char *text, uint32_t number, bool *cdrom)
{
    struct disk_spec spec;
    struct fail ignored;
    bool ret;

    if (disk_parse(text, &spec, &ignored))
        return false;
    ret = spec.number == number;
    *cdrom = spec.cdrom;
    disk_free(&spec);
    return ret;
}

/* What the kept config says of the disk, malloc'ed; NULL if it has none. */
static char *kept_spec(struct toolstack *ts, uint32_t domid, uint32_t number, bool *cdrom)
{
    char path[PATH_LEN], *found = NULL;
    const struct conf_value *value;
    struct conf *conf = NULL;

    if (access(path_domain_config(domid, path), F_OK) == 0)
        conf = config_read(ts, path, NULL, 0);
    for (size_t i = 0; conf && !found && (value = conf_item(conf, "disk", i)); i++)
        if (value->type == CONF_STRING && is_disk(value->text, number, cdrom))
            found = xmemdup(value->text, strlen(value->text));
    conf_free(conf);
    return found;
}

static bool drop_disk(struct toolstack *ts, struct conf *conf, const void *arg)
{
    const struct conf_value *value;
    bool cdrom;

    (void)ts;
    for (size_t i = 0; (value = conf_item(conf, "disk", i)); i++)
        if (value->type == CONF_STRING && is_disk(value->text, *(const uint32_t *)arg, &cdrom)) {
            config_list_drop(conf, "disk", i);
            return true;
        }
    return false;
}

static bool is_there(struct toolstack *ts, const struct device_at *at)
{
    return store_number(ts->xs, 0, "%s/state", at->paths.back) > 0;
}

/* Takes the disk away if it is there, then gives @spec; if that fails, the old one comes back. */
static int replace(struct toolstack *ts, uint32_t domid, uint32_t number, const char *old,
                   const char *spec)
{
    struct device_at at = device_at(ts, &class_disk, domid, number);
    bool was_there = is_there(ts, &at);
    struct fail why;

    if (was_there ? device_detach(ts, &at, false) : kept_change(ts, domid, drop_disk, &number))
        return -1;
    if (device_attach_spec(ts, domid, &class_disk, spec) == 0)
        return 0;
    why = ts->fail;
    if (was_there && device_attach_spec(ts, domid, &class_disk, old))
        why = ts->fail;
    else if (!was_there)
        kept_device_added(ts, domid, &class_disk, old);
    ts->fail = why;
    return -1;
}

int disk_change(struct toolstack *ts, uint32_t domid, const char *spec)
{
    struct disk_spec wanted;
    bool cdrom;
    char *old;
    int ret;

    if (disk_parse(spec, &wanted, &ts->fail))
        return -1;
    old = kept_spec(ts, domid, wanted.number, &cdrom);
    if (!old)
        ret = fail(&ts->fail, "the domain has no disk %s (block-attach gives it one)", wanted.vdev);
    else if (!wanted.target[0])
        ret = cd_eject(ts, domid, wanted.vdev);
    else
        ret = replace(ts, domid, wanted.number, old, spec);
    free(old);
    disk_free(&wanted);
    return ret;
}

/* What is kept of drive @vdev, malloc'ed; NULL with ts->fail if it is none. */
static char *find_drive(struct toolstack *ts, uint32_t domid, const char *vdev, uint32_t *number)
{
    bool cdrom = false;
    char *old = vdev_parse(vdev, number) ? kept_spec(ts, domid, *number, &cdrom) : NULL;

    if (old && cdrom)
        return old;
    fail(&ts->fail,
         old ? "disk %s is not a CD drive (block-configure changes disks)"
             : "the domain has no CD drive %s (its config would say: ',%s:cdrom,r')",
         vdev, vdev);
    free(old);
    return NULL;
}

int cd_insert(struct toolstack *ts, uint32_t domid, const char *vdev, const char *target)
{
    uint32_t number;
    char *old = find_drive(ts, domid, vdev, &number), *spec;
    size_t cap = strlen(vdev) + strlen(target) + sizeof("vdev=,devtype=cdrom,target=");
    int ret;

    if (!old)
        return -1;
    spec = xcalloc(1, cap);
    snprintf(spec, cap, "vdev=%s,devtype=cdrom,target=%s", vdev, target);
    ret = replace(ts, domid, number, old, spec);
    free(spec);
    free(old);
    return ret;
}

int cd_eject(struct toolstack *ts, uint32_t domid, const char *vdev)
{
    uint32_t number;
    char *old = find_drive(ts, domid, vdev, &number), empty[48];
    struct device_at at;

    if (!old)
        return -1;
    free(old);
    at = device_at(ts, &class_disk, domid, number);
    if (!is_there(ts, &at))
        return 0;
    snprintf(empty, sizeof(empty), ",%s:cdrom,r", vdev);
    return device_detach(ts, &at, false) || kept_device_added(ts, domid, &class_disk, empty) ? -1
                                                                                             : 0;
}

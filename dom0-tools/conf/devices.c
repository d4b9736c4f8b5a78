/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices of one configuration, each and against each other; see check.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/disk.h"
#include "conf/vdev.h"
#include "conf/vfb.h"
#include "conf/vif.h"

/* @most bounds the work, too: each is compared with those before it. */
static int count_items(const struct conf *conf, const char *key, unsigned int most, size_t *count,
                       struct fail *f)
{
    *count = 0;
    while (conf_item(conf, key, *count))
        (*count)++;
    if (*count <= most)
        return 0;
    return conf_fail(conf, key, conf_item(conf, key, most), f,
                     "a guest has at most %u of them, not %zu", most, *count);
}

static int fail_spec(const struct conf *conf, const char *key, const struct conf_value *value,
                     const struct fail *why, struct fail *f)
{
    return conf_fail(conf, key, value, f, "'%s': %s", value->text, why->text);
}

/* Disk @n against those before it. */
static int compare_disk(const struct conf *conf, const struct disk_spec *disks, size_t n,
                        FILE *warn, struct fail *f)
{
    const struct conf_value *value = conf_item(conf, "disk", n);

    for (size_t i = 0; i < n; i++) {
        if (disks[i].number == disks[n].number)
            return conf_fail(conf, "disk", value, f, "%s is given twice", disks[n].vdev);
        if (vdev_overlap(disks[i].number, disks[n].number))
            conf_warn(conf, "disk", value, warn,
                      "%s and %s have the same name in a Linux guest, which will see one of them",
                      disks[i].vdev, disks[n].vdev);
    }
    return 0;
}

static int check_disks(const struct conf *conf, FILE *warn, struct fail *f)
{
    size_t count, n;
    struct disk_spec *disks;
    struct fail why;
    int ret;

    if (count_items(conf, "disk", DISKS_MAX, &count, f))
        return -1;
    disks = calloc(count + 1, sizeof(*disks));
    ret = disks ? 0 : fail(f, "out of memory");

    for (n = 0; !ret && n < count; n++) {
        const struct conf_value *value = conf_item(conf, "disk", n);

        if (disk_parse(value->text, &disks[n], &why))
            ret = fail_spec(conf, "disk", value, &why, f);
        else
            ret = compare_disk(conf, disks, n, warn, f);
    }
    while (disks && n-- > 0)
        disk_free(&disks[n]);
    free(disks);
    return ret;
}

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* NIC @n against those before it; what several share is said once for each of them. */
static int compare_vif(const struct conf *conf, const struct vif_spec *vifs, size_t n, FILE *warn,
                       struct fail *f)
{
    const struct conf_value *value = conf_item(conf, "vif", n);
    const struct vif_spec *new = &vifs[n];
    bool mac = false, ip = false;
    char text[18];

    for (size_t i = 0; i < n; i++) {
        if (same(vifs[i].vifname, new->vifname))
            return conf_fail(conf, "vif", value, f, "vifname=%s is given twice", new->vifname);
        if (vifs[i].has_devid && new->has_devid && vifs[i].devid == new->devid)
            return conf_fail(conf, "vif", value, f, "devid=%u is given twice", new->devid);
        mac |= vifs[i].has_mac && new->has_mac && !memcmp(vifs[i].mac, new->mac, 6);
        ip |= same(vifs[i].ip, new->ip);
    }
    if (mac) {
        vif_mac_text(new->mac, text);
        conf_warn(conf, "vif", value, warn,
                  "two NICs have the MAC address %s: on one network neither works", text);
    }
    if (ip)
        conf_warn(conf, "vif", value, warn, "two NICs have ip=%s", new->ip);
    return 0;
}

static int check_vifs(const struct conf *conf, FILE *warn, struct fail *f)
{
    size_t count, n;
    struct vif_spec *vifs;
    char word[64];
    struct fail why;
    int ret;

    if (count_items(conf, "vif", NICS_MAX, &count, f))
        return -1;
    vifs = calloc(count + 1, sizeof(*vifs));
    ret = vifs ? 0 : fail(f, "out of memory");

    for (n = 0; !ret && n < count; n++) {
        const struct conf_value *value = conf_item(conf, "vif", n);

        if (vif_parse(value->text, &vifs[n], &why))
            ret = fail_spec(conf, "vif", value, &why, f);
        else
            ret = compare_vif(conf, vifs, n, warn, f);
        if (vifs[n].ip && vif_bad_address(vifs[n].ip, word, sizeof(word)))
            conf_warn(conf, "vif", value, warn, "ip=%s is not an IP address", word);
    }
    while (vifs && n-- > 0)
        vif_free(&vifs[n]);
    free(vifs);
    return ret;
}

static int check_vfbs(const struct conf *conf, struct fail *f)
{
    const struct conf_value *value;
    struct vfb_spec vfb;
    struct fail why;

    for (size_t i = 0; (value = conf_item(conf, "vfb", i)); i++) {
        if (vfb_parse(value->text, &vfb, &why))
            return fail_spec(conf, "vfb", value, &why, f);
        vfb_free(&vfb);
        if (i > 0)
            return conf_fail(conf, "vfb", value, f, "a guest has one frame buffer only");
    }
    return 0;
}

int check_devices(const struct conf *conf, FILE *warn, struct fail *f)
{
    return check_disks(conf, warn, f) || check_vifs(conf, warn, f) || check_vfbs(conf, f) ? -1 : 0;
}

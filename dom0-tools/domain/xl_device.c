/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices to and from libxl's JSON; see xl_device.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf/disk.h"
#include "conf/vfb.h"
#include "conf/vif.h"
#include "domain/xl_device.h"
#include "domain/xl_json.h"

#define RATE_BYTES_MAX (INT64_C(1) << 40) /* no NIC passes so many in the longest interval */
/* What libxl says of a NIC for which nobody said anything: since 4.15, and before */
#define MTU_USUAL 1500
#define MTU_OLD   1492
#define EMPTY     "empty" /* the format of a drive without a disc */

/* ---- words of a device's text ---- */

/* What is too much for it is lost, which its length tells. */
struct words {
    char *text;
    size_t cap, len;
};

static void add(struct words *w, const char *key, const char *value)
{
    if (w->len < w->cap)
        w->len += snprintf(w->text + w->len, w->cap - w->len, "%s%s%s%s", w->len ? ", " : "", key,
                           value ? "=" : "", value ? value : "");
}

static void add_number(struct words *w, const char *key, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIi64, number);
    add(w, key, text);
}

static int close_words(const struct words *w, const char *what, struct fail *f)
{
    return w->len < w->cap ? 1 : fail(f, "the saved configuration has %s with endless words", what);
}

/* Member @from becomes word @to, if nothing in it ends the word. */
static int take_word(struct words *w, struct json_object *o, const char *from, const char *to,
                     const char *what, struct fail *f)
{
    const char *value = json_text(o, from);

    if (!value || !*value)
        return 0;
    if (strpbrk(value, ",'\"[]\n\r"))
        return fail(f, "the saved configuration has %s with a strange %s", what, from);
    add(w, to, value);
    return 0;
}

/* ---- disks ---- */

static struct json_object *print_disk(const char *text)
{
    struct json_object *o;
    struct disk_spec spec;
    struct fail ignored;

    if (disk_spec_parse(text, &spec, &ignored))
        return NULL;
    o = json_object_new_object();
    json_put_text(o, "pdev_path", spec.target);
    json_put_text(o, "vdev", spec.vdev);
    json_put_text(o, "format", *spec.target ? disk_format_name(spec.format) : EMPTY);
    json_put_text(o, "script", spec.script);
    json_put_text(o, "backend_domname", spec.backend);
    json_put_number(o, "readwrite", spec.writable);
    json_put_number(o, "is_cdrom", spec.cdrom);
    if (spec.direct_io_safe)
        json_object_object_add(o, "direct_io_safe", json_object_new_boolean(true));
    if (!spec.discard)
        json_put_choice(o, "discard_enable", false);
    if (spec.untrusted)
        json_put_choice(o, "trusted", false);
    disk_free(&spec);
    return o;
}

static void take_disk_flags(struct words *w, struct json_object *o)
{
    struct json_object *direct = json_member(o, "direct_io_safe", json_type_boolean);

    if (json_number(o, "is_cdrom", 0))
        add(w, "cdrom", NULL);
    if (direct && json_object_get_boolean(direct))
        add(w, "direct-io-safe", NULL);
    if (!json_choice(o, "discard_enable", true))
        add(w, "no-discard", NULL);
    if (!json_choice(o, "trusted", true))
        add(w, "untrusted", NULL);
}

static int take_disk(struct json_object *o, char *text, size_t cap, struct fail *f)
{
    static const char what[] = "a disk";
    const char *path = json_text(o, "pdev_path"), *vdev = json_text(o, "vdev");
    const char *format = json_text(o, "format");
    struct words w = {.text = text, .cap = cap};

    if (!vdev || !*vdev || ((!path || !*path) && !json_number(o, "is_cdrom", 0)))
        return fail(f, "the saved configuration has a disk without a plain path and device");
    if (take_word(&w, o, "vdev", "vdev", what, f))
        return -1;
    add(&w, "access", json_number(o, "readwrite", 0) ? "rw" : "ro");
    if (!format || strcmp(format, EMPTY) == 0)
        add(&w, "format", "raw");
    else if (take_word(&w, o, "format", "format", what, f))
        return -1;
    if (take_word(&w, o, "script", "script", what, f) ||
        take_word(&w, o, "backend_domname", "backend", what, f))
        return -1;
    take_disk_flags(&w, o);
    if (!path || !*path)
        add(&w, "target", "");
    else if (take_word(&w, o, "pdev_path", "target", what, f)) /* the last: it takes the rest */
        return -1;
    return close_words(&w, what, f);
}

/* ---- NICs ---- */

static void print_nic_numbers(struct json_object *o, const struct vif_spec *spec)
{
    if (spec->has_devid)
        json_put_number(o, "devid", spec->devid);
    if (spec->mtu)
        json_put_number(o, "mtu", spec->mtu);
    if (spec->rate_bytes) {
        json_put_number(o, "rate_bytes_per_interval", spec->rate_bytes);
        json_put_number(o, "rate_interval_usecs", spec->rate_usecs);
    }
}

static struct json_object *print_nic(const char *text)
{
    struct json_object *o;
    struct vif_spec spec;
    struct fail ignored;
    char mac[18];

    if (vif_parse(text, &spec, &ignored))
        return NULL;
    o = json_object_new_object();
    if (spec.has_mac) {
        vif_mac_text(spec.mac, mac);
        json_put_text(o, "mac", mac);
    }
    json_put_text(o, "bridge", spec.bridge);
    json_put_text(o, "ip", spec.ip);
    json_put_text(o, "script", spec.script);
    json_put_text(o, "ifname", spec.vifname);
    json_put_text(o, "nictype", "vif");
    json_put_text(o, "gatewaydev", spec.gatewaydev);
    json_put_text(o, "backend_domname", spec.backend);
    if (spec.untrusted)
        json_put_choice(o, "trusted", false);
    print_nic_numbers(o, &spec);
    vif_free(&spec);
    return o;
}

/* The number by which the guest knows it. */
static int take_devid(struct words *w, struct json_object *o, struct fail *f)
{
    const int64_t devid = json_number(o, "devid", -1);

    if (devid > VIF_DEVID_MAX)
        return fail(f, "the saved configuration has a NIC with an impossible devid");
    if (devid >= 0)
        add_number(w, "devid", devid);
    return 0;
}

static void take_mtu(struct words *w, struct json_object *o)
{
    const int64_t mtu = json_number(o, "mtu", 0);

    if (mtu && mtu != MTU_USUAL && mtu != MTU_OLD)
        add_number(w, "mtu", mtu);
}

/* Ours says what passes in a second: rounded up, so that no less passes in an interval. */
static int take_rate(struct words *w, struct json_object *o, struct fail *f)
{
    const int64_t bytes = json_number(o, "rate_bytes_per_interval", 0);
    const int64_t usecs = json_number(o, "rate_interval_usecs", 0);
    char text[64];
    int64_t rate;

    if (!bytes)
        return 0;
    if (bytes < 0 || bytes > RATE_BYTES_MAX || usecs <= 0 || usecs > VIF_RATE_USECS_MAX)
        return fail(f, "the saved configuration has a NIC with an impossible rate");
    rate = (bytes * 1000000 + usecs - 1) / usecs;
    if (rate > UINT32_MAX)
        snprintf(text, sizeof(text), "%" PRIi64 "KB/s@%" PRIi64 "us", (rate + 999) / 1000, usecs);
    else
        snprintf(text, sizeof(text), "%" PRIi64 "B/s@%" PRIi64 "us", rate, usecs);
    add(w, "rate", text);
    return 0;
}

static int take_nic(struct json_object *o, char *text, size_t cap, struct fail *f)
{
    static const char *const keys[][2] = {{"mac", "mac"},
                                          {"bridge", "bridge"},
                                          {"ip", "ip"},
                                          {"script", "script"},
                                          {"ifname", "vifname"},
                                          {"gatewaydev", "gatewaydev"},
                                          {"backend_domname", "backend"}};
    struct words w = {.text = text, .cap = cap};

    *text = '\0'; /* it may have no word at all */
    if (take_devid(&w, o, f) || take_rate(&w, o, f))
        return -1;
    take_mtu(&w, o);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (take_word(&w, o, keys[i][0], keys[i][1], "a NIC", f))
            return -1;
    if (!json_choice(o, "trusted", true))
        add(&w, "untrusted", NULL);
    return close_words(&w, "a NIC", f);
}

/* ---- displays ---- */

static struct json_object *print_vfb(const char *text)
{
    struct json_object *o, *vnc;
    struct vfb_spec spec;
    struct fail ignored;

    if (vfb_parse(text, &spec, &ignored))
        return NULL;
    o = json_object_new_object();
    vnc = json_object_new_object();
    json_put_number(o, "devid", 0);
    json_put_choice(vnc, "enable", spec.vnc);
    json_put_text(vnc, "listen", spec.listen);
    json_put_text(vnc, "passwd", spec.password);
    json_put_number(vnc, "display", spec.display);
    json_put_choice(vnc, "findunused", spec.unused);
    json_object_object_add(o, "vnc", vnc);
    json_put_text(o, "keymap", spec.keymap);
    vfb_free(&spec);
    return o;
}

/* Every frame buffer comes with keyboard and mouse, which are devices of their own for libxl. */
static struct json_object *print_vkb(const char *text)
{
    struct json_object *o = json_object_new_object();

    (void)text;
    json_put_number(o, "devid", 0);
    return o;
}

static int take_vfb(struct json_object *o, char *text, size_t cap, struct fail *f)
{
    static const char what[] = "a frame buffer";
    struct json_object *vnc = json_member(o, "vnc", json_type_object);
    const int64_t display = json_number(vnc, "display", 0);
    struct words w = {.text = text, .cap = cap};

    if (!json_choice(vnc, "enable", true)) /* only in a window of dom0's */
        return 0;
    add(&w, "vnc", "1");
    if (take_word(&w, vnc, "listen", "vnclisten", what, f) ||
        take_word(&w, vnc, "passwd", "vncpasswd", what, f) ||
        take_word(&w, o, "keymap", "keymap", what, f))
        return -1;
    if (display)
        add_number(&w, "vncdisplay", display);
    add(&w, "vncunused", json_choice(vnc, "findunused", true) ? "1" : "0");
    return close_words(&w, what, f);
}

const struct xl_device xl_devices[] = {
    {"disks", "disk", print_disk, take_disk},
    {"nics", "vif", print_nic, take_nic},
    {"vfbs", "vfb", print_vfb, take_vfb},
    {"vkbs", "vfb", print_vkb, NULL},
    {NULL, NULL, NULL, NULL},
};

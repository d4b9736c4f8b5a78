/* SPDX-License-Identifier: BSD-2-Clause */
/* The device classes of displays: vfb and vkbd nodes (io/fbif.h, io/kbdif.h); see display.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/words.h"
#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/display.h"
#include "lib/store.h"

static void add_text(const struct conf *conf, const char *key, char *text, size_t cap)
{
    size_t used = strlen(text);

    if (conf_find(conf, key) && conf_string(conf, key))
        snprintf(text + used, cap - used, ",%s=%s", key, conf_string(conf, key));
}

static void add_number(const struct conf *conf, const char *key, char *text, size_t cap)
{
    size_t used = strlen(text);

    if (conf_find(conf, key))
        snprintf(text + used, cap - used, ",%s=%lld", key, (long long)conf_number(conf, key));
}

void display_from_keys(struct conf *conf)
{
    char text[1024] = "vnc=1";

    if (conf_number(conf, "vnc") != 1 || conf_item(conf, "vfb", 0))
        return;
    add_text(conf, "vnclisten", text, sizeof(text));
    add_number(conf, "vncdisplay", text, sizeof(text));
    add_number(conf, "vncunused", text, sizeof(text));
    add_text(conf, "vncpasswd", text, sizeof(text));
    add_text(conf, "keymap", text, sizeof(text));
    config_set(conf, "vfb", text);
}

static int parse(struct toolstack *ts, struct creation *c, struct device *dev)
{
    struct display *display = (struct display *)dev;
    struct fail why;

    if (vfb_parse(dev->value->text, &display->spec, &why))
        return conf_fail(c->conf, "vfb", dev->value, &ts->fail, "'%s': %s", dev->value->text,
                         why.text);
    if (!display->spec.vnc)
        return conf_fail(c->conf, "vfb", dev->value, &ts->fail,
                         "'%s': nobody could see it (write vnc=1, or leave vfb out)",
                         dev->value->text);
    strcpy(dev->name, "0"); /* a domain has one */
    snprintf(display->listen, sizeof(display->listen), "%s",
             display->spec.listen ? display->spec.listen : c->host.vnc_listen);
    return 0;
}

static void release(struct device *dev)
{
    vfb_free(&((struct display *)dev)->spec);
}

/* Ports are xend's: whether one is free is seen when it is taken. */
static int check(struct toolstack *ts, const struct creation *c, const struct device *dev)
{
    (void)ts;
    (void)c;
    (void)dev;
    return 0;
}

static bool write_fb(struct toolstack *ts, xs_transaction_t t, const struct device *dev,
                     const struct device_paths *p)
{
    const struct display *display = (const struct display *)dev;
    const struct vfb_spec *spec = &display->spec;
    bool ok = store_put(ts->xs, t, p->back, "vnc", "%d", spec->vnc) &&
              store_put(ts->xs, t, p->back, "vnclisten", "%s", display->listen) &&
              store_put(ts->xs, t, p->back, "vncdisplay", "%u", spec->display) &&
              store_put(ts->xs, t, p->back, "vncunused", "%d", spec->unused) &&
              store_put(ts->xs, t, p->back, "keymap", "%s", spec->keymap ? spec->keymap : "en-us");

    if (ok && spec->videoram_mib)
        ok = store_put(ts->xs, t, p->back, "videoram", "%u", spec->videoram_mib);
    /* The guest may read its back-end's nodes, but not this one. */
    if (ok && spec->password && *spec->password)
        ok = store_mkdir(ts->xs, t, 0, 0, "%s/vncpasswd", p->back) &&
             store_put(ts->xs, t, p->back, "vncpasswd", "%s", spec->password);
    return ok;
}

static bool write_kbd(struct toolstack *ts, xs_transaction_t t, const struct device *dev,
                      const struct device_paths *p)
{
    (void)dev;
    return store_put(ts->xs, t, p->back, "type", "vnc");
}

static void unplug(struct toolstack *ts, const struct device_at *at)
{
    (void)ts;
    (void)at;
}

static bool describes(struct toolstack *ts, const char *text, const struct device_at *at)
{
    (void)ts;
    (void)text;
    return at->id == 0;
}

static long find(struct toolstack *ts, uint32_t domid, const char *who)
{
    (void)ts;
    (void)domid;
    return strcmp(who, "0") == 0 ? 0 : -1;
}

static void list_row(struct toolstack *ts, const struct device_at *at)
{
    const struct device_paths *p = &at->paths;

    printf("%-3u %-3ld %5ld %6ld %8ld %-30s\n", at->id,
           store_number(ts->xs, 0, "%s/backend-id", p->front),
           store_number(ts->xs, 0, "%s/state", p->front),
           device_front_number(ts->xs, p, "event-channel"),
           device_front_number(ts->xs, p, "page-ref"), p->back);
}

#define HEADER "Idx BE  state evt-ch page-ref BE-path                       "

static const char *const fb_keys[] = {"vnc",      "vnclisten", "vncdisplay", "vncunused",
                                      "vnc-port", "keymap",    NULL};
static const char *const kbd_keys[] = {"type", NULL};

#define DISPLAY_CLASS                                                                              \
    .key = "vfb", .plural = "frame buffers", .max = 1, .size = sizeof(struct display),             \
    .own_process = true, .parse = parse, .free = release, .check = check, .unplug = unplug,        \
    .describes = describes, .find = find, .list_header = HEADER, .list_row = list_row

const struct device_class class_vfb = {
    .type = "vfb", .write = write_fb, .sxp_keys = fb_keys, DISPLAY_CLASS};
/* Every frame buffer comes with one. */
const struct device_class class_vkbd = {
    .type = "vkbd", .write = write_kbd, .sxp_keys = kbd_keys, DISPLAY_CLASS};

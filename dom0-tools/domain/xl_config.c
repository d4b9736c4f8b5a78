/* SPDX-License-Identifier: BSD-2-Clause */
/* To and from libxl's JSON (tools/libs/light/libxl_types.idl names the keys); see xl_config.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "conf/cmdline.h"
#include "conf/disk.h"
#include "conf/ends.h"
#include "conf/names.h"
#include "conf/vif.h"
#include "domain/xl_config.h"
#include "lib/xalloc.h"

#define OUR_KEY        "hospes_config"
#define RATE_BYTES_MAX (INT64_C(1) << 40) /* no NIC passes so many in the longest interval */
#define PRINT_FLAGS    (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* ---- writing ---- */

static void add_text(struct json_object *to, const char *key, const char *text)
{
    if (text && *text)
        json_object_object_add(to, key, json_object_new_string(text));
}

static void add_number(struct json_object *to, const char *key, int64_t number)
{
    json_object_object_add(to, key, json_object_new_int64(number));
}

static struct json_object *disk_json(const char *text)
{
    struct json_object *o;
    struct disk_spec spec;
    struct fail ignored;

    if (disk_spec_parse(text, &spec, &ignored))
        return NULL;
    o = json_object_new_object();
    add_text(o, "pdev_path", spec.target);
    add_text(o, "vdev", spec.vdev);
    add_text(o, "format", disk_format_name(spec.format));
    add_text(o, "script", spec.script);
    add_number(o, "readwrite", spec.writable);
    add_number(o, "is_cdrom", spec.cdrom);
    disk_free(&spec);
    return o;
}

static struct json_object *nic_json(const char *text)
{
    struct json_object *o;
    struct vif_spec spec;
    struct fail ignored;
    char mac[18];

    if (vif_parse(text, &spec, &ignored))
        return NULL;
    o = json_object_new_object();
    if (spec.has_mac) {
        snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", spec.mac[0], spec.mac[1],
                 spec.mac[2], spec.mac[3], spec.mac[4], spec.mac[5]);
        add_text(o, "mac", mac);
    }
    add_text(o, "bridge", spec.bridge);
    add_text(o, "ip", spec.ip);
    add_text(o, "script", spec.script);
    add_text(o, "ifname", spec.vifname);
    add_text(o, "nictype", "vif");
    if (spec.has_devid)
        add_number(o, "devid", spec.devid);
    add_text(o, "gatewaydev", spec.gatewaydev);
    if (spec.rate_bytes) {
        add_number(o, "rate_bytes_per_interval", spec.rate_bytes);
        add_number(o, "rate_interval_usecs", spec.rate_usecs);
    }
    vif_free(&spec);
    return o;
}

static void add_list(struct json_object *to, const char *key, const struct conf *conf,
                     const char *conf_key, struct json_object *(*item)(const char *text))
{
    struct json_object *list = json_object_new_array();
    const struct conf_value *value;

    for (size_t i = 0; (value = conf_item(conf, conf_key, i)); i++) {
        struct json_object *o = value->type == CONF_STRING ? item(value->text) : NULL;

        if (o)
            json_object_array_add(list, o);
    }
    json_object_object_add(to, key, list);
}

/* Its share of CPU time. */
static void add_share(struct json_object *b, const struct conf *conf)
{
    const int64_t weight = conf_number(conf, "cpu_weight"), cap = conf_number(conf, "cpu_cap");
    struct json_object *share = json_object_new_object();

    if (weight > 0)
        add_number(share, "weight", weight);
    if (cap >= 0)
        add_number(share, "cap", cap);
    json_object_object_add(b, "sched_params", share);
}

static struct json_object *build_info(const struct conf *conf)
{
    struct json_object *b = json_object_new_object(), *avail = json_object_new_array();
    int64_t vcpus = conf_number(conf, "vcpus"), maxvcpus = conf_number(conf, "maxvcpus");
    int64_t memory = conf_number(conf, "memory"), maxmem = conf_number(conf, "maxmem");
    char cmdline[CONF_CMDLINE_SIZE] = "";
    struct fail ignored;

    for (int64_t i = 0; i < vcpus; i++)
        json_object_array_add(avail, json_object_new_int64(i));
    add_number(b, "max_vcpus", maxvcpus > 0 ? maxvcpus : vcpus);
    json_object_object_add(b, "avail_vcpus", avail);
    add_number(b, "max_memkb", (maxmem > 0 ? maxmem : memory) * 1024);
    add_number(b, "target_memkb", memory * 1024);
    add_text(b, "kernel", conf_string(conf, "kernel"));
    add_text(b, "ramdisk", conf_string(conf, "ramdisk"));
    if (conf_cmdline(conf, cmdline, &ignored) == 0)
        add_text(b, "cmdline", cmdline);
    add_number(b, "event_channels", conf_number(conf, "event_channels"));
    add_share(b, conf);
    json_object_object_add(b, "type.pv", json_object_new_object());
    return b;
}

static void add_own(struct json_object *to, const struct conf *conf)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    xalloc_check(out);
    conf_print(conf, out);
    fclose(out);
    add_text(to, OUR_KEY, xalloc_check(text));
    free(text);
}

char *xl_config_print(const struct conf *conf)
{
    static const char *const actions[] = {"on_poweroff", "on_reboot", "on_crash"};
    struct json_object *o = json_object_new_object(), *c = json_object_new_object();
    char *text;

    add_text(c, "type", "pv");
    add_text(c, "name", conf_string(conf, "name"));
    add_text(c, "uuid", conf_string(conf, "uuid"));
    json_object_object_add(o, "c_info", c);
    json_object_object_add(o, "b_info", build_info(conf));
    add_list(o, "disks", conf, "disk", disk_json);
    add_list(o, "nics", conf, "vif", nic_json);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        add_text(o, actions[i], conf_end_action(conf, actions[i], false));
    add_own(o, conf);
    text = xalloc_check(strdup(json_object_to_json_string_ext(o, PRINT_FLAGS)));
    json_object_put(o);
    return text;
}

/* ---- reading ---- */

static struct json_object *child(struct json_object *o, const char *key, enum json_type type)
{
    struct json_object *v = NULL;

    if (!o || !json_object_object_get_ex(o, key, &v) || json_object_get_type(v) != type)
        return NULL;
    return v;
}

static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v = child(o, key, json_type_string);

    return v ? json_object_get_string(v) : NULL;
}

static int64_t number_of(struct json_object *o, const char *key, int64_t absent)
{
    struct json_object *v = child(o, key, json_type_int);

    return v ? json_object_get_int64(v) : absent;
}

static void put(struct conf *conf, const char *key, struct conf_value *value)
{
    char *copy = xmemdup(key, strlen(key));

    xalloc_check(conf_put(conf, copy, (struct conf_pos){0}, false, value) ? NULL : conf);
}

static void set_number(struct conf *conf, const char *key, int64_t number)
{
    struct conf_value value = {.type = CONF_NUMBER, .number = number};

    put(conf, key, &value);
}

static void set_text(struct conf *conf, const char *key, const char *text)
{
    if (text && *text)
        xalloc_check(conf_set_string(conf, key, text) ? NULL : conf);
}

static void append(struct conf_value *list, const char *text)
{
    list->items = xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
    list->items[list->count++] =
        (struct conf_value){.type = CONF_STRING, .text = xmemdup(text, strlen(text))};
}

/* A word of a device's text: nothing in it may end the word. */
static bool plain(const char *text)
{
    return !strpbrk(text, ",'\"[]\n\r");
}

static int take_disk(struct conf_value *list, struct json_object *o, struct fail *f)
{
    const char *path = text_of(o, "pdev_path"), *vdev = text_of(o, "vdev");
    const char *format = text_of(o, "format"), *script = text_of(o, "script");
    char text[2048];
    int n;

    if (!path || !vdev || !plain(path) || !plain(vdev) || (format && !plain(format)) ||
        (script && !plain(script)))
        return fail(f, "the saved configuration has a disk without a plain path and device");
    if (number_of(o, "is_cdrom", 0) && !*path)
        return 0; /* an empty drive */
    n = snprintf(text, sizeof(text), "vdev=%s, access=%s, format=%s, %s%s%starget=%s", vdev,
                 number_of(o, "readwrite", 0) ? "rw" : "ro", format ? format : "raw",
                 script ? "script=" : "", script ? script : "", script ? ", " : "", path);
    if (n >= (int)sizeof(text))
        return fail(f, "the saved configuration has a disk with an endless path");
    append(list, text);
    return 0;
}

/* Words of a device's text; what is too much for it is lost, which its length tells. */
struct words {
    char text[1024];
    size_t len;
};

static void add_word(struct words *w, const char *key, const char *value)
{
    if (w->len < sizeof(w->text))
        w->len += snprintf(w->text + w->len, sizeof(w->text) - w->len, "%s%s=%s",
                           w->len ? ", " : "", key, value);
}

/* The number by which the guest knows it. */
static int take_devid(struct words *w, struct json_object *o, struct fail *f)
{
    const int64_t devid = number_of(o, "devid", -1);
    char text[24];

    if (devid > VIF_DEVID_MAX)
        return fail(f, "the saved configuration has a NIC with an impossible devid");
    snprintf(text, sizeof(text), "%" PRIi64, devid);
    if (devid >= 0)
        add_word(w, "devid", text);
    return 0;
}

/* Ours says what passes in a second: rounded up, so that no less passes in an interval. */
static int take_rate(struct words *w, struct json_object *o, struct fail *f)
{
    const int64_t bytes = number_of(o, "rate_bytes_per_interval", 0);
    const int64_t usecs = number_of(o, "rate_interval_usecs", 0);
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
    add_word(w, "rate", text);
    return 0;
}

static int take_nic(struct conf_value *list, struct json_object *o, struct fail *f)
{
    static const char *const keys[][2] = {{"mac", "mac"},        {"bridge", "bridge"},
                                          {"ip", "ip"},          {"script", "script"},
                                          {"ifname", "vifname"}, {"gatewaydev", "gatewaydev"}};
    struct words words = {.len = 0};

    if (take_devid(&words, o, f) || take_rate(&words, o, f))
        return -1;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *value = text_of(o, keys[i][0]);

        if (!value || !*value)
            continue;
        if (!plain(value))
            return fail(f, "the saved configuration has a NIC with a strange %s", keys[i][0]);
        add_word(&words, keys[i][1], value);
    }
    if (words.len >= sizeof(words.text))
        return fail(f, "the saved configuration has a NIC with endless words");
    append(list, words.text);
    return 0;
}

static int take_list(struct conf *conf, const char *conf_key, struct json_object *o,
                     const char *key,
                     int (*take)(struct conf_value *list, struct json_object *o, struct fail *f),
                     struct fail *f)
{
    struct json_object *from = child(o, key, json_type_array);
    struct conf_value list = {.type = CONF_LIST};
    size_t n = from ? json_object_array_length(from) : 0;

    for (size_t i = 0; i < n; i++)
        if (take(&list, json_object_array_get_idx(from, i), f)) {
            conf_value_free(&list);
            return -1;
        }
    put(conf, conf_key, &list);
    return 0;
}

/* Its share of CPU time; -1 is xl's for the usual one. */
static void take_share(struct conf *conf, struct json_object *b)
{
    struct json_object *share = child(b, "sched_params", json_type_object);
    const int64_t weight = number_of(share, "weight", -1), cap = number_of(share, "cap", -1);

    if (weight > 0)
        set_number(conf, "cpu_weight", weight);
    if (cap >= 0)
        set_number(conf, "cpu_cap", cap);
}

/* xl's own words; @o is not NULL. */
static int take_all(struct conf *conf, struct json_object *o, struct fail *f)
{
    static const char *const actions[] = {"on_poweroff", "on_reboot", "on_crash"};
    struct json_object *c = child(o, "c_info", json_type_object);
    struct json_object *b = child(o, "b_info", json_type_object), *avail;
    const char *type = text_of(c, "type");
    int64_t target = number_of(b, "target_memkb", 0), max = number_of(b, "max_memkb", 32768);
    int64_t vcpus = number_of(b, "max_vcpus", 1), ports = number_of(b, "event_channels", 0);

    if (!type || strcasecmp(type, "pv") != 0)
        return fail(f, "the saved configuration is not that of a PV guest");
    if (target < 0 || max < 0 || target > INT64_MAX / 2 || max > INT64_MAX / 2)
        return fail(f, "the saved configuration has an impossible memory size");
    set_text(conf, "name", text_of(c, "name"));
    set_text(conf, "uuid", text_of(c, "uuid"));
    set_number(conf, "memory", ((target ? target : max) + 1023) / 1024);
    set_number(conf, "maxmem", ((max > target ? max : target) + 1023) / 1024);
    avail = child(b, "avail_vcpus", json_type_array);
    set_number(conf, "maxvcpus", vcpus);
    set_number(conf, "vcpus",
               avail && json_object_array_length(avail) ? json_object_array_length(avail) : 1);
    set_text(conf, "kernel", text_of(b, "kernel"));
    set_text(conf, "ramdisk", text_of(b, "ramdisk"));
    set_text(conf, "cmdline", text_of(b, "cmdline"));
    if (ports > 0)
        set_number(conf, "event_channels", ports);
    take_share(conf, b);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        set_text(conf, actions[i], text_of(o, actions[i]));
    if (!text_of(o, "on_reboot")) /* libxl's defaults, not ours */
        set_text(conf, "on_reboot", "destroy");
    if (!text_of(o, "on_crash"))
        set_text(conf, "on_crash", "destroy");
    return take_list(conf, "disk", o, "disks", take_disk, f) ||
                   take_list(conf, "vif", o, "nics", take_nic, f)
               ? -1
               : 0;
}

struct conf *xl_config_read(const char *file, const char *text, struct fail *f)
{
    enum json_tokener_error error;
    struct json_object *o = json_tokener_parse_verbose(text, &error);
    const char *own;
    struct conf *conf = NULL;

    if (!o || json_object_get_type(o) != json_type_object) {
        fail(f, "%s: the saved configuration is no JSON object: %s", file,
             json_tokener_error_desc(error));
        json_object_put(o);
        return NULL;
    }
    own = text_of(o, OUR_KEY);
    if (own) {
        conf = conf_parse(file, own, strlen(own), f);
    } else {
        conf = xalloc_check(conf_new(file));
        if (take_all(conf, o, f)) {
            conf_free(conf);
            conf = NULL;
        }
    }
    json_object_put(o);
    return conf;
}

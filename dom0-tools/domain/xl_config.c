/* SPDX-License-Identifier: BSD-2-Clause */
/* To and from libxl's JSON (tools/libs/light/libxl_types.idl names the keys); see xl_config.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "conf/cmdline.h"
#include "conf/ends.h"
#include "conf/words.h"
#include "domain/xl_config.h"
#include "domain/xl_device.h"
#include "domain/xl_json.h"
#include "lib/xalloc.h"

#define OUR_KEY     "hospes_config"
#define PRINT_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* ---- writing ---- */

static void add_devices(struct json_object *to, const struct conf *conf,
                        const struct xl_device *kind)
{
    struct json_object *list = json_object_new_array();
    const struct conf_value *value;

    for (size_t i = 0; (value = conf_item(conf, kind->key, i)); i++) {
        struct json_object *o = value->type == CONF_STRING ? kind->print(value->text) : NULL;

        if (o)
            json_object_array_add(list, o);
    }
    json_object_object_add(to, kind->list, list);
}

/* Its share of CPU time. */
static void add_share(struct json_object *b, const struct conf *conf)
{
    const int64_t weight = conf_number(conf, "cpu_weight"), cap = conf_number(conf, "cpu_cap");
    struct json_object *share = json_object_new_object();

    if (weight > 0)
        json_put_number(share, "weight", weight);
    if (cap >= 0)
        json_put_number(share, "cap", cap);
    json_object_object_add(b, "sched_params", share);
}

static void add_loader_words(struct json_object *words, const char *given)
{
    struct word word;

    while (given && word_next(&given, ' ', &word))
        if (word.len)
            json_object_array_add(words, json_object_new_string_len(word.at, (int)word.len));
}

/* What finds its kernel when it starts anew.  libxl knows no bootentry: the loader's own option says it. */
static void add_loader(struct json_object *b, const struct conf *conf)
{
    struct json_object *words = json_object_new_array();
    const char *entry = conf_string(conf, "bootentry");
    const struct conf_value *value;

    json_put_text(b, "bootloader", conf_string(conf, "bootloader"));
    add_loader_words(words, conf_string(conf, "bootargs"));
    for (size_t i = 0; (value = conf_item(conf, "bootloader_args", i)); i++)
        json_object_array_add(words, json_object_new_string(value->text));
    if (entry && *entry) {
        json_object_array_add(words, json_object_new_string("--entry"));
        json_object_array_add(words, json_object_new_string(entry));
    }
    json_object_object_add(b, "bootloader_args", words);
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
    json_put_number(b, "max_vcpus", maxvcpus > 0 ? maxvcpus : vcpus);
    json_object_object_add(b, "avail_vcpus", avail);
    json_put_number(b, "max_memkb", (maxmem > 0 ? maxmem : memory) * 1024);
    json_put_number(b, "target_memkb", memory * 1024);
    json_put_text(b, "kernel", conf_string(conf, "kernel"));
    json_put_text(b, "ramdisk", conf_string(conf, "ramdisk"));
    if (conf_cmdline(conf, cmdline, &ignored) == 0)
        json_put_text(b, "cmdline", cmdline);
    json_put_number(b, "event_channels", conf_number(conf, "event_channels"));
    add_share(b, conf);
    add_loader(b, conf);
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
    json_put_text(to, OUR_KEY, xalloc_check(text));
    free(text);
}

char *xl_config_print(const struct conf *conf)
{
    static const char *const actions[] = {"on_poweroff", "on_reboot", "on_crash"};
    struct json_object *o = json_object_new_object(), *c = json_object_new_object();
    char *text;

    json_put_text(c, "type", "pv");
    json_put_text(c, "name", conf_string(conf, "name"));
    json_put_text(c, "uuid", conf_string(conf, "uuid"));
    json_object_object_add(o, "c_info", c);
    json_object_object_add(o, "b_info", build_info(conf));
    for (const struct xl_device *kind = xl_devices; kind->list; kind++)
        add_devices(o, conf, kind);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        json_put_text(o, actions[i], conf_end_action(conf, actions[i], false));
    add_own(o, conf);
    text = xalloc_check(strdup(json_object_to_json_string_ext(o, PRINT_FLAGS)));
    json_object_put(o);
    return text;
}

/* ---- reading ---- */

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

static int take_devices(struct conf *conf, struct json_object *o, const struct xl_device *kind,
                        struct fail *f)
{
    struct json_object *from = json_member(o, kind->list, json_type_array);
    struct conf_value list = {.type = CONF_LIST};
    const size_t n = from && kind->take ? json_object_array_length(from) : 0;
    char text[XL_DEVICE_TEXT];

    for (size_t i = 0; i < n; i++) {
        const int taken = kind->take(json_object_array_get_idx(from, i), text, sizeof(text), f);

        if (taken < 0) {
            conf_value_free(&list);
            return -1;
        }
        if (taken)
            append(&list, text);
    }
    if (list.count)
        put(conf, kind->key, &list);
    return 0;
}

/* Its share of CPU time; -1 is xl's for the usual one. */
static void take_share(struct conf *conf, struct json_object *b)
{
    struct json_object *share = json_member(b, "sched_params", json_type_object);
    const int64_t weight = json_number(share, "weight", -1), cap = json_number(share, "cap", -1);

    if (weight > 0)
        set_number(conf, "cpu_weight", weight);
    if (cap >= 0)
        set_number(conf, "cpu_cap", cap);
}

/* What starts it anew; in the guest's kind before Xen 4.10. */
static const char *start_text(struct json_object *b, const char *key)
{
    const char *text = json_text(b, key);

    return text ? text : json_text(json_member(b, "type.pv", json_type_object), key);
}

static void take_start(struct conf *conf, struct json_object *b)
{
    static const char *const keys[] = {"kernel", "ramdisk", "cmdline", "bootloader"};
    struct json_object *words = json_member(b, "bootloader_args", json_type_array);
    struct conf_value list = {.type = CONF_LIST};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        set_text(conf, keys[i], start_text(b, keys[i]));
    for (size_t i = 0; words && i < json_object_array_length(words); i++) {
        struct json_object *word = json_object_array_get_idx(words, i);

        if (json_object_get_type(word) == json_type_string)
            append(&list, json_object_get_string(word));
    }
    if (list.count)
        put(conf, "bootloader_args", &list);
}

/* xl's own words; @o is not NULL. */
static int take_all(struct conf *conf, struct json_object *o, struct fail *f)
{
    static const char *const actions[] = {"on_poweroff", "on_reboot", "on_crash"};
    struct json_object *c = json_member(o, "c_info", json_type_object);
    struct json_object *b = json_member(o, "b_info", json_type_object), *avail;
    const char *type = json_text(c, "type");
    int64_t target = json_number(b, "target_memkb", 0), max = json_number(b, "max_memkb", 32768);
    int64_t vcpus = json_number(b, "max_vcpus", 1), ports = json_number(b, "event_channels", 0);

    if (!type || strcasecmp(type, "pv") != 0)
        return fail(f, "the saved configuration is not that of a PV guest");
    if (target < 0 || max < 0 || target > INT64_MAX / 2 || max > INT64_MAX / 2)
        return fail(f, "the saved configuration has an impossible memory size");
    set_text(conf, "name", json_text(c, "name"));
    set_text(conf, "uuid", json_text(c, "uuid"));
    set_number(conf, "memory", ((target ? target : max) + 1023) / 1024);
    set_number(conf, "maxmem", ((max > target ? max : target) + 1023) / 1024);
    avail = json_member(b, "avail_vcpus", json_type_array);
    set_number(conf, "maxvcpus", vcpus);
    set_number(conf, "vcpus",
               avail && json_object_array_length(avail) ? json_object_array_length(avail) : 1);
    take_start(conf, b);
    if (ports > 0)
        set_number(conf, "event_channels", ports);
    take_share(conf, b);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        set_text(conf, actions[i], json_text(o, actions[i]));
    if (!json_text(o, "on_reboot")) /* libxl's defaults, not ours */
        set_text(conf, "on_reboot", "destroy");
    if (!json_text(o, "on_crash"))
        set_text(conf, "on_crash", "destroy");
    for (const struct xl_device *kind = xl_devices; kind->list; kind++)
        if (take_devices(conf, o, kind, f))
            return -1;
    return 0;
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
    own = json_text(o, OUR_KEY);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* `list --long`; see longlist.h. */
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "conf/cmdline.h"
#include "conf/cpuset.h"
#include "domain/config_file.h"
#include "domain/device.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/format.h"
#include "xm/json.h"
#include "xm/longlist.h"
#include "xm/sxp.h"
#include "xm/xm.h"

enum { ON_POWEROFF, ON_REBOOT, ON_CRASH, ACTIONS };

struct details {
    char *name, *vm, *kernel, *cmdline, *actions[ACTIONS], *start_time;
    char uuid[37];
};

static const char *const action_keys[ACTIONS] = {
    [ON_POWEROFF] = "on_poweroff", [ON_REBOOT] = "on_reboot", [ON_CRASH] = "on_crash"};

static void read_details(struct toolstack *ts, const xc_domaininfo_t *info, struct details *d)
{
    *d = (struct details){0};
    d->name = ts_domain_name(ts, info->domain);
    uuid_unparse_lower(info->handle, d->uuid);
    d->vm = store_read(ts->xs, "/local/domain/%u/vm", info->domain);
    if (!d->vm)
        return;
    d->kernel = store_read(ts->xs, "%s/image/kernel", d->vm);
    d->cmdline = store_read(ts->xs, "%s/image/cmdline", d->vm);
    d->start_time = store_read(ts->xs, "%s/start_time", d->vm);
    for (int i = 0; i < ACTIONS; i++)
        d->actions[i] = store_read(ts->xs, "%s/%s", d->vm, action_keys[i]);
}

static void free_details(struct details *d)
{
    free(d->name);
    free(d->vm);
    free(d->kernel);
    free(d->cmdline);
    free(d->start_time);
    for (int i = 0; i < ACTIONS; i++)
        free(d->actions[i]);
}

/* (status N) of xend: 1 paused, 2 running, 4 shutting down, 5 crashed */
static int sxp_status(uint32_t flags)
{
    char state[7];

    format_state(false, flags, state);
    return state[4] == 'c' ? 5 : state[3] == 's' || state[5] == 'd' ? 4 : state[2] == 'p' ? 1 : 2;
}

static void print_device(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct sxp *s = arg;

    sxp_open(s, "device");
    sxp_open(s, at->class->type);
    for (const char *const *key = at->class->sxp_keys; *key; key++) {
        char *text = store_read(ts->xs, "%s/%s", at->paths.back, *key);

        sxp_text(s, *key, text);
        free(text);
    }
    sxp_number(s, "backend", 0);
    sxp_close(s);
    sxp_close(s);
}

static void print_image(struct sxp *s, const char *kernel, const char *cmdline)
{
    sxp_open(s, "image");
    sxp_open(s, "linux");
    sxp_text(s, "kernel", kernel);
    sxp_text(s, "args", cmdline ? cmdline : "");
    sxp_close(s);
    sxp_close(s);
}

/* xend printed a key without a value, too. */
static void print_key(struct sxp *s, const char *key, const char *text)
{
    if (text && *text)
        sxp_text(s, key, text);
    else
        sxp_word(s, key, "%s", "");
}

/* The texts of a list as one, a blank between them; freed by the caller. */
static char *joined(const struct conf *conf, const char *key)
{
    const struct conf_value *item;
    char *text = NULL;
    size_t len;
    FILE *out = xalloc_check(open_memstream(&text, &len));

    for (size_t i = 0; (item = conf_item(conf, key, i)); i++)
        fprintf(out, "%s%s", i ? " " : "", item->text ? item->text : "");
    fclose(out);
    return xalloc_check(text);
}

/* What only the config says; readers find each key at the place where xend had it. */
static void print_bootloader(struct sxp *s, const struct conf *conf)
{
    print_key(s, "bootloader", conf_string(conf, "bootloader"));
}

static void print_bootloader_args(struct sxp *s, const struct conf *conf)
{
    char *args = joined(conf, "bootloader_args");

    print_key(s, "bootloader_args", args);
    free(args);
}

static void print_rest_of_config(struct sxp *s, const struct conf *conf)
{
    sxp_number(s, "shadow_memory", 0);
    print_key(s, "features", "");
    sxp_text(s, "on_xend_start", conf_string(conf, "on_xend_start"));
    sxp_text(s, "on_xend_stop", conf_string(conf, "on_xend_stop"));
}

static void print_share(struct toolstack *ts, struct sxp *s, uint32_t domid)
{
    struct xen_domctl_sched_credit share = {0};

    if (!xm_cpu_share(ts, domid, &share))
        return;
    sxp_number(s, "cpu_weight", share.weight);
    sxp_number(s, "cpu_cap", share.cap);
}

/* (cpus ((0 1) (0 1))): the CPUs of each vCPU by number, () of one that has them all. */
static void print_cpus(struct toolstack *ts, struct sxp *s, const xc_domaininfo_t *info)
{
    unsigned int cpus = xc_get_online_cpus(ts->xch), size = xc_get_cpumap_size(ts->xch);
    xc_cpumap_t map = xalloc_check(xc_cpumap_alloc(ts->xch));
    char *text = NULL;
    size_t len;
    FILE *out = xalloc_check(open_memstream(&text, &len));

    for (unsigned int i = 0; i <= info->max_vcpu_id && info->max_vcpu_id != XEN_INVALID_MAX_VCPU_ID;
         i++) {
        struct cpuset set = {0};
        const char *blank = "";
        unsigned int n = 0;

        if (xc_vcpu_getaffinity(ts->xch, info->domain, i, map, NULL, XEN_VCPUAFFINITY_HARD))
            continue;
        memcpy(set.bits, map, size < sizeof(set.bits) ? size : sizeof(set.bits));
        for (unsigned int cpu = 0; cpu < cpus; cpu++)
            n += cpuset_has(&set, cpu);
        fprintf(out, "%s(", i ? " " : "");
        for (unsigned int cpu = 0; n < cpus && cpu < cpus; cpu++)
            if (cpuset_has(&set, cpu)) {
                fprintf(out, "%s%u", blank, cpu);
                blank = " ";
            }
        fputc(')', out);
    }
    fclose(out);
    xalloc_check(text);
    sxp_word(s, "cpus", "(%s)", text);
    free(text);
    free(map);
}

/* What the domain was started from; of dom0 and of strangers' domains, an empty one. */
static struct conf *config_of(struct toolstack *ts, uint32_t domid)
{
    char path[PATH_LEN];
    struct conf *conf = domid ? config_read(ts, path_domain_config(domid, path), NULL, 0) : NULL;

    return conf ? conf : xalloc_check(conf_new(""));
}

static void print_console(struct sxp *s)
{
    sxp_open(s, "device");
    sxp_open(s, "console");
    sxp_text(s, "protocol", "vt100");
    sxp_close(s);
    sxp_close(s);
}

static void print_sxp(struct toolstack *ts, const xc_domaininfo_t *info, const struct details *d)
{
    struct sxp s = {.out = stdout};
    uint32_t id = info->domain;
    struct conf *conf = config_of(ts, id);
    char state[7];

    sxp_open(&s, "domain");
    sxp_number(&s, "domid", id);
    print_share(ts, &s, id);
    print_bootloader(&s, conf);
    sxp_text(&s, action_keys[ON_CRASH], d->actions[ON_CRASH]);
    sxp_text(&s, "uuid", d->uuid);
    print_bootloader_args(&s, conf);
    sxp_number(&s, "vcpus", info->max_vcpu_id + 1);
    print_key(&s, "description", conf_string(conf, "description"));
    sxp_text(&s, "name", d->name);
    print_cpus(ts, &s, info);
    sxp_text(&s, action_keys[ON_REBOOT], d->actions[ON_REBOOT]);
    sxp_text(&s, action_keys[ON_POWEROFF], d->actions[ON_POWEROFF]);
    sxp_number(&s, "maxmem", info->max_pages >> 8);
    sxp_number(&s, "memory", info->tot_pages >> 8);
    print_rest_of_config(&s, conf);
    sxp_text(&s, "start_time", d->start_time);
    sxp_word(&s, "cpu_time", "%.9f", info->cpu_time / 1e9);
    sxp_number(&s, "online_vcpus", info->nr_online_vcpus);
    if (d->kernel)
        print_image(&s, d->kernel, d->cmdline);
    sxp_number(&s, "status", sxp_status(info->flags));
    sxp_word(&s, "state", "%s", format_state(false, info->flags, state));
    if (id) {
        sxp_number(&s, "store_mfn", store_number(ts->xs, 0, "/local/domain/%u/store/ring-ref", id));
        sxp_number(&s, "console_mfn",
                   store_number(ts->xs, 0, "/local/domain/%u/console/ring-ref", id));
        device_each(ts, id, print_device, &s);
        print_console(&s);
    }
    sxp_close(&s);
    conf_free(conf);
}

void longlist_print_halted(const struct conf *conf, bool suspended)
{
    char cmdline[CONF_CMDLINE_SIZE] = "";
    struct sxp s = {.out = stdout};
    struct fail ignored; /* what is defined has been checked */

    sxp_open(&s, "domain");
    print_bootloader(&s, conf);
    sxp_text(&s, action_keys[ON_CRASH], conf_string(conf, action_keys[ON_CRASH]));
    sxp_text(&s, "uuid", conf_string(conf, "uuid"));
    print_bootloader_args(&s, conf);
    sxp_number(&s, "vcpus", conf_number(conf, "vcpus"));
    print_key(&s, "description", conf_string(conf, "description"));
    sxp_text(&s, "name", conf_string(conf, "name"));
    sxp_text(&s, action_keys[ON_REBOOT], conf_string(conf, action_keys[ON_REBOOT]));
    sxp_text(&s, action_keys[ON_POWEROFF], conf_string(conf, action_keys[ON_POWEROFF]));
    sxp_number(&s, "memory", conf_number(conf, "memory"));
    print_rest_of_config(&s, conf);
    conf_cmdline(conf, cmdline, &ignored);
    if (conf_string(conf, "kernel"))
        print_image(&s, conf_string(conf, "kernel"), cmdline);
    sxp_number(&s, "status", suspended ? 3 : 0);
    sxp_close(&s);
}

static struct json_object *to_json(const xc_domaininfo_t *info, const struct details *d)
{
    struct json_object *domain = xalloc_check(json_object_new_object());
    struct json_object *config = xalloc_check(json_object_new_object());
    struct json_object *c_info = xalloc_check(json_object_new_object());
    struct json_object *b_info = xalloc_check(json_object_new_object());

    json_add_text(c_info, "type", "pv");
    json_add_text(c_info, "name", d->name);
    json_add_text(c_info, "uuid", d->uuid);
    json_add_number(b_info, "max_vcpus", info->max_vcpu_id + 1);
    json_add_number(b_info, "max_memkb", info->max_pages * 4);
    json_add_number(b_info, "target_memkb", info->tot_pages * 4);
    json_add_text(b_info, "kernel", d->kernel);
    json_add_text(b_info, "cmdline", d->kernel && !d->cmdline ? "" : d->cmdline);
    json_object_object_add(config, "c_info", c_info);
    json_object_object_add(config, "b_info", b_info);
    for (int i = 0; i < ACTIONS; i++)
        json_add_text(config, action_keys[i], d->actions[i]);
    json_add_number(domain, "domid", info->domain);
    json_object_object_add(domain, "config", config);
    return domain;
}

void longlist_print(struct toolstack *ts, const xc_domaininfo_t *list, int count, bool sxp)
{
    struct json_object *all = xalloc_check(json_object_new_array());

    for (int i = 0; i < count; i++) {
        struct details d;

        read_details(ts, &list[i], &d);
        if (sxp)
            print_sxp(ts, &list[i], &d);
        else
            json_object_array_add(all, to_json(&list[i], &d));
        free_details(&d);
    }
    if (!sxp)
        json_print(stdout, all);
    json_object_put(all);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of running domains: list, attach, detach; see device_verbs.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/answer.h"
#include "xm/counters.h"
#include "xm/device_verbs.h"
#include "xm/json.h"
#include "xm/sxp.h"
#include "xm/xm.h"

static void add_nic(struct json_object *to, struct nic_counters n)
{
    json_add_number(to, "rx_bytes", n.rx_bytes);
    json_add_number(to, "rx_packets", n.rx_packets);
    json_add_number(to, "rx_errors", n.rx_errors);
    json_add_number(to, "rx_dropped", n.rx_dropped);
    json_add_number(to, "tx_bytes", n.tx_bytes);
    json_add_number(to, "tx_packets", n.tx_packets);
    json_add_number(to, "tx_errors", n.tx_errors);
    json_add_number(to, "tx_dropped", n.tx_dropped);
    json_add_number(to, "merges", n.merges);
    json_add_number(to, "restarts", n.restarts);
}

/* Those buckets in which there are requests; the last has no upper end. */
static void add_latency(struct json_object *to, const struct device_stats *stats)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (unsigned int i = 0; i < LATENCY_BUCKETS; i++) {
        struct json_object *bucket;

        if (!stats->latency[i])
            continue;
        bucket = xalloc_check(json_object_new_object());
        if (i + 1 < LATENCY_BUCKETS)
            json_add_number(bucket, "below_us", LATENCY_FIRST_US << i);
        json_add_number(bucket, "requests", stats->latency[i]);
        json_object_array_add(list, bucket);
    }
    json_object_object_add(to, "latency", list);
}

static void add_disk(struct json_object *to, struct disk_counters d)
{
    static const struct {
        enum stats_kind kind;
        const char *requests, *bytes, *errors;
    } keys[] = {
        {STATS_READ, "reads", "read_bytes", "read_errors"},
        {STATS_WRITE, "writes", "written_bytes", "write_errors"},
        {STATS_FLUSH, "flushes", NULL, "flush_errors"},
        {STATS_DISCARD, "discards", "discarded_bytes", "discard_errors"},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_add_number(to, keys[i].requests, d.stats.of[keys[i].kind].requests);
        if (keys[i].bytes)
            json_add_number(to, keys[i].bytes, d.stats.of[keys[i].kind].bytes);
        json_add_number(to, keys[i].errors, d.stats.of[keys[i].kind].errors);
    }
    json_add_number(to, "merges", d.stats.merges);
    json_add_number(to, "restarts", d.restarts);
    add_latency(to, &d.stats);
}

/* What both classes have; the texts that tell devices apart are those of the back-end's node. */
static void fill_row(struct toolstack *ts, const struct device_at *at, struct json_object *to)
{
    static const char *const keys[] = {"dev", "mode", "params", "mac", "bridge", "ip", "script"};

    json_add_number(to, "domid", at->domid);
    json_add_number(to, "device", at->id);
    json_add_number(to, "backend_domid", store_number(ts->xs, 0, "%s/backend-id", at->paths.front));
    json_add_number(to, "state", store_number(ts->xs, 0, "%s/state", at->paths.front));
    json_add_text(to, "backend", at->paths.back);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char *value = store_read(ts->xs, "%s/%s", at->paths.back, keys[i]);

        json_add_text(to, keys[i], value);
        free(value);
    }
    if (at->class == &class_nic)
        add_nic(to, nic_counters(ts, at));
    else
        add_disk(to, disk_counters(ts, at));
}

/* --long: the same, as an S-expression. */
static void print_long(struct toolstack *ts, const struct device_at *at)
{
    struct json_object *all = xalloc_check(json_object_new_object());
    struct sxp s = {.out = stdout};

    fill_row(ts, at, all);
    sxp_json(&s, at->class->type, all);
    json_object_put(all);
}

static void row(struct toolstack *ts, const struct device_at *at, void *arg)
{
    const bool *whole = arg;

    if (answer_wanted())
        fill_row(ts, at, answer_row());
    else if (*whole)
        print_long(ts, at);
    else
        at->class->list_row(ts, at);
}

const struct option_row device_list_options[] = {
    {'l', "long", NULL, "all that is known and counted, as S-expressions"},
    {0},
};

int device_list(struct toolstack *ts, const struct args *args, const struct device_class *class)
{
    bool whole = args->value[0];
    uint32_t domid;

    for (int i = 0; i < args->argc; i++) {
        int ret = xm_find(ts, args->argv[i], &domid);

        if (ret)
            return ret;
        if (answer_wanted())
            answer_rows();
        else if (!whole)
            puts(class->list_header);
        device_each_of(ts, class, domid, row, &whole);
    }
    return XM_OK;
}

char *device_join_args(const struct args *args)
{
    char *spec = xmemdup("", 0);

    for (int i = 1; i < args->argc; i++) {
        size_t len = strlen(spec);

        spec = xrealloc(spec, len + strlen(args->argv[i]) + 2);
        sprintf(spec + len, "%s%s", i > 1 ? "," : "", args->argv[i]);
    }
    return spec;
}

int device_attach_args(struct toolstack *ts, const struct args *args,
                       const struct device_class *class)
{
    uint32_t domid;
    char *spec;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (domid == 0)
        return xm_error("Domain-0 has the machine's own devices; nothing can be attached to it");
    spec = device_join_args(args);
    if (device_attach_spec(ts, domid, class, spec))
        ret = xm_report(ts);
    free(spec);
    return ret;
}

int device_detach_args(struct toolstack *ts, const struct args *args,
                       const struct device_class *class, bool force)
{
    struct device_at at;
    uint32_t domid;
    long id;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    id = class->find(ts, domid, args->argv[1]);
    at = device_at(ts, class, domid, id >= 0 ? id : 0);
    if (id < 0 || store_number(ts->xs, 0, "%s/state", at.paths.back) == 0)
        return xm_error("Device %s (%s) is not connected to domain %s", args->argv[1], class->type,
                        args->argv[0]);
    return device_detach(ts, &at, force) ? xm_report(ts) : XM_OK;
}

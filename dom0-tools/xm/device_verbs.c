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
}

static void add_disk(struct json_object *to, struct disk_counters d)
{
    json_add_number(to, "reads", d.reads);
    json_add_number(to, "writes", d.writes);
    json_add_number(to, "read_bytes", d.read_sectors * 512);
    json_add_number(to, "written_bytes", d.written_sectors * 512);
}

/* What both classes have; the texts that tell devices apart are those of the back-end's node. */
static void add_row(struct toolstack *ts, const struct device_at *at)
{
    static const char *const keys[] = {"dev", "mode", "params", "mac", "bridge", "ip", "script"};
    struct json_object *to = answer_row();

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

static void row(struct toolstack *ts, const struct device_at *at, void *arg)
{
    (void)arg;
    if (answer_wanted())
        add_row(ts, at);
    else
        at->class->list_row(ts, at);
}

int device_list(struct toolstack *ts, const struct args *args, const struct device_class *class)
{
    uint32_t domid;

    for (int i = 0; i < args->argc; i++) {
        int ret = xm_find(ts, args->argv[i], &domid);

        if (ret)
            return ret;
        answer_wanted() ? answer_rows() : (void)puts(class->list_header);
        device_each_of(ts, class, domid, row, NULL);
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

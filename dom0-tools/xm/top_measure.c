/* SPDX-License-Identifier: BSD-2-Clause */
/* Measuring for xentop; see top.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/device.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/top.h"

static void measure_nic(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct top_row *row = arg;

    row->nics = xrealloc(row->nics, (row->nic_count + 1) * sizeof(*row->nics));
    row->nics[row->nic_count++] = nic_counters(ts, at);
}

static void measure_disk(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct top_row *row = arg;

    row->disks = xrealloc(row->disks, (row->disk_count + 1) * sizeof(*row->disks));
    row->disks[row->disk_count++] = disk_counters(ts, at);
}

/* The same domain as before, not another of its number. */
static const struct top_row *earlier(const struct top *before, const xc_domaininfo_t *info)
{
    for (int i = 0; i < before->count; i++)
        if (before->rows[i].info.domain == info->domain &&
            memcmp(before->rows[i].info.handle, info->handle, sizeof(info->handle)) == 0)
            return &before->rows[i];
    return NULL;
}

static void measure_row(struct toolstack *ts, const struct top *before, double seconds,
                        struct top_row *row)
{
    const struct top_row *old = earlier(before, &row->info);

    if (old && seconds > before->seconds && row->info.cpu_time >= old->info.cpu_time)
        row->cpu_percent =
            (row->info.cpu_time - old->info.cpu_time) / 1e7 / (seconds - before->seconds);
    device_each_of(ts, &class_nic, row->info.domain, measure_nic, row);
    device_each_of(ts, &class_disk, row->info.domain, measure_disk, row);
}

int top_measure(struct toolstack *ts, const struct top *before, struct top *out)
{
    xc_domaininfo_t *list;
    xc_physinfo_t machine;
    int n = ts_domains(ts, &list);
    char **names;

    if (n < 0)
        return -1;
    if (xc_physinfo(ts->xch, &machine)) {
        free(list);
        return fail(&ts->fail, "cannot read the machine's description: %s", strerror(errno));
    }
    *out = (struct top){.count = n,
                        .seconds = store_now() / 1e3,
                        .cpus = machine.nr_cpus,
                        .total_kib = machine.total_pages * 4,
                        .free_kib = machine.free_pages * 4};
    out->rows = xcalloc(n, sizeof(*out->rows));
    names = ts_domain_names(ts, list, n);
    for (int i = 0; i < n; i++) {
        out->rows[i].name = names[i];
        out->rows[i].info = list[i];
        measure_row(ts, before, out->seconds, &out->rows[i]);
    }
    free(names); /* the rows have what was in it */
    free(list);
    return 0;
}

void top_free(struct top *top)
{
    for (int i = 0; i < top->count; i++) {
        free(top->rows[i].name);
        free(top->rows[i].nics);
        free(top->rows[i].disks);
    }
    free(top->rows);
    *top = (struct top){0};
}

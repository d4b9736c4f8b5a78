/* SPDX-License-Identifier: BSD-2-Clause */
/* Measuring for xentop; see top.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/device.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/top.h"

#define SECTOR 512

static unsigned long long read_counter(const char *dir, const char *name)
{
    unsigned long long n = 0;
    char path[512];
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(path, "re");
    if (!in)
        return 0;
    if (fscanf(in, "%llu", &n) != 1)
        n = 0;
    fclose(in);
    return n;
}

/* What the interface in dom0 has received, the guest has sent, and the other way round. */
static void measure_nic(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct top_row *row = arg;
    char *vifname = store_read(ts->xs, "%s/vifname", at->paths.back), dir[400];
    struct top_nic nic = {.id = at->id};

    if (vifname && *vifname)
        snprintf(dir, sizeof(dir), "%s/%.64s/statistics", paths.net, vifname);
    else
        snprintf(dir, sizeof(dir), "%s/vif%u.%u/statistics", paths.net, at->domid, at->id);
    free(vifname);
    nic.tx_bytes = read_counter(dir, "rx_bytes");
    nic.tx_packets = read_counter(dir, "rx_packets");
    nic.tx_errors = read_counter(dir, "rx_errors");
    nic.tx_dropped = read_counter(dir, "rx_dropped");
    nic.rx_bytes = read_counter(dir, "tx_bytes");
    nic.rx_packets = read_counter(dir, "tx_packets");
    nic.rx_errors = read_counter(dir, "tx_errors");
    nic.rx_dropped = read_counter(dir, "tx_dropped");
    row->nics = xrealloc(row->nics, (row->nic_count + 1) * sizeof(nic));
    row->nics[row->nic_count++] = nic;
}

static unsigned long long first_number(const char *path)
{
    FILE *in = fopen(path, "re");
    unsigned long long n;

    if (!in || fscanf(in, "%llu", &n) != 1)
        n = 0;
    if (in)
        fclose(in);
    return n;
}

/* The worker of our back-end serves nothing else, so what the kernel counts for it is the disk's. */
static void measure_process(const struct device_at *at, struct top_disk *disk)
{
    char dir[PATH_LEN], path[PATH_LEN + 64], line[128];
    unsigned long long n;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s-%u-%u.pid", path_devices(dir), at->class->type, at->domid,
             at->id);
    n = first_number(path);
    snprintf(path, sizeof(path), "/proc/%llu/task/%llu/children", n, n);
    snprintf(path, sizeof(path), "/proc/%llu/io", first_number(path));
    in = fopen(path, "re");
    while (in && fgets(line, sizeof(line), in)) {
        if (sscanf(line, "read_bytes: %llu", &n) == 1)
            disk->read_sectors = n / SECTOR;
        else if (sscanf(line, "write_bytes: %llu", &n) == 1)
            disk->written_sectors = n / SECTOR;
    }
    if (in)
        fclose(in);
}

static void measure_disk(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct top_row *row = arg;
    struct top_disk disk = {.id = at->id};
    char *kind = store_read(ts->xs, "%s/kind", at->paths.back), dir[128];

    if (kind && strcmp(kind, "user") == 0) {
        measure_process(at, &disk);
    } else {
        snprintf(dir, sizeof(dir), XEN_BACKEND_BUS "/devices/vbd-%u-%u/statistics", at->domid,
                 at->id);
        disk.full = read_counter(dir, "oo_req");
        disk.reads = read_counter(dir, "rd_req");
        disk.writes = read_counter(dir, "wr_req");
        disk.read_sectors = read_counter(dir, "rd_sect");
        disk.written_sectors = read_counter(dir, "wr_sect");
    }
    free(kind);
    row->disks = xrealloc(row->disks, (row->disk_count + 1) * sizeof(disk));
    row->disks[row->disk_count++] = disk;
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

    row->name = ts_domain_name(ts, row->info.domain);
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
    for (int i = 0; i < n; i++) {
        out->rows[i].info = list[i];
        measure_row(ts, before, out->seconds, &out->rows[i]);
    }
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what devices have done; see counters.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/paths.h"
#include "lib/store.h"
#include "xm/counters.h"

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

/*
 * What our back-end counts in a file of the device's, which outlives its processes; zeros if there
 * is none.  How often the process was started again.
 */
static unsigned long long read_stats(const struct device_at *at, struct device_stats *stats)
{
    char path[PATH_LEN];
    bool ok;
    FILE *in;

    in = fopen(path_device_file(at->class->type, at->domid, at->id, "stats", path), "re");
    ok = in && fread(stats, sizeof(*stats), 1, in) == 1 && stats->magic == DEVICE_STATS_MAGIC;
    if (in)
        fclose(in);
    if (!ok)
        memset(stats, 0, sizeof(*stats));
    return stats->starts ? stats->starts - 1 : 0;
}

/* What the interface in dom0 has received, the guest has sent, and the other way round. */
struct nic_counters nic_counters(struct toolstack *ts, const struct device_at *at)
{
    char *vifname = store_read(ts->xs, "%s/vifname", at->paths.back), dir[400];
    struct nic_counters nic = {.id = at->id};
    struct device_stats stats;

    if (vifname && *vifname)
        snprintf(dir, sizeof(dir), "%s/%.64s/statistics", paths.net, vifname);
    else
        snprintf(dir, sizeof(dir), "%s/vif%u.%u/statistics", paths.net, at->domid, at->id);
    free(vifname);
    nic.tx_bytes = read_counter(dir, "rx_bytes");
    nic.tx_packets = read_counter(dir, "rx_packets");
    nic.restarts = read_stats(at, &stats);
    nic.merges = stats.merges;
    nic.tx_errors = read_counter(dir, "rx_errors") + stats.of[STATS_SEND].errors;
    nic.tx_dropped = read_counter(dir, "rx_dropped") + stats.of[STATS_SEND].dropped;
    nic.rx_bytes = read_counter(dir, "tx_bytes");
    nic.rx_packets = read_counter(dir, "tx_packets");
    nic.rx_errors = read_counter(dir, "tx_errors") + stats.of[STATS_RECEIVE].errors;
    nic.rx_dropped = read_counter(dir, "tx_dropped") + stats.of[STATS_RECEIVE].dropped;
    return nic;
}

/* What Linux' blkback counts; not its errors, nor how long requests take. */
static void read_blkback(const struct device_at *at, struct disk_counters *disk)
{
    struct device_stats *s = &disk->stats;
    char dir[128];

    snprintf(dir, sizeof(dir), XEN_BACKEND_BUS "/devices/vbd-%u-%u/statistics", at->domid, at->id);
    disk->full = read_counter(dir, "oo_req");
    s->of[STATS_READ].requests = read_counter(dir, "rd_req");
    s->of[STATS_READ].bytes = read_counter(dir, "rd_sect") * 512;
    s->of[STATS_WRITE].requests = read_counter(dir, "wr_req");
    s->of[STATS_WRITE].bytes = read_counter(dir, "wr_sect") * 512;
    s->of[STATS_FLUSH].requests = read_counter(dir, "f_req");
    s->of[STATS_DISCARD].requests = read_counter(dir, "ds_req");
}

struct disk_counters disk_counters(struct toolstack *ts, const struct device_at *at)
{
    struct disk_counters disk = {.id = at->id};
    char *kind = store_read(ts->xs, "%s/kind", at->paths.back);

    if (kind && strcmp(kind, "user") == 0)
        disk.restarts = read_stats(at, &disk.stats);
    else
        read_blkback(at, &disk);
    free(kind);
    return disk;
}

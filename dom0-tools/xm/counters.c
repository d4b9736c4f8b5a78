/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what devices have done; see counters.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/paths.h"
#include "lib/disk_stats.h"
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

/* What the interface in dom0 has received, the guest has sent, and the other way round. */
struct nic_counters nic_counters(struct toolstack *ts, const struct device_at *at)
{
    char *vifname = store_read(ts->xs, "%s/vifname", at->paths.back), dir[400];
    struct nic_counters nic = {.id = at->id};

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
    return nic;
}

/* Our back-ends count in a file each, which outlives their processes. */
static void measure_process(const struct device_at *at, struct disk_counters *disk)
{
    char dir[PATH_LEN], path[PATH_LEN + 64];
    struct disk_stats stats;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s-%u-%u.log", path_devices(dir), at->class->type, at->domid,
             at->id);
    in = fopen(path, "re");
    if (in && fread(&stats, sizeof(stats), 1, in) == 1) {
        disk->reads = stats.reads;
        disk->writes = stats.writes;
        disk->read_sectors = stats.read_sectors;
        disk->written_sectors = stats.written_sectors;
    }
    if (in)
        fclose(in);
}

struct disk_counters disk_counters(struct toolstack *ts, const struct device_at *at)
{
    struct disk_counters disk = {.id = at->id};
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
    return disk;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What xentop shows: measured once a period, then printed as lines; columns as Xen's xentop has. */
#ifndef XM_TOP_H
#define XM_TOP_H

#include <stdbool.h>
#include <stdio.h>

#include "domain/toolstack.h"

/* Counters of one NIC, as the guest sees them, or of one disk. */
struct top_nic {
    unsigned int id;
    unsigned long long rx_bytes, rx_packets, rx_errors, rx_dropped;
    unsigned long long tx_bytes, tx_packets, tx_errors, tx_dropped;
};
struct top_disk {
    unsigned int id;
    unsigned long long full, reads, writes, read_sectors, written_sectors;
};

struct top_row {
    xc_domaininfo_t info;
    char *name;
    double cpu_percent; /* of one CPU, since the last measurement; 0 at the first */
    struct top_nic *nics;
    struct top_disk *disks;
    unsigned int nic_count, disk_count;
};

struct top {
    struct top_row *rows;
    int count;
    double seconds; /* of a clock that only moves forward */
    unsigned long long total_kib, free_kib;
    unsigned int cpus;
};

/* Measures everything; @before (may be empty) gives the CPU shares.  0, or -1 with ts->fail. */
int top_measure(struct toolstack *ts, const struct top *before, struct top *out);
void top_free(struct top *top);

struct top_options {
    bool full_names, networks, disks, vcpus, repeat_header;
};

/* One table, each line ended by a line end. */
void top_print(struct toolstack *ts, const struct top *top, const struct top_options *o, FILE *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What xentop shows: measured once a period, then printed as lines; columns as Xen's xentop has. */
#ifndef XM_TOP_H
#define XM_TOP_H

#include <stdbool.h>
#include <stdio.h>

#include "domain/toolstack.h"
#include "xm/counters.h"

struct top_row {
    xc_domaininfo_t info;
    char *name;
    double cpu_percent; /* of one CPU, since the last measurement; 0 at the first */
    struct nic_counters *nics;
    struct disk_counters *disks;
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

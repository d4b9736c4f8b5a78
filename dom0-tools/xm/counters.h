/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device has done since its guest has it: our back-ends count it, or Linux does. */
#ifndef XM_COUNTERS_H
#define XM_COUNTERS_H

#include "domain/device.h"

#include "lib/device_stats.h"

/* Of one NIC, as the guest sees them, and of one disk. */
struct nic_counters {
    unsigned int id;
    unsigned long long rx_bytes, rx_packets, rx_errors, rx_dropped;
    unsigned long long tx_bytes, tx_packets, tx_errors, tx_dropped;
    unsigned long long merges, restarts;
};
struct disk_counters {
    unsigned int id;
    unsigned long long full, restarts;
    struct device_stats stats;
};

/* Zeros where nobody counts (yet). */
struct nic_counters nic_counters(struct toolstack *ts, const struct device_at *at);
struct disk_counters disk_counters(struct toolstack *ts, const struct device_at *at);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a disk's back-end process has been asked, counted over its lives.  It stands at the
 * beginning of the device's in-flight log (paths.h: devices/), where others may read it.  There is
 * a buffer for every slot of the ring, so none of these requests has ever waited for one (VBD_OO).
 */
#ifndef LIB_DISK_STATS_H
#define LIB_DISK_STATS_H

#include <stdint.h>

struct disk_stats {
    uint64_t reads, writes;                 /* requests */
    uint64_t read_sectors, written_sectors; /* of 512 bytes */
};

#endif

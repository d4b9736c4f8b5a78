/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk's nodes in xenstore, for its monitor. */
#ifndef BLOCK_NODES_H
#define BLOCK_NODES_H

#include "block/disk.h"
#include "lib/monitor.h"

/* What is announced; to be set before the monitor runs. */
extern const struct disk *nodes_disk;

extern const struct monitor_ops nodes_ops;

#endif

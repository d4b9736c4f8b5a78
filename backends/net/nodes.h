/* SPDX-License-Identifier: BSD-2-Clause */
/* A NIC's nodes in xenstore, for its monitor. */
#ifndef NET_NODES_H
#define NET_NODES_H

#include "lib/monitor.h"

/* Queues that are offered; to be set before the monitor runs. */
extern unsigned int nodes_queues;

extern const struct monitor_ops nodes_ops;

#endif

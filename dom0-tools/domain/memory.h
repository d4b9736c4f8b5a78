/* SPDX-License-Identifier: BSD-2-Clause */
/* How small and how large a running domain may be made. */
#ifndef DOMAIN_MEMORY_H
#define DOMAIN_MEMORY_H

#include "domain/toolstack.h"

/*
 * KiB below which a domain of at most @max_kib is not asked to go (0: unknown).  Its kernel's
 * tables for @max_kib stay, so a guest squeezed below a quarter of it only thrashes; dom0 keeps
 * what the host's file says (dom0-min-mem).
 */
uint64_t memory_floor_kib(uint32_t domid, uint64_t max_kib);

/* Tells the domain's balloon driver how much it is to have; false: xenstore does not take it. */
bool memory_set_target(struct toolstack *ts, uint32_t domid, uint64_t kib);

/* Has dom0 give back that much, as xl's autoballoon does: false if it cannot, or does not in time. */
bool memory_from_dom0(struct toolstack *ts, uint64_t kib);

/* KiB that the domain may have at most: what is noted for it (maxmem), else, as for dom0, the
 * hypervisor's own limit (dom0_mem=max:); 0: no such domain. */
uint64_t memory_max_kib(struct toolstack *ts, uint32_t domid);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* How small a running domain may be made. */
#ifndef DOMAIN_MEMORY_H
#define DOMAIN_MEMORY_H

#include <stdint.h>

/*
 * KiB below which a domain of at most @max_kib is not asked to go (0: unknown).  Its kernel's
 * tables for @max_kib stay, so a guest squeezed below a quarter of it only thrashes; dom0 keeps
 * what xend kept for it (dom0-min-mem).
 */
uint64_t memory_floor_kib(uint32_t domid, uint64_t max_kib);

#endif

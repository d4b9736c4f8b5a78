/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page a domain shares with xenstored: where its ring gets connected, and the reconnection
 * and error fields of struct xenstore_domain_interface.  The page is hostile memory.
 */
#ifndef STORE_RING_H
#define STORE_RING_H

#include <stdbool.h>
#include <sys/types.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

#include "store/state.h"

/* Says which features this daemon has and that the ring is connected and without error. */
void ring_start(struct xenstore_domain_interface *page);

/*
 * Does the domain ask for a fresh start?  If so the indices are reset; ring_start() acknowledges,
 * so that who dies between the two is asked again.
 */
bool ring_reconnect(struct xenstore_domain_interface *page);

/*
 * Takes our two indices from the page, when it is met first; puts them there again, as a successor
 * of who died before it did.
 */
void ring_take_indices(const struct xenstore_domain_interface *page, struct slot *slot);
void ring_put_indices(struct xenstore_domain_interface *page, const struct slot *slot);

/* Tells the domain why its ring is not served any more (XENSTORE_ERROR_*). */
void ring_fail(struct xenstore_domain_interface *page, uint32_t error);

/*
 * Takes request bytes, puts reply bytes: how many, or -1 when the indices are impossible.  Our
 * index is that of @slot; the page's is a copy for the domain to read.
 */
ssize_t ring_read(struct xenstore_domain_interface *page, struct slot *slot, void *buf, size_t len);
ssize_t ring_write(struct xenstore_domain_interface *page, struct slot *slot, const void *buf,
                   size_t len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for what a dead process left under way.  Its io_uring may have writes at work after its
 * end, and they must not land on newer ones.  Each request holds the open file description that
 * it was made with, which xend opens anew for every process; and a lock of an open file description
 * goes when its last holder goes.  So whoever gets the lock knows that the requests of all before
 * have ended, however they died and whoever watched.
 */
#ifndef BLOCK_CLAIM_H
#define BLOCK_CLAIM_H

#include <stdint.h>

/*
 * Waits until no process before has requests under way at the disk open in @fd, for device @id of
 * domain @domid; others that share the disk are not waited for.  0, or -1 with errno.
 */
int claim_disk(int fd, uint32_t domid, uint32_t id);

#endif

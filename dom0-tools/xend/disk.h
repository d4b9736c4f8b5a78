/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a guest's disk, unless somebody else uses it. */
#ifndef XEND_DISK_H
#define XEND_DISK_H

#include "lib/fail.h"
#include "domain/share.h"

/*
 * Opens @path for @mode and tells its identity.  Refuses what dom0 itself uses.  The descriptor,
 * or -1 with the reason in @f.
 */
int disk_open(const char *path, enum share_mode mode, struct disk_id *id, struct fail *f);

#endif

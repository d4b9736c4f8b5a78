/* SPDX-License-Identifier: BSD-2-Clause */
/* Loop devices, for the kernel's blkback, which knows block devices only. */
#ifndef DOMAIN_LOOPDEV_H
#define DOMAIN_LOOPDEV_H

#include <stdbool.h>
#include <stddef.h>
#include "lib/fail.h"

/* Binds a free loop device to @path; its node and number.  0, or -1 with a message. */
int loop_attach(const char *path, bool writable, char *node, size_t cap, unsigned int *major,
                unsigned int *minor, struct fail *f);
void loop_detach(const char *node);

/* Number of an existing block device. */
int device_number(const char *path, unsigned int *major, unsigned int *minor, struct fail *f);

#endif

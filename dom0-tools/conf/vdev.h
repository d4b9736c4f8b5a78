/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of virtual disks, as xen-vbd-interface(7) assigns them to names. */
#ifndef CONF_VDEV_H
#define CONF_VDEV_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Translates xvda, xvda1, sdb, hdc2, d1p3, 0x1600 or 51712.
 * False if the name is none of these or its numbers are out of range.
 */
bool vdev_parse(const char *name, uint32_t *number);

/* The xvd name a guest's Linux will give to @number ("xvda1"), or its decimal; returns @text. */
char *vdev_name(uint32_t number, char text[16]);

/* True if a Linux guest's blkfront gives both the same name, or one is a partition of the other. */
bool vdev_overlap(uint32_t a, uint32_t b);

#endif

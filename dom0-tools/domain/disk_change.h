/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another image, disc or mode for a disk that a running domain has.  Paravirtual guests have no
 * way to see a disc change, so the guest gives the device back and gets it anew; one that has it in
 * use keeps what it has.
 */
#ifndef DOMAIN_DISK_CHANGE_H
#define DOMAIN_DISK_CHANGE_H

#include "domain/toolstack.h"

/* Puts the disk that a config describes by @spec in the place of that virtual device; 0 or -1. */
int disk_change(struct toolstack *ts, uint32_t domid, const char *spec);

/* Puts an image or device into CD drive @vdev, or takes the disc out of it; 0 or -1. */
int cd_insert(struct toolstack *ts, uint32_t domid, const char *vdev, const char *target);
int cd_eject(struct toolstack *ts, uint32_t domid, const char *vdev);

#endif

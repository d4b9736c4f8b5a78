/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk that is to be made. */
#ifndef DOMAIN_DISK_H
#define DOMAIN_DISK_H

#include "conf/disk.h"
#include "domain/device.h"
#include "domain/share.h"

struct disk {
    struct device dev;
    struct disk_spec spec;
    bool block;       /* a block device (phy), else an image file */
    char script[512]; /* makes one of what the config says; empty: none is needed */
};

#endif

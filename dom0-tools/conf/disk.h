/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of disk = [ ... ], in the classic or in xl's notation. */
#ifndef CONF_DISK_H
#define CONF_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/fail.h"

enum disk_kind {
    DISK_ANY,  /* xl's notation does not say: a block device is phy, a regular file is file */
    DISK_FILE, /* file: */
    DISK_PHY,  /* phy: */
};

struct disk_spec {
    enum disk_kind kind;
    char *target; /* path in dom0 */
    char *vdev;   /* as written: "xvda" */
    uint32_t number;
    bool writable, shared; /* shared: "w!", the user vouches for concurrent use */
    bool cdrom;
    bool discard;
    char *script; /* own block script, or NULL */
};

/*
 * Parses "file:PATH,xvda,w", "phy:DEV,sda1,r", "tap:aio:PATH,xvda,w" or
 * "PATH,raw,xvda,rw", "vdev=xvda, target=PATH".  0, or -1 with the cause in @f.
 */
int disk_parse(const char *text, struct disk_spec *out, struct fail *f);
void disk_free(struct disk_spec *disk);

#endif

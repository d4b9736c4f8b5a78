/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of disk = [ ... ], in the classic or in xl's notation. */
#ifndef CONF_DISK_H
#define CONF_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/fail.h"

#define DISKS_MAX 64u /* of a guest */

enum disk_kind {
    DISK_ANY,  /* xl's notation does not say: a block device is phy, a regular file is file */
    DISK_FILE, /* file: */
    DISK_PHY,  /* phy: */
};

enum disk_format {
    DISK_RAW,
    DISK_QCOW,
    DISK_QCOW2,
    DISK_QED,
    DISK_VHD,
    DISK_VHDX,
    DISK_VMDK,
};

enum disk_backend { DISK_BACKEND_ANY, DISK_BACKEND_PHY, DISK_BACKEND_QDISK, DISK_BACKEND_TAP };

struct disk_spec {
    enum disk_kind kind;
    enum disk_format format;
    char *target; /* path in dom0, or what the script wants; empty: a CD drive without a disc */
    char *vdev;   /* as written, without /dev/ and ioemu: */
    uint32_t number;
    bool writable, shared; /* shared: "w!", the user vouches for concurrent use */
    bool cdrom;
    bool discard;
    bool direct_io_safe, untrusted;
    char *script;  /* own block script, or NULL */
    char *backend; /* domain of the back-end, or NULL: dom0 */
    enum disk_backend backend_type;
};

/*
 * Parses "file:PATH,xvda,w", "phy:DEV,sda1,r", "tap:aio:PATH,xvda,w" (options of xl's may follow)
 * or "PATH,raw,xvda,rw", "vdev=xvda, target=PATH".  Everything that the two notations can say:
 * also what no back-end serves.  0, or -1 with the cause in @f.
 */
int disk_spec_parse(const char *text, struct disk_spec *out, struct fail *f);

/* The same, and refuses what nobody serves: writing to image formats that are only read. */
int disk_parse(const char *text, struct disk_spec *out, struct fail *f);
void disk_free(struct disk_spec *disk);

/* "raw", "qcow2", ... */
const char *disk_format_name(enum disk_format format);

#endif

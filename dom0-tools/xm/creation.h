/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Creating a domain, in two halves.  prepare: read and check everything that can be checked, with
 * no effect on the machine.  create: make the domain; whatever fails, all is undone.
 */
#ifndef XM_CREATION_H
#define XM_CREATION_H

#include "build/dombuild.h"
#include "conf/cmdline.h"
#include "conf/conf.h"
#include "conf/cpuset.h"
#include "conf/disk.h"
#include "conf/host.h"
#include "conf/vif.h"
#include "xm/xm.h"

struct disk {
    struct disk_spec spec;
    bool block; /* a block device (phy), else an image file */
};

struct nic {
    struct vif_spec spec;
    char script[256]; /* full path of its hotplug script */
};

struct creation {
    struct conf *conf;
    const char *name;
    xen_domain_handle_t handle;
    char uuid[37];
    char cmdline[CONF_CMDLINE_SIZE];
    struct kernel_image kernel;
    struct file_map ramdisk;
    struct dombuild_params build;
    struct disk *disks;
    size_t disk_count;
    struct nic *nics;
    size_t nic_count;
    struct cpuset *cpus; /* per vCPU; NULL: anywhere */
    struct host_conf host;
    uint32_t domid;
    struct dombuild_result built;
};

/*
 * Fills @c from a checked config: 0, or -1 with "file:line:col: key: cause" in xm->fail.
 * @conf must outlive @c; the identity made up for it (uuid, MAC addresses) is added to it.
 */
int creation_prepare(struct xm *xm, struct conf *conf, struct creation *c);

/* Reads and unpacks the kernel, the slow part of the checks, and plans the guest; 0 or -1. */
int creation_load(struct xm *xm, struct creation *c);

/* Checks against the running machine: duplicate name, free memory, daemons; 0 or -1. */
int creation_check_machine(struct xm *xm, struct creation *c);

/* Refuses disks that another domain writes to (sharing.c); part of creation_check_machine. */
int creation_check_sharing(struct xm *xm, const struct creation *c);

/* Makes the domain and leaves it paused: 0, or -1 with xm->fail and nothing left behind. */
int creation_run(struct xm *xm, struct creation *c);
void creation_free(struct creation *c);

/* ---- steps of creation_run (tree.c, device.c, wait.c) ---- */

/* Takes the name: the nodes by which others find the domain. */
int tree_claim(struct xm *xm, const struct creation *c);

/* The rest of the domain's part of the store, then introduces it to xenstored. */
int tree_publish(struct xm *xm, struct creation *c);

/* Writes front and back nodes of all disks and NICs and attaches kernel back-ends' disks. */
int devices_write(struct xm *xm, struct creation *c);

/* Gives the devices to the kernel's back-ends, if those are to have them (kernel_backend.c). */
int devices_bind(struct xm *xm, struct creation *c);

/* Waits until every back-end waits for its front-end; shows a back-end's own error. */
int devices_wait(struct xm *xm, struct creation *c);

/* Runs every NIC's script. */
int devices_hotplug(struct xm *xm, struct creation *c);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in dom0's file system that xm and xend agree on. */
#ifndef XM_PATHS_H
#define XM_PATHS_H

#define CONFIG_DIR "/etc/xen"
#define SCRIPT_DIR "/etc/xen/scripts"
#define XEND_CONF  "/etc/xen/xend-config.sxp"

/* Where Linux keeps the devices that dom0 serves to guests. */
#define XEN_BACKEND_BUS "/sys/bus/xen-backend"

/* xend holds an exclusive flock() on this file for as long as it runs. */
#define XEND_LOCK "/run/xend/xend.lock"
/* <domid>.cfg: the effective config of each running domain, for on_reboot and on_crash. */
#define XEND_DOMAINS "/run/xend/domains"
/* Held while a new domain's name is checked and taken. */
#define CREATE_LOCK "/run/xend/create.lock"

#endif

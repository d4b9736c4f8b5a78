/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in dom0's file system that xm and xend agree on; tests point them elsewhere. */
#ifndef DOMAIN_PATHS_H
#define DOMAIN_PATHS_H

#include <stdint.h>

#define CONFIG_DIR "/etc/xen"

/* Where Linux keeps the devices that dom0 serves to guests. */
#define XEN_BACKEND_BUS "/sys/bus/xen-backend"

struct paths {
    const char *scripts;   /* hotplug scripts */
    const char *xend_conf; /* the host's defaults */
    const char *xl_conf;   /* the same for xl, on top */
    const char *run;       /* xend's run-time files, those below */
    const char *managed;   /* definitions of managed domains */
    const char *templates; /* what guests are made from */
    const char *images;    /* disks of guests that were */
    const char *dump;      /* cores of domains */
    const char *xl_dump;   /* those that xl is told to write */
    const char *xend_log;
    const char *net;         /* dom0's network interfaces */
    const char *backend_bus; /* XEN_BACKEND_BUS */
};
extern struct paths paths;

#define PATH_LEN 256

/*
 * Below paths.run:
 *   xend.lock        xend holds an exclusive flock() on it for as long as it runs
 *   create.lock      held while a new domain's name is checked and taken
 *   domains/N.cfg    the effective config of each running domain
 *   devices/         TYPE-DOMID-ID.pid, .log (in-flight requests), .stats (counts) and .tap of served devices
 * Each fills @path and returns it.
 */
char *path_xend_lock(char path[PATH_LEN]);
char *path_create_lock(char path[PATH_LEN]);
char *path_domains(char path[PATH_LEN]);
char *path_devices(char path[PATH_LEN]);
char *path_domain_config(uint32_t domid, char path[PATH_LEN]);
char *path_device_file(const char *type, uint32_t domid, uint32_t id, const char *suffix,
                       char path[PATH_LEN]);

#endif

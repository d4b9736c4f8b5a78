/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest kernel's command line, made of the keys that say parts of it. */
#ifndef CONF_CMDLINE_H
#define CONF_CMDLINE_H

#include <stddef.h>
#include "conf/conf.h"

/* MAX_GUEST_CMDLINE of public/xen.h, with the NUL */
#define CONF_CMDLINE_SIZE 1024u

/*
 * Writes cmdline=, or "ip=... root=... nfsroot=... extra" of ip, netmask, gateway, hostname,
 * interface, dhcp, root, nfs_server, nfs_root and extra (the kernel's admin-guide/nfs/nfsroot
 * gives their order).  0, or -1 with "file:line:col: key: cause": incomplete, or too long.
 */
int conf_cmdline(const struct conf *conf, char text[CONF_CMDLINE_SIZE], struct fail *f);

#endif

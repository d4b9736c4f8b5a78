/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's defaults: /etc/xen/xend-config.sxp, then HOSPES_BACKENDS of the environment, which
 * comparisons and tests use; xl has a file of its own on top. */
#ifndef DOMAIN_HOST_FILE_H
#define DOMAIN_HOST_FILE_H

#include "conf/host.h"
#include "domain/toolstack.h"

/* Fills @host; a file that is not there leaves conf/host.h's defaults. */
void host_file_read(struct host_conf *host);

/* The same and, for xl, what /etc/xen/xl.conf says: 0, or -1 with ts->fail if that is broken. */
int host_file_read_all(struct toolstack *ts, struct host_conf *host);

#endif

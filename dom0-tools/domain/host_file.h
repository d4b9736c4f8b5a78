/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's defaults: /etc/xen/xend-config.sxp, then HOSPES_BACKENDS of the environment, which
 * comparisons and tests use. */
#ifndef DOMAIN_HOST_FILE_H
#define DOMAIN_HOST_FILE_H

#include "conf/host.h"

/* Fills @host; a file that is not there leaves conf/host.h's defaults. */
void host_file_read(struct host_conf *host);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host-wide defaults: /etc/xen/xend-config.sxp, lines of the form (key value), # for comments.
 * Unknown keys are skipped: the file is shared with other programs.
 */
#ifndef CONF_HOST_H
#define CONF_HOST_H

#include <stdbool.h>

struct host_conf {
    bool kernel_backends;      /* (backends kernel): Linux' blkback and netback */
    char vif_script[128];      /* (vif-script vif-bridge) */
    char vnc_listen[64];       /* (vnc-listen 127.0.0.1): where displays are shown */
    char vif_bridge[16];       /* (vif-bridge xenbr0); empty: the script's choice */
    unsigned int dom0_min_mib; /* (dom0-min-mem 196): what dom0 is not made smaller than */
    struct {
        bool server;           /* (xend-relocation-server no): domains may come by TCP */
        unsigned int port;     /* (xend-relocation-port 8002) */
        char address[64];      /* (xend-relocation-address ''): listened on; empty: all */
        char hosts_allow[512]; /* (xend-relocation-hosts-allow '^localhost$ ...'): allow.h */
    } relocation;
};

/* Sets defaults, then applies @text (may be NULL). */
void host_conf_parse(const char *text, struct host_conf *out);

#endif

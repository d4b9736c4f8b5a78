/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host-wide defaults: /etc/xen/xend-config.sxp, lines of the form (key value), # for comments;
 * and /etc/xen/xl.conf, which xl reads on top of it, in the language of configs.
 * Unknown keys are skipped: the files are shared with other programs.
 */
#ifndef CONF_HOST_H
#define CONF_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/fail.h"

/* Is dom0 made smaller when a new domain lacks memory?  AUTO: unless dom0_mem= gave it its size. */
enum autoballoon { AUTOBALLOON_OFF, AUTOBALLOON_ON, AUTOBALLOON_AUTO };

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

    /* "line N: KEY: no use for 'VALUE'" of the first value of xend-config.sxp that changed nothing; or "". */
    char passed_over[160];

    /* What only xl.conf says. */
    enum autoballoon autoballoon;
    bool sxp; /* output_format="sxp": xl list -l prints S-expressions */
    struct {
        char script[128], bridge[16], gatewaydev[16], backend[64];
    } vif_default; /* of a NIC that does not say; empty: none */
};

/* Sets defaults, then applies @text (may be NULL). */
void host_conf_parse(const char *text, struct host_conf *out);

/*
 * Applies xl.conf's @text (NULL: there is none) to what host_conf_parse() left: 0, or -1 with
 * "file:line:col: key: cause" in @f.
 */
int host_conf_parse_xl(const char *file, const char *text, size_t len, struct host_conf *out,
                       struct fail *f);

#endif

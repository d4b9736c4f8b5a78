/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of vif = [ ... ]. */
#ifndef CONF_VIF_H
#define CONF_VIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/fail.h"

#define NICS_MAX           16u /* of a guest */
#define VIF_DEVID_MAX      255u
#define VIF_RATE_USECS_MAX 10000000u /* the longest interval of rate= */

struct vif_spec {
    bool has_mac;
    uint8_t mac[6];
    char *bridge, *ip, *script, *vifname, *gatewaydev; /* NULL: not given */
    char *backend;                                     /* domain of the back-end; NULL: dom0 */
    char *type, *model;  /* of the emulated NIC that an HVM guest would get */
    uint64_t rate_bytes; /* per interval; 0: no limit */
    uint32_t rate_usecs;
    unsigned int mtu; /* 0: not given */
    bool has_devid;
    unsigned int devid;
    bool untrusted;
};

/* Parses "mac=..., bridge=..., ip=..., rate=10Mb/s@50ms"; blanks and empty text are fine. */
int vif_parse(const char *text, struct vif_spec *out, struct fail *f);
void vif_free(struct vif_spec *vif);

/* "00:16:3e:01:02:03" */
void vif_mac_text(const uint8_t mac[6], char text[18]);

/*
 * True if @script (a name or a path) takes bridge= as the name of a Linux bridge: vif-bridge.
 * What it means to another script, that script knows: a switch and a VLAN, perhaps.
 */
bool vif_script_wants_bridge(const char *script);

/* The first word of ip= that is neither an IPv4 or IPv6 address nor a network; false if none. */
bool vif_bad_address(const char *ip, char *word, size_t cap);

/* Reads "10Mb/s@50ms" (b: bits, B: bytes; default interval 50 ms) as bytes per interval. */
bool vif_parse_rate(const char *text, uint64_t *bytes, uint32_t *usecs);

#endif

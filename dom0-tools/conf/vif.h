/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of vif = [ ... ]. */
#ifndef CONF_VIF_H
#define CONF_VIF_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/fail.h"

struct vif_spec {
    bool has_mac;
    uint8_t mac[6];
    char *bridge, *ip, *script, *vifname, *gatewaydev; /* NULL: not given */
    uint64_t rate_bytes;                               /* per interval; 0: no limit */
    uint32_t rate_usecs;
    unsigned int mtu; /* 0: not given */
};

/* Parses "mac=..., bridge=..., ip=..., rate=10Mb/s@50ms"; blanks and empty text are fine. */
int vif_parse(const char *text, struct vif_spec *out, struct fail *f);
void vif_free(struct vif_spec *vif);

/* Reads "10Mb/s@50ms" (b: bits, B: bytes; default interval 50 ms) as bytes per interval. */
bool vif_parse_rate(const char *text, uint64_t *bytes, uint32_t *usecs);

#endif

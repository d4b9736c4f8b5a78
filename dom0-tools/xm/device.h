/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a device's two halves live in xenstore. */
#ifndef XM_DEVICE_H
#define XM_DEVICE_H

#include <stdint.h>
#include <xenstore.h>

/* The kinds of devices a domain can have, NULL-terminated. */
extern const char *const device_types[];

struct device_paths {
    char front[96], back[96], error[128];
};

/* Paths of device @id of @type ("vbd", "vif") that domain 0 serves to @domid. */
struct device_paths device_paths(const char *type, uint32_t domid, uint32_t id);

/* A number of the front half, or of its first queue if it has several; -1 if absent. */
long device_front_number(struct xs_handle *xs, const struct device_paths *p, const char *key);

/* States of io/xenbus.h that this side looks at */
#define STATE_INITIALISING 1
#define STATE_INIT_WAIT    2
#define STATE_CONNECTED    4
#define STATE_CLOSING      5
#define STATE_CLOSED       6

#endif

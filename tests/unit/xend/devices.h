/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices as the tool-stack writes them, and what xend says of them. */
#ifndef DEVICES_H
#define DEVICES_H

#include <stdint.h>

/* A node of the device at @fmt, with %u for the domain and %s for the node, has changed. */
void changed(const char *fmt, uint32_t domid);

/* The device itself is there, after what is particular to it. */
void appears(const char *fmt, uint32_t domid, const char *kind);

/* Why device_home() does not serve it, or "". */
const char *error_of(const char *type, uint32_t domid, uint32_t id);

#endif

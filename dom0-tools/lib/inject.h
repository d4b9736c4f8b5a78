/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that an administrator asks a device's back-end for (`xm inject`), to see what a guest makes
 * of them.  They are a node below the device's back half, so they go with the device.
 */
#ifndef LIB_INJECT_H
#define LIB_INJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <xenstore.h>

#define INJECT_NODE   "inject"
#define INJECT_MS_MAX 60000u
#define INJECT_PPM    1000000u /* of requests or packets: all */

struct inject {
    uint32_t slow_ms;   /* a disk's requests take at least so long */
    uint32_t error_ppm; /* so many of a million fail, untried */
    uint32_t drop_ppm;  /* so many of a NIC's packets are lost, either way */
};

/* What is asked of the device with back half @back; zeros if nothing is, or nonsense. */
struct inject inject_read(struct xs_handle *xs, const char *back);

/* Asks for @i; for nothing: the node goes.  False with errno. */
bool inject_write(struct xs_handle *xs, const char *back, const struct inject *i);

/* Is this one of the @ppm in a million? */
static inline bool inject_hits(uint32_t ppm)
{
    return ppm && (uint32_t)random() % INJECT_PPM < ppm;
}

#endif

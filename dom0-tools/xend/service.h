/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices that guests are served by processes of ours: one process each. */
#ifndef XEND_SERVICE_H
#define XEND_SERVICE_H

#include <stdint.h>
#include <xenstore.h>

/* @xs is used from now on; finds the devices there are and takes over their processes. */
void service_init(struct xs_handle *xs);

/* Something changed at @path below the back-ends of device_home(). */
void service_event(const char *path);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices that guests are served by processes of ours: one process each. */
#ifndef XEND_DEVICE_H
#define XEND_DEVICE_H

#include <stdint.h>
#include <xenstore.h>

/* Below it: TYPE-DOMID-ID.pid, and .log, the in-flight log that outlives the process. */
#define XEND_DEVICES "/run/xend/devices"

#define BACKEND_DIR "/local/domain/0/backend"

/* @xs is used from now on; finds the devices there are and takes over their processes. */
void device_init(struct xs_handle *xs);

/* Something changed at @path below BACKEND_DIR. */
void device_event(const char *path);

#endif

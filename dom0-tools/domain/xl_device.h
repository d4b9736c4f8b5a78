/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks, NICs and frame buffers as libxl's JSON has them, and as our configurations do. */
#ifndef DOMAIN_XL_DEVICE_H
#define DOMAIN_XL_DEVICE_H

#include <stddef.h>

#include <json-c/json.h>

#include "lib/fail.h"

/* A kind of device: its list in libxl's JSON and in our configurations. */
struct xl_device {
    const char *list, *key;
    /* The object that says what @text does; NULL if there is none. */
    struct json_object *(*print)(const char *text);
    /* Writes the text into @cap bytes: 1; 0: none that we would have; -1 with @f.  NULL: all of them. */
    int (*take)(struct json_object *o, char *text, size_t cap, struct fail *f);
};

#define XL_DEVICE_TEXT 2048u /* the longest text of a device */

extern const struct xl_device xl_devices[]; /* the last one has no list */

#endif

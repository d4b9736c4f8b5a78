/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of device classes; a new class is its file pair and a word here. */
#include <stddef.h>

#include "domain/device.h"

const struct device_class *const device_classes[] = {&class_disk, &class_nic, &class_vfb,
                                                     &class_vkbd, NULL};

unsigned int device_each(struct toolstack *ts, uint32_t domid, device_fn fn, void *arg)
{
    unsigned int total = 0;

    for (const struct device_class *const *class = device_classes; *class; class ++)
        total += device_each_of(ts, *class, domid, fn, arg);
    return total;
}

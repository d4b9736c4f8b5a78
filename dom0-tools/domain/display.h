/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's display: a frame buffer (vfb) and, with it, keyboard and mouse (vkbd). */
#ifndef DOMAIN_DISPLAY_H
#define DOMAIN_DISPLAY_H

#include "conf/conf.h"
#include "conf/vfb.h"
#include "domain/device.h"

struct display {
    struct device dev;
    struct vfb_spec spec;
    char listen[64]; /* the address that viewers connect to */
};

/* Puts the older form, keys of their own (vnc=1, vnclisten=...), in the form of vfb. */
void display_from_keys(struct conf *conf);

#endif

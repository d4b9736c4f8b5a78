/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of vfb = [ ... ]: a frame buffer and how it is shown. */
#ifndef CONF_VFB_H
#define CONF_VFB_H

#include <stdbool.h>
#include "lib/fail.h"

struct vfb_spec {
    bool vnc;
    char *listen;              /* address, or NULL: the host's default */
    unsigned int display;      /* the port is 5900 more */
    bool unused;               /* take the first free display from that one on */
    char *password;            /* NULL: the host's default; empty: none */
    char *keymap;              /* NULL: en-us */
    unsigned int videoram_mib; /* 0: not given */
};

/*
 * Parses "vnc=1,vnclisten=0.0.0.0,vncdisplay=1,vncpasswd=x,keymap=de"; an empty text is a frame
 * buffer shown by VNC.  0, or -1 with the cause in @f.
 */
int vfb_parse(const char *text, struct vfb_spec *out, struct fail *f);
void vfb_free(struct vfb_spec *vfb);

#endif

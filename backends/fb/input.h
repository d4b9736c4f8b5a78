/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of input events to the guest (io/kbdif.h).  Pure. */
#ifndef FB_INPUT_H
#define FB_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/kbdif.h>

struct input {
    struct xenkbd_page *page; /* NULL: nobody listens */
    uint32_t prod;            /* ours; what is in the page the guest can change */
    bool absolute;            /* the guest wants positions, not motion */
    int x, y;                 /* of the pointer, as told last */
    unsigned int buttons;     /* VNC's bits */
};

/* Begins, or goes on after a process that died, with the ring in @page. */
void input_open(struct input *in, struct xenkbd_page *page, bool absolute);

/* Each puts events into the ring, and drops them while it is full.  True: tell the guest. */
bool input_key(struct input *in, uint16_t code, bool down);
bool input_pointer(struct input *in, int x, int y, unsigned int buttons);

#endif

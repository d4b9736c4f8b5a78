/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input events on their way to the guest (io/kbdif.h).  Its ring holds 51; what a viewer sends while
 * it is full waits here.  When that is full too, whole keys and moves are dropped, never the release
 * of a key that the guest has seen pressed.  Pure.
 */
#ifndef FB_INPUT_H
#define FB_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/input-event-codes.h>
#include <xen/io/kbdif.h>

#define INPUT_WAITING 1024u             /* events; a line that is typed is some 300 */
#define INPUT_CODES   (BTN_MIDDLE + 1u) /* of Linux': all keys and the mouse's buttons */

struct input {
    struct xenkbd_page *page; /* NULL: nobody listens */
    uint32_t prod;            /* ours; what is in the page the guest can change */
    bool absolute;            /* the guest wants positions, not motion */
    int x, y;                 /* of the pointer, as told last */
    unsigned int buttons;     /* VNC's bits */
    bool pressed[INPUT_CODES];
    unsigned int owed;         /* how many are: each has room for its release */
    unsigned int first, count; /* of those that wait */
    union xenkbd_in_event waiting[INPUT_WAITING];
};

/* Begins, or goes on after a process that died, with the ring in @page. */
void input_open(struct input *in, struct xenkbd_page *page, bool absolute);

/* Each adds events to those that wait. */
void input_key(struct input *in, uint16_t code, bool down); /* @code below INPUT_CODES */
void input_pointer(struct input *in, int x, int y, unsigned int buttons);
void input_release(struct input *in); /* all that is pressed */

/* Moves what waits into the ring, as far as it has room.  True: tell the guest, which tells us when
 * it has taken some. */
bool input_flush(struct input *in);

#endif

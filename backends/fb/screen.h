/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture as viewers see it: a VNC server on LibVNCServer. */
#ifndef FB_SCREEN_H
#define FB_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "fb/frame.h"

/* What viewers do. */
struct screen_events {
    void (*key)(uint32_t keysym, bool down);
    void (*pointer)(int x, int y, unsigned int buttons);
    void (*all_gone)(void); /* the last viewer has left */
    void (*appeared)(void); /* the first one has come: the copy must be made good */
};

/*
 * Shows a black picture to whoever connects to the listening socket @fd; viewers must know
 * @password unless it is NULL.  Needs loop_init().  0, or -1 after saying why.
 */
int screen_open(int fd, const char *password, const struct screen_events *events);

/* Takes over the picture's shape; 0, or -1 when there is no memory. */
int screen_resize(uint32_t width, uint32_t height);

/* Copies @area from the guest's buffer @from, which has shape @frame, and tells the viewers. */
void screen_update(const uint8_t *from, const struct frame *frame, const struct area *area);

/* Sends what is to be sent. */
void screen_run(void);

/* Does anybody look? */
bool screen_seen(void);

#endif

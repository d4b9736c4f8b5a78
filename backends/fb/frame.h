/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest says about its frame buffer (io/fbif.h), checked: its shape, and the events in its
 * ring.  Pure; nothing of the shared page is read twice.
 */
#ifndef FB_FRAME_H
#define FB_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/fbif.h>

#define FRAME_SIDE_MAX  8192        /* pixels */
#define FRAME_BYTES_MAX (64u << 20) /* of a frame buffer, and so of our copy */
#define FRAME_PIXEL     4u          /* bytes: 8 bits each of blue, green, red, and 8 unused */
#define FRAMES_A_PAGE   512u        /* frame numbers in a page of the directory */

/* Where the picture lies in the guest's frame buffer; bytes but for the sides. */
struct frame {
    uint32_t width, height;
    uint32_t stride;
    uint32_t offset;
    uint32_t bytes; /* of the whole buffer */
};

/* A part of the picture. */
struct area {
    uint32_t x, y, width, height; /* width 0: nothing */
};

/* Does the shape that the guest names fit in its buffer?  Fills @out only then. */
bool frame_check(int64_t width, int64_t height, int64_t stride, int64_t depth, int64_t offset,
                 uint64_t bytes, struct frame *out);

/* The shape that the shared page names at the connection. */
bool frame_of_page(const struct xenfb_page *page, struct frame *out);

/* What a turn of the ring asks for. */
struct frame_turn {
    struct area changed; /* what surrounds all that has changed */
    bool resized;        /* @frame has another shape now; all of it has changed */
};

/*
 * Takes the events that wait in @page from *@cons on, at most a ring's worth: *@frame is changed by
 * a valid resize.  False if the producer index lies.
 */
bool frame_events(struct xenfb_page *page, uint32_t *cons, struct frame *frame,
                  struct frame_turn *turn);

#endif

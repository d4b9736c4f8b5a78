/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping a guest's frame buffer, page by page of its directory. */
#ifndef FB_GUEST_FRAME_H
#define FB_GUEST_FRAME_H

#include <xenforeignmemory.h>

#include "fb/frame.h"
#include "lib/fail.h"

struct guest_frame {
    xenforeignmemory_handle *memory; /* can reach this one domain only */
    uint32_t domid;
    struct xenfb_page *page; /* shared, writable; NULL: not mapped */
    const uint8_t *pixels;   /* read-only */
    uint32_t pages;          /* of pixels */
    struct frame frame;
};

/* Opens Xen's device for memory of @domid alone; 0, or -1 with @f. */
int guest_frame_open(struct guest_frame *g, uint32_t domid, struct fail *f);

/* Maps one page of the guest's for writing; NULL with errno. */
void *guest_page_map(struct guest_frame *g, uint32_t frame_number);
void guest_page_unmap(struct guest_frame *g, void *page);

/* Maps the shared page @frame_number and the buffer that it describes; 0, or -1 with @f. */
int guest_frame_map(struct guest_frame *g, uint32_t frame_number, struct fail *f);
void guest_frame_unmap(struct guest_frame *g);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile frame buffers; see frame.h. */
#include <string.h>

#include "fb/frame.h"
#include "lib/ring.h"

bool frame_check(int64_t width, int64_t height, int64_t stride, int64_t depth, int64_t offset,
                 uint64_t bytes, struct frame *out)
{
    if (width < 1 || width > FRAME_SIDE_MAX || height < 1 || height > FRAME_SIDE_MAX ||
        depth != 32 || bytes > FRAME_BYTES_MAX || offset < 0 || offset > (int64_t)bytes ||
        stride < width * FRAME_PIXEL || stride > (int64_t)bytes)
        return false;
    if (offset + (height - 1) * stride + width * FRAME_PIXEL > (int64_t)bytes)
        return false;
    *out = (struct frame){(uint32_t)width, (uint32_t)height, (uint32_t)stride, (uint32_t)offset,
                          (uint32_t)bytes};
    return true;
}

/* Fields of a page that the guest may change at any time: each is read once. */
#define ONCE(field) (*(const volatile __typeof__(field) *)&(field))

bool frame_of_page(const struct xenfb_page *page, struct frame *out)
{
    return frame_check(ONCE(page->width), ONCE(page->height), ONCE(page->line_length),
                       ONCE(page->depth), 0, ONCE(page->mem_length), out);
}

static void add(struct area *all, uint32_t x, uint32_t y, uint32_t right, uint32_t bottom)
{
    if (all->width) {
        uint32_t all_right = all->x + all->width, all_bottom = all->y + all->height;

        x = x < all->x ? x : all->x;
        y = y < all->y ? y : all->y;
        right = right > all_right ? right : all_right;
        bottom = bottom > all_bottom ? bottom : all_bottom;
    }
    *all = (struct area){x, y, right - x, bottom - y};
}

static int64_t within(int64_t value, int64_t limit)
{
    return value < 0 ? 0 : value > limit ? limit : value;
}

static void update(const struct frame *frame, const struct xenfb_update *u, struct area *all)
{
    int64_t x = within(u->x, frame->width), y = within(u->y, frame->height);
    int64_t right = within((int64_t)u->x + u->width, frame->width);
    int64_t bottom = within((int64_t)u->y + u->height, frame->height);

    if (right > x && bottom > y)
        add(all, (uint32_t)x, (uint32_t)y, (uint32_t)right, (uint32_t)bottom);
}

static void resize(struct frame *frame, const struct xenfb_resize *r, struct frame_turn *turn)
{
    if (!frame_check(r->width, r->height, r->stride, r->depth, r->offset, frame->bytes, frame))
        return;
    turn->resized = true;
    turn->changed = (struct area){0, 0, frame->width, frame->height};
}

bool frame_events(struct xenfb_page *page, uint32_t *cons, struct frame *frame,
                  struct frame_turn *turn)
{
    uint32_t prod = ONCE(page->out_prod);

    xen_rmb();
    *turn = (struct frame_turn){0};
    if (prod - *cons > XENFB_OUT_RING_LEN)
        return false;
    for (; *cons != prod; (*cons)++) {
        union xenfb_out_event event;

        memcpy(&event, &XENFB_OUT_RING_REF(page, *cons), sizeof(event));
        __asm__ volatile("" ::: "memory"); /* the copy is what is looked at */
        if (event.type == XENFB_TYPE_UPDATE)
            update(frame, &event.update, &turn->changed);
        else if (event.type == XENFB_TYPE_RESIZE)
            resize(frame, &event.resize, turn);
    }
    xen_mb(); /* the slots have been read before the guest may use them again */
    page->out_cons = *cons;
    return true;
}

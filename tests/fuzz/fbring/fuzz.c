/* SPDX-License-Identifier: BSD-2-Clause */
/* Any shared pages of a guest's display: what is copied stays within its buffer and our copy. */
#include <stdlib.h>
#include <string.h>

#include "fb/frame.h"
#include "fb/input.h"

static _Alignas(4096) uint8_t memory[4096], kbd[4096];

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check(const struct frame *f, const struct frame_turn *turn)
{
    const struct area *a = &turn->changed;

    must(f->width && f->height && f->bytes <= FRAME_BYTES_MAX);
    must((uint64_t)f->offset + (uint64_t)f->stride * (f->height - 1) + f->width * FRAME_PIXEL <=
         f->bytes);
    must(a->x + (uint64_t)a->width <= f->width && a->y + (uint64_t)a->height <= f->height);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xenfb_page *page = (struct xenfb_page *)memory;
    struct frame_turn turn;
    struct frame frame;
    static struct input input;
    uint32_t cons;

    memset(memory, 0, sizeof(memory));
    memcpy(memory, data, size < sizeof(memory) ? size : sizeof(memory));
    memcpy(kbd, memory, sizeof(kbd));
    input_open(&input, (struct xenkbd_page *)kbd, size & 1);
    for (int i = 0; i < 100; i++)
        input_pointer(&input, i, -i, i & 31);
    input_flush(&input);
    must(input.prod - ((struct xenkbd_page *)kbd)->in_prod == 0);
    if (!frame_of_page(page, &frame))
        return 0;
    cons = page->out_cons;
    if (frame_events(page, &cons, &frame, &turn)) {
        must(cons == page->out_prod);
        check(&frame, &turn);
    }
    return 0;
}

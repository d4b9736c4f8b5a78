/* SPDX-License-Identifier: BSD-2-Clause */
/* Input events; see input.h. */
#include <string.h>

#include <linux/input-event-codes.h>

#include "fb/input.h"
#include "lib/ring.h"

void input_open(struct input *in, struct xenkbd_page *page, bool absolute)
{
    *in = (struct input){.page = page, .absolute = absolute};
    in->prod = *(volatile uint32_t *)&page->in_prod;
}

static bool put(struct input *in, const union xenkbd_in_event *event)
{
    if (!in->page || in->prod - *(volatile uint32_t *)&in->page->in_cons >= XENKBD_IN_RING_LEN)
        return false;
    memcpy(&XENKBD_IN_RING_REF(in->page, in->prod), event, sizeof(*event));
    xen_wmb(); /* the event before the index */
    in->page->in_prod = ++in->prod;
    return true;
}

bool input_key(struct input *in, uint16_t code, bool down)
{
    union xenkbd_in_event event = {
        .key = {.type = XENKBD_TYPE_KEY, .pressed = down, .keycode = code}};

    return put(in, &event);
}

static bool put_move(struct input *in, int x, int y, int wheel)
{
    union xenkbd_in_event event = {0};

    if (in->absolute)
        event.pos = (struct xenkbd_position){XENKBD_TYPE_POS, x, y, wheel};
    else
        event.motion = (struct xenkbd_motion){XENKBD_TYPE_MOTION, x - in->x, y - in->y, wheel};
    return put(in, &event);
}

bool input_pointer(struct input *in, int x, int y, unsigned int buttons)
{
    static const uint16_t codes[] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT};
    unsigned int pressed = buttons & ~in->buttons, changed = buttons ^ in->buttons;
    /* VNC's fourth and fifth buttons are the wheel, up and down. */
    int wheel = pressed & 8 ? 1 : pressed & 16 ? -1 : 0;
    bool any = false;

    if (x != in->x || y != in->y || wheel)
        any |= put_move(in, x, y, wheel);
    in->x = x;
    in->y = y;
    for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (changed & 1u << i)
            any |= input_key(in, codes[i], buttons >> i & 1);
    in->buttons = buttons;
    return any;
}

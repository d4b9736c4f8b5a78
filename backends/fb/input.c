/* SPDX-License-Identifier: BSD-2-Clause */
/* Input events; see input.h. */
#include <string.h>

#include "fb/input.h"
#include "lib/ring.h"

void input_open(struct input *in, struct xenkbd_page *page, bool absolute)
{
    memset(in, 0, sizeof(*in));
    in->page = page;
    in->absolute = absolute;
    in->prod = *(volatile uint32_t *)&page->in_prod;
}

/* The event is one of those that wait, if it leaves room for the releases that are then @owed. */
static bool add(struct input *in, const union xenkbd_in_event *event, unsigned int owed)
{
    if (!in->page || in->count + 1 + owed > INPUT_WAITING)
        return false;
    in->waiting[(in->first + in->count++) % INPUT_WAITING] = *event;
    in->owed = owed;
    return true;
}

void input_key(struct input *in, uint16_t code, bool down)
{
    union xenkbd_in_event event = {
        .key = {.type = XENKBD_TYPE_KEY, .pressed = down, .keycode = code}};

    if (add(in, &event, in->owed + down - in->pressed[code]))
        in->pressed[code] = down;
}

static void move(struct input *in, int x, int y, int wheel)
{
    union xenkbd_in_event event = {0};

    if (in->absolute)
        event.pos = (struct xenkbd_position){XENKBD_TYPE_POS, x, y, wheel};
    else
        event.motion = (struct xenkbd_motion){XENKBD_TYPE_MOTION, x - in->x, y - in->y, wheel};
    if (!add(in, &event, in->owed))
        return; /* the next motion is longer by this one */
    in->x = x;
    in->y = y;
}

void input_pointer(struct input *in, int x, int y, unsigned int buttons)
{
    static const uint16_t codes[] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT};
    unsigned int pressed = buttons & ~in->buttons, changed = buttons ^ in->buttons;
    /* VNC's fourth and fifth buttons are the wheel, up and down. */
    int wheel = pressed & 8 ? 1 : pressed & 16 ? -1 : 0;

    if (x != in->x || y != in->y || wheel)
        move(in, x, y, wheel);
    for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (changed & 1u << i)
            input_key(in, codes[i], buttons >> i & 1);
    in->buttons = buttons;
}

void input_release(struct input *in)
{
    for (uint16_t code = 0; code < INPUT_CODES; code++)
        if (in->pressed[code])
            input_key(in, code, false);
    in->buttons = 0;
}

bool input_flush(struct input *in)
{
    bool any = false;

    while (in->page && in->count &&
           in->prod - *(volatile uint32_t *)&in->page->in_cons < XENKBD_IN_RING_LEN) {
        XENKBD_IN_RING_REF(in->page, in->prod) = in->waiting[in->first];
        in->first = (in->first + 1) % INPUT_WAITING;
        in->count--;
        xen_wmb(); /* the event before the index */
        in->page->in_prod = ++in->prod;
        any = true;
    }
    return any;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Frame buffers that guests describe, their rings, and keyboards. */
#include <criterion/criterion.h>
#include <linux/input-event-codes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define XK_MISCELLANY
#define XK_LATIN1
#include <rfb/keysym.h>

#include "fb/frame.h"
#include "fb/input.h"
#include "fb/keys.h"

static _Alignas(4096) uint8_t memory[4096];
static struct xenfb_page *page = (struct xenfb_page *)memory;
static struct frame frame;
static struct frame_turn turn;
static uint32_t cons;

Test(frame, shapes)
{
    const uint32_t bytes = 800 * 600 * 4;

    cr_expect(frame_check(800, 600, 3200, 32, 0, bytes, &frame));
    cr_expect_eq(frame.stride, 3200);
    cr_expect_not(frame_check(800, 600, 3200, 32, 1, bytes, &frame), "one byte beyond");
    cr_expect_not(frame_check(800, 601, 3200, 32, 0, bytes, &frame));
    cr_expect_not(frame_check(801, 600, 3200, 32, 0, bytes, &frame), "rows overlap");
    cr_expect_not(frame_check(800, 600, 3200, 16, 0, bytes, &frame));
    cr_expect_not(frame_check(0, 600, 3200, 32, 0, bytes, &frame));
    cr_expect_not(frame_check(-1, 1, 3200, 32, 0, bytes, &frame));
    cr_expect_not(frame_check(1, 1, INT32_MIN, 32, 0, bytes, &frame));
    cr_expect_not(frame_check(1, 1, 4, 32, -4, bytes, &frame));
    cr_expect_not(frame_check(1, 2, INT32_MAX, 32, INT32_MAX, bytes, &frame));
    cr_expect_not(frame_check(1, 1, 4, 32, 0, UINT64_C(1) << 32, &frame));
    cr_expect_not(frame_check(8193, 1, 32772, 32, 0, 1 << 20, &frame));
    cr_expect(frame_check(4, 3, 20, 32, 8, 64, &frame), "the last row needs no padding");
}

static void put(union xenfb_out_event event)
{
    XENFB_OUT_RING_REF(page, page->out_prod) = event;
    page->out_prod++;
}

static void update(int32_t x, int32_t y, int32_t width, int32_t height)
{
    put((union xenfb_out_event){.update = {XENFB_TYPE_UPDATE, x, y, width, height}});
}

static void begin(void)
{
    memset(memory, 0, sizeof(memory));
    cons = 0;
    cr_assert(frame_check(800, 600, 3200, 32, 0, 800 * 600 * 4, &frame));
}

static void expect_changed(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    cr_assert(frame_events(page, &cons, &frame, &turn));
    cr_expect_eq(turn.changed.width, width);
    cr_expect_eq(turn.changed.height, height);
    if (width) {
        cr_expect_eq(turn.changed.x, x);
        cr_expect_eq(turn.changed.y, y);
    }
    cr_expect_eq(page->out_cons, page->out_prod);
}

Test(events, updates, .init = begin)
{
    expect_changed(0, 0, 0, 0);
    update(10, 20, 30, 40);
    expect_changed(10, 20, 30, 40);
    update(10, 20, 30, 40);
    update(700, 5, 1, 1);
    expect_changed(10, 5, 691, 55);
}

Test(events, updates_beyond_the_picture, .init = begin)
{
    update(-10, -10, 20, 20);
    expect_changed(0, 0, 10, 10);
    update(790, 590, INT32_MAX, INT32_MAX);
    expect_changed(790, 590, 10, 10);
    update(INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
    update(5, 5, -3, 7);
    update(INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN);
    expect_changed(0, 0, 0, 0);
}

Test(events, resize, .init = begin)
{
    put((union xenfb_out_event){.resize = {XENFB_TYPE_RESIZE, 640, 480, 2560, 32, 4096}});
    expect_changed(0, 0, 640, 480);
    cr_expect(turn.resized && frame.width == 640 && frame.offset == 4096);
    put((union xenfb_out_event){.resize = {XENFB_TYPE_RESIZE, 640, 900, 2560, 32, 0}});
    put((union xenfb_out_event){.type = 77});
    expect_changed(0, 0, 0, 0);
    cr_expect(!turn.resized && frame.height == 480, "what does not fit changes nothing");
}

Test(events, index_that_lies, .init = begin)
{
    page->out_prod = XENFB_OUT_RING_LEN + 1;
    cr_expect_not(frame_events(page, &cons, &frame, &turn));
    page->out_prod = -1;
    cr_expect_not(frame_events(page, &cons, &frame, &turn));
    cons = page->out_prod = UINT32_MAX; /* and over the end of the numbers */
    update(1, 1, 1, 1);
    expect_changed(1, 1, 1, 1);
}

static struct xenkbd_page *kbd = (struct xenkbd_page *)memory;
static struct input input;

static const union xenkbd_in_event *event(uint32_t i)
{
    return &XENKBD_IN_RING_REF(kbd, i);
}

static void open_input(bool absolute)
{
    begin();
    input_open(&input, kbd, absolute);
}

/* Takes what is in the ring, and what waits, as a guest does. */
static unsigned int take(union xenkbd_in_event *taken, unsigned int max)
{
    unsigned int n = 0;

    do
        for (; kbd->in_cons != kbd->in_prod && n < max; kbd->in_cons++)
            taken[n++] = *event(kbd->in_cons);
    while (input_flush(&input));
    return n;
}

Test(input, pointer)
{
    open_input(true);
    input_pointer(&input, 5, 6, 1);
    cr_expect(input_flush(&input));
    cr_assert_eq(kbd->in_prod, 2);
    cr_expect(event(0)->pos.type == XENKBD_TYPE_POS && event(0)->pos.abs_x == 5);
    cr_expect(event(1)->key.keycode == BTN_LEFT && event(1)->key.pressed);
    input_pointer(&input, 5, 6, 1);
    cr_expect_not(input_flush(&input), "nothing new");
    input_pointer(&input, 5, 6, 8);
    input_flush(&input);
    cr_expect_eq(event(2)->pos.rel_z, 1);
    cr_expect(event(3)->key.keycode == BTN_LEFT && !event(3)->key.pressed);
    input_open(&input, kbd, false);
    input_pointer(&input, 10, 3, 0);
    input_flush(&input);
    cr_expect(event(4)->type == XENKBD_TYPE_MOTION && event(4)->motion.rel_x == 10);
}

Test(input, full_and_lying_rings)
{
    open_input(true);
    for (unsigned int i = 0; i < XENKBD_IN_RING_LEN + 1; i++)
        input_key(&input, KEY_A, true);
    cr_expect(input_flush(&input));
    cr_expect_eq(kbd->in_prod, XENKBD_IN_RING_LEN);
    cr_expect_not(input_flush(&input), "full");
    kbd->in_cons = 1;
    kbd->in_prod = 12345; /* ours is another */
    cr_expect(input_flush(&input));
    cr_expect_eq(kbd->in_prod, XENKBD_IN_RING_LEN + 1);
    kbd->in_cons = 99999;
    input_key(&input, KEY_B, true);
    cr_expect_not(input_flush(&input));
    input.page = NULL;
    input_key(&input, KEY_B, true);
    cr_expect_not(input_flush(&input), "nobody listens");
}

Test(input, a_line_typed_at_once)
{
    union xenkbd_in_event taken[400];

    open_input(true);
    for (unsigned int i = 0; i < 200; i++) {
        input_key(&input, KEY_Q + i % 10, true);
        input_key(&input, KEY_Q + i % 10, false);
        input_flush(&input);
    }
    cr_assert_eq(take(taken, 400), 400, "nothing is lost while the guest is slow");
    for (unsigned int i = 0; i < 400; i++)
        cr_expect(taken[i].key.keycode == KEY_Q + i / 2 % 10 && taken[i].key.pressed == !(i % 2));
}

/* A guest that takes nothing: what is dropped leaves no key pressed, and no button. */
Test(input, dropped_as_a_whole)
{
    static union xenkbd_in_event taken[2 * INPUT_WAITING];
    static bool pressed[INPUT_CODES];
    unsigned int n;
    int x = 0;

    open_input(false);
    for (unsigned int i = 0; i < 3 * INPUT_WAITING; i++) {
        input_key(&input, KEY_A, true);
        input_key(&input, KEY_LEFTSHIFT, !(i % 3));
        input_pointer(&input, i, 0, i % 8);
        if (i % 2)
            input_key(&input, KEY_A, false);
        input_flush(&input);
    }
    input_release(&input);
    n = take(taken, 2 * INPUT_WAITING);
    cr_assert_gt(n, INPUT_WAITING);
    for (unsigned int i = 0; i < n; i++)
        if (taken[i].type == XENKBD_TYPE_KEY)
            pressed[taken[i].key.keycode] = taken[i].key.pressed;
    for (unsigned int code = 0; code < INPUT_CODES; code++)
        cr_expect_not(pressed[code], "key %u", code);
    for (unsigned int i = 0; i < n; i++)
        if (taken[i].type == XENKBD_TYPE_MOTION)
            x += taken[i].motion.rel_x;
    input_pointer(&input, 1, 0, 0);
    input_flush(&input);
    cr_expect_eq(x + event(kbd->in_cons)->motion.rel_x, 1, "and the way is whole");
}

Test(input, viewer_that_goes)
{
    union xenkbd_in_event taken[5];

    open_input(true);
    input_key(&input, KEY_A, true);
    input_pointer(&input, 0, 0, 1);
    input_release(&input);
    cr_assert_eq(take(taken, 5), 4);
    cr_expect(taken[2].key.keycode == KEY_A && !taken[2].key.pressed);
    cr_expect(taken[3].key.keycode == BTN_LEFT && !taken[3].key.pressed);
    input_pointer(&input, 0, 0, 1);
    cr_expect(input_flush(&input), "pressed again");
}

static char sent[256];
static struct keys keys;

static void send(uint16_t code, bool down)
{
    snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%c%u ", down ? '+' : '-', code);
}

static const char *press(uint32_t sym)
{
    sent[0] = '\0';
    keys_event(&keys, sym, true, send);
    keys_event(&keys, sym, false, send);
    return sent;
}

Test(keys, us)
{
    cr_assert(keys_load(&keys, "en-us"));
    cr_expect_str_eq(press(XK_a), "+30 -30 ");
    cr_expect_str_eq(press(XK_A), "+42 +30 -42 -30 ", "shift is held for who does not");
    cr_expect_str_eq(press(XK_slash), "+53 -53 ");
    cr_expect_str_eq(press(XK_Return), "+28 -28 ");
    cr_expect_str_eq(press(XK_F1), "+59 -59 ");
    cr_expect_str_eq(press(XK_Up), "+103 -103 ");
    cr_expect_str_eq(press(0x12345678), "", "no key");
    keys_event(&keys, XK_Shift_L, true, send);
    cr_expect_str_eq(press(XK_A), "+30 -30 ");
    keys_forget(&keys); /* the viewer went away with it */
    cr_expect_str_eq(press(XK_A), "+42 +30 -42 -30 ");
}

Test(keys, german)
{
    cr_assert(keys_load(&keys, "de"));
    cr_expect_str_eq(press(XK_z), "+21 -21 ");
    cr_expect_str_eq(press(XK_odiaeresis), "+39 -39 ");
    cr_expect_str_eq(press(XK_at), "+100 +16 -100 -16 ");
    cr_expect_not(keys_load(&keys, "xx-nowhere"));
}

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

Test(input, pointer, .init = begin)
{
    input_open(&input, kbd, true);
    cr_expect(input_pointer(&input, 5, 6, 1));
    cr_assert_eq(kbd->in_prod, 2);
    cr_expect(event(0)->pos.type == XENKBD_TYPE_POS && event(0)->pos.abs_x == 5);
    cr_expect(event(1)->key.keycode == BTN_LEFT && event(1)->key.pressed);
    cr_expect_not(input_pointer(&input, 5, 6, 1), "nothing new");
    input_pointer(&input, 5, 6, 8);
    cr_expect_eq(event(2)->pos.rel_z, 1);
    cr_expect(event(3)->key.keycode == BTN_LEFT && !event(3)->key.pressed);
    input_open(&input, kbd, false);
    input_pointer(&input, 10, 3, 0);
    cr_expect(event(4)->type == XENKBD_TYPE_MOTION && event(4)->motion.rel_x == 10);
}

Test(input, full_and_lying_rings, .init = begin)
{
    input_open(&input, kbd, true);
    for (unsigned int i = 0; i < XENKBD_IN_RING_LEN; i++)
        cr_assert(input_key(&input, KEY_A, true));
    cr_expect_not(input_key(&input, KEY_A, false), "full");
    cr_expect_eq(kbd->in_prod, XENKBD_IN_RING_LEN);
    kbd->in_cons = 1;
    kbd->in_prod = 12345; /* ours is another */
    cr_expect(input_key(&input, KEY_B, true));
    cr_expect_eq(kbd->in_prod, XENKBD_IN_RING_LEN + 1);
    kbd->in_cons = 99999;
    cr_expect_not(input_key(&input, KEY_B, true));
    input.page = NULL;
    cr_expect_not(input_key(&input, KEY_B, true), "nobody listens");
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
    sent[0] = '\0';
    keys_release(&keys, send);
    cr_expect_str_eq(sent, "-42 ", "the viewer went away with it");
}

Test(keys, german)
{
    cr_assert(keys_load(&keys, "de"));
    cr_expect_str_eq(press(XK_z), "+21 -21 ");
    cr_expect_str_eq(press(XK_odiaeresis), "+39 -39 ");
    cr_expect_str_eq(press(XK_at), "+100 +16 -100 -16 ");
    cr_expect_not(keys_load(&keys, "xx-nowhere"));
}

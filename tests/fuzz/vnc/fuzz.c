/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes from a VNC viewer: from the first one on, or (the first byte is odd) as messages of one that was let
 * in.  Whatever it says, it is let go when it has gone, and leaves no key of the guest's pressed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fb/input.h"
#include "fb/keys.h"
#include "fb/screen.h"
#include "lib/loop.h"

#define SIDE 8u /* of the picture: all that a viewer may ask for fits into a socket's buffer */

static const struct frame frame = {SIDE, SIDE, SIDE *FRAME_PIXEL, 0, SIDE *SIDE *FRAME_PIXEL};
static uint8_t pixels[SIDE * SIDE * FRAME_PIXEL];
static _Alignas(4096) uint8_t memory[4096];
static struct xenkbd_page *const page = (struct xenkbd_page *)memory;
static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0hospes-fuzz"};
static bool pressed[INPUT_CODES];
static struct input input;
static struct keys keys;

static void must(int ok)
{
    if (!ok)
        abort();
}

/* The guest takes what there is. */
static void take(void)
{
    do
        for (; page->in_cons != page->in_prod; page->in_cons++) {
            const union xenkbd_in_event *e = &XENKBD_IN_RING_REF(page, page->in_cons);

            if (e->type == XENKBD_TYPE_KEY) {
                must(e->key.keycode < INPUT_CODES);
                pressed[e->key.keycode] = e->key.pressed;
            }
        }
    while (input_flush(&input));
}

static void send_key(uint16_t code, bool down)
{
    input_key(&input, code, down);
}

static void on_key(uint32_t keysym, bool down)
{
    keys_event(&keys, keysym, down, send_key);
    take();
}

static void on_pointer(int x, int y, unsigned int buttons)
{
    input_pointer(&input, x, y, buttons);
    take();
}

static void on_all_gone(void)
{
    keys_forget(&keys);
    input_release(&input);
    take();
}

static void on_appeared(void)
{
    const struct area all = {0, 0, SIDE, SIDE};

    screen_update(pixels, &frame, &all);
}

static const struct screen_events events = {
    .key = on_key, .pointer = on_pointer, .all_gone = on_all_gone, .appeared = on_appeared};

static void open_once(void)
{
    static bool opened;
    int fd;

    if (opened)
        return;
    opened = true;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sprintf(address.sun_path + 1, "hospes-fuzz-%d", (int)getpid());
    must(bind(fd, (void *)&address, sizeof(address)) == 0 && listen(fd, 4) == 0);
    must(loop_init() == 0 && keys_load(&keys, "en-us"));
    must(screen_open(fd, NULL, &events) == 0 && screen_resize(SIDE, SIDE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char let_in[] =
        "RFB 003.008\n\1\1"; /* version, no password, others may look too */
    uint8_t drop[4096];
    ssize_t got;
    int viewer;

    if (!size)
        return 0;
    open_once();
    input_open(&input, page, data[0] & 2);
    viewer = socket(AF_UNIX, SOCK_STREAM, 0);
    must(connect(viewer, (void *)&address, sizeof(address)) == 0);
    if (data[0] & 1)
        must(send(viewer, let_in, sizeof(let_in) - 1, 0) == sizeof(let_in) - 1);
    must(send(viewer, data + 1, size - 1, 0) == (ssize_t)size - 1);
    shutdown(viewer, SHUT_WR);
    do { /* until it is let go: what it says ends in the middle, or says that it ends */
        loop_wait(0);
        screen_run();
        got = recv(viewer, drop, sizeof(drop), MSG_DONTWAIT);
    } while (got > 0 || (got < 0 && errno == EAGAIN));
    close(viewer);
    must(!screen_seen());
    for (size_t i = 0; i < INPUT_CODES; i++)
        must(!pressed[i]);
    return 0;
}

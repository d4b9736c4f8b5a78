/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hospes-fb: shows one guest's frame buffer (vfb) to VNC viewers, and brings what they type and
 * point at to its keyboard and mouse (vkbd).  Started by xend, which opens the listening socket and
 * keeps it when this process dies.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fb/guest_frame.h"
#include "fb/input.h"
#include "fb/keys.h"
#include "fb/screen.h"
#include "lib/backend.h"
#include "lib/daemon.h"
#include "lib/drop.h"
#include "lib/store.h"

/* The range of positions that the guest's mouse is made for when it starts */
#define POINTER_WIDTH  800
#define POINTER_HEIGHT 600

static struct display {
    struct backend fb, kbd;
    int fb_port, kbd_port;
    struct guest_frame guest;
    uint32_t cons;
    bool lies; /* the guest's ring is not to be believed any more */
    struct input input;
    bool granted; /* the input page came by grant */
    struct keys keys;
} d;

/* ---- the picture ---- */

static bool announce_fb(struct backend *be)
{
    return backend_put(be, "request-update", 1) && backend_put(be, "feature-resize", 1);
}

/* A later process finds the shape that the guest has changed its picture to. */
static bool note_shape(struct backend *be)
{
    const struct frame *f = &d.guest.frame;

    return store_put(be->xs, XBT_NULL, be->back, "shape", "%u %u %u %u", f->width, f->height,
                     f->stride, f->offset);
}

static void recall_shape(struct backend *be)
{
    char *text = store_read(be->xs, "%s/shape", be->back);
    unsigned int width, height, stride, offset;

    if (text && sscanf(text, "%u %u %u %u", &width, &height, &stride, &offset) == 4)
        frame_check(width, height, stride, 32, offset, d.guest.frame.bytes, &d.guest.frame);
    free(text);
}

static void show_all(void)
{
    const struct area all = {0, 0, d.guest.frame.width, d.guest.frame.height};

    if (d.guest.pixels && screen_seen())
        screen_update(d.guest.pixels, &d.guest.frame, &all);
}

static void disconnect_fb(struct backend *be)
{
    guest_frame_unmap(&d.guest);
    if (d.fb_port >= 0)
        xenevtchn_unbind(be->xce, d.fb_port);
    d.fb_port = -1;
}

static int connect_fb(struct backend *be)
{
    uint32_t page, port;

    if (!backend_front_number(be, UINT32_MAX, &page, "page-ref") ||
        !backend_front_number(be, UINT32_MAX, &port, "event-channel"))
        return fail(&be->fail, "the guest gave no page or no event channel");
    if (guest_frame_map(&d.guest, page, &be->fail))
        return -1;
    if (be->resumed)
        recall_shape(be);
    d.cons = *(volatile uint32_t *)&d.guest.page->out_cons;
    d.lies = false;
    d.fb_port = backend_bind(be, port);
    if (d.fb_port < 0 || screen_resize(d.guest.frame.width, d.guest.frame.height) ||
        !note_shape(be)) {
        fail(&be->fail, "cannot bind the guest's event channel, or no memory: %s", strerror(errno));
        disconnect_fb(be);
        return -1;
    }
    show_all();
    return 0;
}

static void event_fb(struct backend *be, evtchn_port_t port)
{
    struct frame_turn turn;

    (void)port;
    if (!d.guest.page || d.lies)
        return;
    if (!frame_events(d.guest.page, &d.cons, &d.guest.frame, &turn)) {
        log_msg("%s: the guest's ring of events is damaged; its picture stands still", be->back);
        d.lies = true;
        return;
    }
    if (turn.resized &&
        (screen_resize(d.guest.frame.width, d.guest.frame.height) || !note_shape(be))) {
        log_msg("%s: no memory for the picture", be->back);
        exit(1); /* xend starts this process again */
    }
    if (screen_seen())
        screen_update(d.guest.pixels, &d.guest.frame, &turn.changed);
}

/* ---- keyboard and mouse ---- */

static bool announce_kbd(struct backend *be)
{
    return backend_put(be, XENKBD_FIELD_FEAT_ABS_POINTER, 1) &&
           backend_put(be, XENKBD_FIELD_WIDTH, POINTER_WIDTH) &&
           backend_put(be, XENKBD_FIELD_HEIGHT, POINTER_HEIGHT);
}

static void disconnect_kbd(struct backend *be)
{
    if (d.granted)
        backend_unmap(be, d.input.page, 1);
    else
        guest_page_unmap(&d.guest, d.input.page);
    d.input.page = NULL;
    if (d.kbd_port >= 0)
        xenevtchn_unbind(be->xce, d.kbd_port);
    d.kbd_port = -1;
}

static void *map_input(struct backend *be)
{
    uint32_t ref;

    d.granted = backend_front_number(be, UINT32_MAX, &ref, XENKBD_FIELD_RING_GREF);
    if (d.granted)
        return backend_map(be, &ref, 1);
    errno = ENOENT;
    return backend_front_number(be, UINT32_MAX, &ref, XENKBD_FIELD_RING_REF)
               ? guest_page_map(&d.guest, ref)
               : NULL;
}

static int connect_kbd(struct backend *be)
{
    uint32_t port;
    void *page;

    if (!backend_front_number(be, UINT32_MAX, &port, XENKBD_FIELD_EVT_CHANNEL))
        return fail(&be->fail, "the guest gave no event channel");
    page = map_input(be);
    if (!page)
        return fail(&be->fail, "cannot map the guest's page for input: %s", strerror(errno));
    input_open(&d.input, page, backend_front_flag(be, XENKBD_FIELD_REQ_ABS_POINTER));
    d.kbd_port = backend_bind(be, port);
    if (d.kbd_port >= 0)
        return 0;
    fail(&be->fail, "cannot bind the guest's event channel: %s", strerror(errno));
    disconnect_kbd(be);
    return -1;
}

static void event_kbd(struct backend *be, evtchn_port_t port)
{
    (void)be;
    (void)port; /* the guest has taken events; nobody waits for that */
}

static void tell_guest(void)
{
    xenevtchn_notify(d.kbd.xce, d.kbd_port);
}

static void send_key(uint16_t code, bool down)
{
    if (input_key(&d.input, code, down))
        tell_guest();
}

static void on_key(uint32_t keysym, bool down)
{
    keys_event(&d.keys, keysym, down, send_key);
}

static void on_pointer(int x, int y, unsigned int buttons)
{
    const struct frame *f = &d.guest.frame;

    if (!d.guest.page)
        return;
    if (d.input.absolute) {
        x = (int64_t)x * POINTER_WIDTH / f->width;
        y = (int64_t)y * POINTER_HEIGHT / f->height;
    }
    if (input_pointer(&d.input, x, y, buttons))
        tell_guest();
}

/* A viewer that goes away in the middle of a key leaves nothing pressed. */
static void on_all_gone(void)
{
    keys_release(&d.keys, send_key);
    if (input_pointer(&d.input, d.input.x, d.input.y, 0))
        tell_guest();
}

/* ---- both ---- */

static const struct backend_ops fb_ops = {
    .announce = announce_fb, .connect = connect_fb, .disconnect = disconnect_fb, .event = event_fb};
static const struct backend_ops kbd_ops = {.announce = announce_kbd,
                                           .connect = connect_kbd,
                                           .disconnect = disconnect_kbd,
                                           .event = event_kbd};
static const struct screen_events viewer = {
    .key = on_key, .pointer = on_pointer, .all_gone = on_all_gone, .appeared = show_all};

struct options {
    const char *fb, *kbd; /* back-end nodes */
    int listen;
};

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"back", required_argument, NULL, 'b'},
        {"keyboard", required_argument, NULL, 'k'},
        {"listen-fd", required_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    *o = (struct options){.listen = -1};
    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (opt == 'b')
            o->fb = optarg;
        else if (opt == 'k')
            o->kbd = optarg;
        else if (opt == 'l')
            o->listen = atoi(optarg);
        else
            return -1;
    }
    return o->fb && o->kbd && o->listen >= 0 && optind == argc ? 0 : -1;
}

static int open_screen(int listen)
{
    char *password = store_read(d.fb.xs, "%s/vncpasswd", d.fb.back);
    int ret = screen_open(listen, password && *password ? password : NULL, &viewer);

    free(password);
    return ret;
}

static int load_keys(void)
{
    char *keymap = store_read(d.fb.xs, "%s/keymap", d.fb.back);
    bool ok = keys_load(&d.keys, keymap && *keymap ? keymap : "en-us");

    if (!ok) {
        fail(&d.fb.fail, "there is no key map '%s'", keymap ? keymap : "en-us");
        backend_refuse(&d.fb);
    }
    free(keymap);
    return ok ? 0 : -1;
}

static int setup(const struct options *o)
{
    struct fail f;

    d.fb_port = d.kbd_port = -1;
    if (loop_init() || backend_open(&d.fb, o->fb, &fb_ops) ||
        backend_open(&d.kbd, o->kbd, &kbd_ops))
        return -1;
    if (guest_frame_open(&d.guest, d.fb.domid, &f)) {
        log_msg("%s: %s", o->fb, f.text);
        return -1;
    }
    if (load_keys() || open_screen(o->listen))
        return -1;
    return drop_privileges();
}

int main(int argc, char **argv)
{
    struct options o;

    if (parse(argc, argv, &o)) {
        fprintf(stderr, "Usage: hospes-fb --back PATH --keyboard PATH --listen-fd N\n"
                        "Show one guest's frame buffer to VNC viewers; started by xend.\n");
        return 2;
    }
    if (setup(&o))
        return 1;
    backend_start(&d.kbd);
    backend_start(&d.fb);
    while (!d.fb.leaving || !d.kbd.leaving) {
        screen_run();
        loop_wait(-1);
    }
    return 0;
}

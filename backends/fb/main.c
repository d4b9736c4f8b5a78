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

#include <seccomp.h>

#include "bootloader/confine.h"
#include "fb/guest_frame.h"
#include "fb/half.h"
#include "fb/input.h"
#include "fb/keys.h"
#include "fb/screen.h"
#include "lib/daemon.h"
#include "lib/store.h"

/* The range of positions that the guest's mouse is made for when it starts */
#define POINTER_WIDTH  800
#define POINTER_HEIGHT 600

static struct display {
    struct half fb, kbd;
    int fb_port, kbd_port;
    struct guest_frame guest;
    uint32_t cons;
    bool lies; /* the guest's ring is not to half believed any more */
    struct input input;
    bool granted; /* the input page came by grant */
    struct keys keys;
} d;

/* ---- the picture ---- */

static bool announce_fb(struct half *half)
{
    return half_put(half, "request-update", 1) && half_put(half, "feature-resize", 1);
}

/* A later process finds the shape that the guest has changed its picture to. */
static bool note_shape(struct half *half)
{
    const struct frame *f = &d.guest.frame;

    return store_put(half->nodes.xs, XBT_NULL, half->nodes.back, "shape", "%u %u %u %u", f->width,
                     f->height, f->stride, f->offset);
}

static void recall_shape(struct half *half)
{
    char *text = store_read(half->nodes.xs, "%s/shape", half->nodes.back);
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

static void disconnect_fb(struct half *half)
{
    guest_frame_unmap(&d.guest);
    if (d.fb_port >= 0)
        xenevtchn_unbind(half->xce, d.fb_port);
    d.fb_port = -1;
}

static int connect_fb(struct half *half)
{
    uint32_t page, port;

    if (!half_front_number(half, UINT32_MAX, &page, "page-ref") ||
        !half_front_number(half, UINT32_MAX, &port, "event-channel"))
        return fail(&half->fail, "the guest gave no page or no event channel");
    if (guest_frame_map(&d.guest, page, &half->fail))
        return -1;
    if (half->resumed)
        recall_shape(half);
    d.cons = *(volatile uint32_t *)&d.guest.page->out_cons;
    d.lies = false;
    d.fb_port = half_bind(half, port);
    if (d.fb_port < 0 || screen_resize(d.guest.frame.width, d.guest.frame.height) ||
        !note_shape(half)) {
        fail(&half->fail, "cannot bind the guest's event channel, or no memory: %s",
             strerror(errno));
        disconnect_fb(half);
        return -1;
    }
    show_all();
    return 0;
}

static void event_fb(struct half *half, evtchn_port_t port)
{
    struct frame_turn turn;

    (void)port;
    if (!d.guest.page || d.lies)
        return;
    if (!frame_events(d.guest.page, &d.cons, &d.guest.frame, &turn)) {
        log_msg("%s: the guest's ring of events is damaged; its picture stands still",
                half->nodes.back);
        d.lies = true;
        return;
    }
    if (turn.resized &&
        (screen_resize(d.guest.frame.width, d.guest.frame.height) || !note_shape(half))) {
        log_msg("%s: no memory for the picture", half->nodes.back);
        exit(1); /* xend starts this process again */
    }
    if (screen_seen())
        screen_update(d.guest.pixels, &d.guest.frame, &turn.changed);
}

/* ---- keyboard and mouse ---- */

static bool announce_kbd(struct half *half)
{
    return half_put(half, XENKBD_FIELD_FEAT_ABS_POINTER, 1) &&
           half_put(half, XENKBD_FIELD_WIDTH, POINTER_WIDTH) &&
           half_put(half, XENKBD_FIELD_HEIGHT, POINTER_HEIGHT);
}

static void disconnect_kbd(struct half *half)
{
    if (d.granted)
        half_unmap(half, d.input.page, 1);
    else
        guest_page_unmap(&d.guest, d.input.page);
    d.input.page = NULL;
    if (d.kbd_port >= 0)
        xenevtchn_unbind(half->xce, d.kbd_port);
    d.kbd_port = -1;
}

static void *map_input(struct half *half)
{
    uint32_t ref;

    d.granted = half_front_number(half, UINT32_MAX, &ref, XENKBD_FIELD_RING_GREF);
    if (d.granted)
        return half_map(half, &ref, 1);
    errno = ENOENT;
    return half_front_number(half, UINT32_MAX, &ref, XENKBD_FIELD_RING_REF)
               ? guest_page_map(&d.guest, ref)
               : NULL;
}

static int connect_kbd(struct half *half)
{
    uint32_t port;
    void *page;

    if (!half_front_number(half, UINT32_MAX, &port, XENKBD_FIELD_EVT_CHANNEL))
        return fail(&half->fail, "the guest gave no event channel");
    page = map_input(half);
    if (!page)
        return fail(&half->fail, "cannot map the guest's page for input: %s", strerror(errno));
    input_open(&d.input, page, half_front_flag(half, XENKBD_FIELD_REQ_ABS_POINTER));
    d.kbd_port = half_bind(half, port);
    if (d.kbd_port >= 0)
        return 0;
    fail(&half->fail, "cannot bind the guest's event channel: %s", strerror(errno));
    disconnect_kbd(half);
    return -1;
}

/* What waits goes on its way as far as the guest has room for it. */
static void flush_input(void)
{
    if (input_flush(&d.input))
        xenevtchn_notify(d.kbd.xce, d.kbd_port);
}

/* The guest has taken events. */
static void event_kbd(struct half *half, evtchn_port_t port)
{
    (void)half;
    (void)port;
    flush_input();
}

static void send_key(uint16_t code, bool down)
{
    input_key(&d.input, code, down);
}

static void on_key(uint32_t keysym, bool down)
{
    keys_event(&d.keys, keysym, down, send_key);
    flush_input();
}

static void on_pointer(int x, int y, unsigned int buttons)
{
    const struct frame *f = &d.guest.frame;

    if (!d.guest.page)
        return;
    if (d.input.absolute) {
        x = (int)((int64_t)x * POINTER_WIDTH / f->width);
        y = (int)((int64_t)y * POINTER_HEIGHT / f->height);
    }
    input_pointer(&d.input, x, y, buttons);
    flush_input();
}

/* A viewer that goes away in the middle of a key leaves nothing pressed. */
static void on_all_gone(void)
{
    keys_forget(&d.keys);
    input_release(&d.input);
    flush_input();
}

/* ---- both ---- */

static const struct half_ops fb_ops = {
    .announce = announce_fb, .connect = connect_fb, .disconnect = disconnect_fb, .event = event_fb};
static const struct half_ops kbd_ops = {.announce = announce_kbd,
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
    char *password = store_read(d.fb.nodes.xs, "%s/vncpasswd", d.fb.nodes.back);
    int ret = screen_open(listen, password && *password ? password : NULL, &viewer);

    free(password);
    return ret;
}

static int load_keys(void)
{
    char *keymap = store_read(d.fb.nodes.xs, "%s/keymap", d.fb.nodes.back);
    bool ok = keys_load(&d.keys, keymap && *keymap ? keymap : "en-us");

    if (!ok) {
        fail(&d.fb.fail, "there is no key map '%s'", keymap ? keymap : "en-us");
        half_refuse(&d.fb);
    }
    free(keymap);
    return ok ? 0 : -1;
}

/* An empty file system, user nobody, and what a server of viewers and rings needs. */
static int give_up_rights(void)
{
    static const int calls[] = {
        SCMP_SYS(readv),
        SCMP_SYS(writev),
        SCMP_SYS(recvmsg),
        SCMP_SYS(sendmsg),
        SCMP_SYS(recvfrom),
        SCMP_SYS(sendto),
        SCMP_SYS(poll),
        SCMP_SYS(ppoll),
        SCMP_SYS(epoll_wait),
        SCMP_SYS(epoll_pwait),
        SCMP_SYS(epoll_ctl),
        SCMP_SYS(select),
        SCMP_SYS(pselect6),
        SCMP_SYS(accept4),
        SCMP_SYS(getpeername),
        SCMP_SYS(getsockname),
        SCMP_SYS(setsockopt),
        SCMP_SYS(getsockopt),
        SCMP_SYS(shutdown),
        SCMP_SYS(madvise),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(getpid),
        SCMP_SYS(tgkill),
        SCMP_SYS(restart_syscall),
    };

    if (xenevtchn_restrict(d.fb.xce, (domid_t)d.fb.nodes.domid) ||
        xenevtchn_restrict(d.kbd.xce, (domid_t)d.kbd.nodes.domid) ||
        confine_more(calls, sizeof(calls) / sizeof(calls[0]), 0)) {
        log_msg("cannot give up privileges: %s", strerror(errno));
        return -1;
    }
    return 0;
}

static int setup(const struct options *o)
{
    struct fail f;

    d.fb_port = d.kbd_port = -1;
    if (loop_init() || half_open(&d.fb, o->fb, &fb_ops) || half_open(&d.kbd, o->kbd, &kbd_ops))
        return -1;
    if (guest_frame_open(&d.guest, d.fb.nodes.domid, &f)) {
        log_msg("%s: %s", o->fb, f.text);
        return -1;
    }
    if (load_keys() || open_screen(o->listen))
        return -1;
    return give_up_rights();
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
    half_start(&d.kbd);
    half_start(&d.fb);
    while (!d.fb.leaving || !d.kbd.leaving) {
        screen_run();
        loop_wait(-1);
    }
    return 0;
}

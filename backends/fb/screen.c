/* SPDX-License-Identifier: BSD-2-Clause */
/* The VNC server; see screen.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rfb/rfb.h>

#include "fb/screen.h"
#include "lib/daemon.h"
#include "lib/loop.h"

#define VIEWERS_MAX 16
/* A viewer that takes nothing for so long is let go: the others and the guest wait for it. */
#define SLOW_MS      5000
#define PASSWORD_MAX 9 /* of VNC's, with the 0 */

static rfbScreenInfoPtr screen;
static const struct screen_events *events;
static struct source listener;
static unsigned int viewers;
static bool pending; /* there is something to send, or to read */
static char password[PASSWORD_MAX];
static char *passwords[] = {password, NULL};

static void on_viewer(struct source *s, uint32_t what)
{
    (void)s;
    (void)what;
    pending = true;
}

static void on_gone(rfbClientPtr client)
{
    struct source *source = client->clientData;

    loop_del(source);
    free(source);
    if (--viewers == 0)
        events->all_gone();
}

static enum rfbNewClientAction on_new(rfbClientPtr client)
{
    struct source *source = viewers < VIEWERS_MAX ? calloc(1, sizeof(*source)) : NULL;

    if (!source)
        return RFB_CLIENT_REFUSE;
    *source = (struct source){.fd = client->sock, .ready = on_viewer};
    if (loop_add(source, EPOLLIN)) {
        free(source);
        return RFB_CLIENT_REFUSE;
    }
    client->clientData = source;
    client->clientGoneHook = on_gone;
    if (viewers++ == 0)
        events->appeared();
    return RFB_CLIENT_ACCEPT;
}

static void on_connection(struct source *s, uint32_t what)
{
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)what;
    if (fd >= 0)
        rfbNewClient(screen, fd); /* closes it if it comes to nothing */
    pending = true;
}

static void on_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    (void)client;
    events->key(keysym, down);
}

static void on_pointer(int buttons, int x, int y, rfbClientPtr client)
{
    (void)client;
    events->pointer(x, y, buttons);
}

/* What is in a guest's page: blue in the lowest byte. */
static void set_format(void)
{
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
}

static void set_password(const char *given)
{
    unsigned char block[16] = {0};

    strncpy(password, given, sizeof(password) - 1);
    screen->authPasswdData = passwords;
    screen->passwordCheck = rfbCheckPasswordByList;
    rfbEncryptBytes(block, password); /* its library opens files when it is used first */
}

int screen_open(int fd, const char *given, const struct screen_events *handlers)
{
    rfbLogEnable(0); /* viewers must not fill the log */
    rfbMaxClientWait = SLOW_MS;
    events = handlers;
    screen = rfbGetScreen(NULL, NULL, 640, 480, 8, 3, FRAME_PIXEL);
    if (screen)
        screen->frameBuffer = calloc(640 * 480, FRAME_PIXEL);
    if (!screen || !screen->frameBuffer) {
        log_msg("no memory for a screen");
        return -1;
    }
    set_format();
    screen->desktopName = "guest";
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = screen->deferPtrUpdateTime = 0;
    screen->cursor = NULL; /* the guest draws its own */
    screen->autoPort = FALSE;
    screen->port = screen->ipv6port = 0; /* the listening socket is ours */
    screen->permitFileTransfer = FALSE;
    screen->newClientHook = on_new;
    screen->kbdAddEvent = on_key;
    screen->ptrAddEvent = on_pointer;
    if (given)
        set_password(given);
    rfbInitServer(screen);
    listener = (struct source){.fd = fd, .ready = on_connection};
    if (fcntl(fd, F_SETFL, O_NONBLOCK) || loop_add(&listener, EPOLLIN)) {
        log_msg("cannot wait for viewers: %s", strerror(errno));
        return -1;
    }
    return 0;
}

int screen_resize(uint32_t width, uint32_t height)
{
    char *old = screen->frameBuffer, *new = calloc((size_t)width * height, FRAME_PIXEL);

    if (!new)
        return -1;
    rfbNewFramebuffer(screen, new, width, height, 8, 3, FRAME_PIXEL);
    set_format();
    free(old);
    pending = true;
    return 0;
}

void screen_update(const uint8_t *from, const struct frame *frame, const struct area *area)
{
    size_t row = (size_t)screen->width * FRAME_PIXEL;

    if (!area->width)
        return;
    for (uint32_t y = area->y; y < area->y + area->height; y++)
        memcpy(screen->frameBuffer + y * row + area->x * FRAME_PIXEL,
               from + frame->offset + (size_t)y * frame->stride + area->x * FRAME_PIXEL,
               area->width * FRAME_PIXEL);
    rfbMarkRectAsModified(screen, area->x, area->y, area->x + area->width, area->y + area->height);
    pending = true;
}

void screen_run(void)
{
    if (!pending)
        return;
    pending = false;
    rfbProcessEvents(screen, 0);
}

bool screen_seen(void)
{
    return viewers != 0;
}

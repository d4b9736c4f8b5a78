/* SPDX-License-Identifier: BSD-2-Clause */
/* The VNC server, with a real viewer at the other end of a socket. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rfb/rfbclient.h>

#include "fb/screen.h"
#include "lib/loop.h"

static struct frame frame = {800, 600, 3200, 0, 800 * 600 * 4};
static uint8_t pixels[800 * 600 * 4];
static const struct area all = {0, 0, 800, 600};
static atomic_uint key, buttons, shown;
static atomic_bool done;

static void on_key(uint32_t keysym, bool down)
{
    if (down)
        key = keysym;
}

static void on_pointer(int x, int y, unsigned int pressed)
{
    buttons = pressed * 1000000 + x * 1000 + y;
}

static void on_gone(void)
{
    done = true;
}

static void on_appeared(void)
{
    shown++;
    screen_update(pixels, &frame, &all);
}

static const struct screen_events handlers = {on_key, on_pointer, on_gone, on_appeared};

static int listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert(fd >= 0 && bind(fd, (void *)&address, len) == 0 && listen(fd, 4) == 0);
    cr_assert_eq(getsockname(fd, (void *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static char *password(rfbClient *client)
{
    return strdup(client->appData.encodingsString);
}

struct viewing {
    int port;
    const char *password;
    bool connected, right;
    atomic_uint updates;
};

static void on_update(rfbClient *client, int x, int y, int w, int h)
{
    struct viewing *v = rfbClientGetClientData(client, on_update);

    (void)x;
    (void)y;
    v->updates += w * h;
}

static rfbClient *connect_viewer(struct viewing *v)
{
    rfbClient *client = rfbGetClient(8, 3, 4);

    client->serverHost = strdup("127.0.0.1");
    client->serverPort = v->port;
    client->GotFrameBufferUpdate = on_update;
    client->appData.encodingsString = v->password;
    if (v->password)
        client->GetPassword = password;
    client->appData.encodingsString = "raw";
    rfbClientSetClientData(client, on_update, v);
    return rfbInitClient(client, NULL, NULL) ? client : NULL;
}

/* Sees the whole picture, then types and points. */
static void *view(void *arg)
{
    struct viewing *v = arg;
    rfbClient *client = connect_viewer(v);

    v->connected = client != NULL;
    while (client && v->updates < 800 * 600 && WaitForMessage(client, 1000000) >= 0)
        if (!HandleRFBServerMessage(client))
            break;
    if (client) {
        const uint8_t *seen = client->frameBuffer;

        /* What was blue in the guest's page is blue to the viewer. */
        v->right = (seen[0] << 16 | seen[1] << 8 | seen[2]) == 0x112233 && client->width == 800;
        SendKeyEvent(client, 'q', TRUE);
        SendPointerEvent(client, 12, 34, 1);
        while (!key || !buttons)
            usleep(1000);
        rfbClientCleanup(client);
    }
    done = true;
    return NULL;
}

/* Opens a screen for @events; the port that viewers find it on. */
static int open_screen(const struct screen_events *events)
{
    int port, fd = listen_somewhere(&port);

    rfbEnableClientLogging = FALSE;
    cr_assert_eq(loop_init(), 0);
    cr_assert_eq(screen_open(fd, NULL, events), 0);
    cr_assert_eq(screen_resize(800, 600), 0);
    for (size_t i = 0; i < sizeof(pixels); i += 4)
        memcpy(pixels + i, "\x33\x22\x11\x00", 4);
    return port;
}

static void serve(struct viewing *v)
{
    pthread_t thread;

    v->port = open_screen(&handlers);
    cr_assert_eq(pthread_create(&thread, NULL, view, v), 0);
    while (!done) {
        screen_run();
        loop_wait(50);
    }
    pthread_join(thread, NULL);
}

Test(screen, picture_keys_and_pointer, .timeout = 60)
{
    struct viewing v = {0};

    serve(&v);
    cr_expect(v.connected && v.right);
    cr_expect_eq(key, 'q');
    cr_expect_eq(buttons, 1012034);
    cr_expect_eq(shown, 1);
}

/* ---- several at once ---- */

#define VIEWERS 3u
static atomic_uint ready, typed, left, left_at_end;
static atomic_bool leave;

static void on_typed(uint32_t keysym, bool down)
{
    if (down)
        typed |= 1u << (keysym - '0');
}

static void on_last_gone(void)
{
    left_at_end = left;
    done = true;
}

static const struct screen_events several = {on_typed, on_pointer, on_last_gone, on_appeared};

struct looking {
    struct viewing viewing;
    unsigned int number;
};

/* Sees the whole picture, types its number, rests until all shall leave, and leaves in turn. */
static void *look(void *arg)
{
    struct looking *l = arg;
    struct viewing *v = &l->viewing;
    rfbClient *client = connect_viewer(v);

    v->connected = client != NULL;
    while (client && v->updates < 800 * 600 && WaitForMessage(client, 1000000) >= 0)
        if (!HandleRFBServerMessage(client))
            break;
    if (client)
        SendKeyEvent(client, '0' + l->number, TRUE);
    ready++;
    while (!leave || left != l->number)
        usleep(1000);
    if (client)
        rfbClientCleanup(client);
    usleep(100000); /* time to be taken for the last one */
    left++;
    return NULL;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* A turn of hospes-fb's; true: nothing woke it for @ms. */
static bool rests(int ms)
{
    const int64_t from = now_ms();

    screen_run();
    loop_wait(ms);
    return now_ms() - from >= ms;
}

/* A key pressed is one that the guest has until the last viewer goes; a picture that rests wakes nobody. */
Test(screen, several_viewers, .timeout = 60)
{
    struct looking looking[VIEWERS] = {0};
    pthread_t thread[VIEWERS];
    const int port = open_screen(&several);
    unsigned int rested = 0;

    for (unsigned int i = 0; i < VIEWERS; i++) {
        looking[i] = (struct looking){.viewing.port = port, .number = i};
        cr_assert_eq(pthread_create(&thread[i], NULL, look, &looking[i]), 0);
    }
    while (ready < VIEWERS || typed != (1u << VIEWERS) - 1)
        rests(20);
    for (unsigned int i = 0; i < 100 && rested < 3; i++)
        rested = rests(300) ? rested + 1 : 0;
    cr_expect_eq(rested, 3, "something wakes it again and again");
    for (leave = true; !done;)
        rests(20);
    cr_expect_eq(left_at_end, VIEWERS - 1, "taken for the last one to go");
    for (unsigned int i = 0; i < VIEWERS; i++) {
        pthread_join(thread[i], NULL);
        cr_expect(looking[i].viewing.connected && looking[i].viewing.updates >= 800 * 600);
    }
    cr_expect_eq(shown, 1, "the copy was good for all but the first");
    cr_expect_not(screen_seen());
}

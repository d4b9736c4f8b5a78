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

static void serve(struct viewing *v)
{
    pthread_t thread;
    int fd = listen_somewhere(&v->port);

    rfbEnableClientLogging = FALSE;
    cr_assert_eq(loop_init(), 0);
    cr_assert_eq(screen_open(fd, NULL, &handlers), 0);
    cr_assert_eq(screen_resize(800, 600), 0);
    for (size_t i = 0; i < sizeof(pixels); i += 4)
        memcpy(pixels + i, "\x33\x22\x11\x00", 4);
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

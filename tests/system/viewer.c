/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VNC viewer without a window, for the system tests:
 *   viewer ADDRESS PORT PASSWORD TEXT PICTURE
 * asks for the whole picture once more and tells what that took; types TEXT and says so, waits until
 * the picture has changed since and then rested for a second, and writes it to PICTURE (PPM).  PASSWORD "" is
 * none.  Ends with 0, or with 1 and a reason.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rfb/rfbclient.h>

#define REST_US   1000000
#define PATIENCE  120 /* s */
#define XK_RETURN 0xff0d

static const char *given;
static unsigned long changed; /* pixels */

static char *password(rfbClient *client)
{
    (void)client;
    return strdup(given);
}

static void on_update(rfbClient *client, int x, int y, int w, int h)
{
    (void)client;
    (void)x;
    (void)y;
    changed += (unsigned long)w * h;
}

static int failed(const char *why)
{
    fprintf(stderr, "viewer: %s\n", why);
    return 1;
}

static void type(rfbClient *client, const char *text)
{
    for (; *text; text++) {
        uint32_t key = *text == '\n' ? XK_RETURN : (unsigned char)*text;

        SendKeyEvent(client, key, TRUE);
        SendKeyEvent(client, key, FALSE);
    }
}

/* Until @pixels have come and then nothing for a while. */
static bool settle(rfbClient *client, unsigned long pixels)
{
    time_t end = time(NULL) + PATIENCE;

    while (time(NULL) < end) {
        int n = WaitForMessage(client, REST_US);

        if (n < 0 || (n > 0 && !HandleRFBServerMessage(client)))
            return false;
        if (n == 0 && changed >= pixels)
            return true;
    }
    return changed >= pixels; /* it never rests: a cursor that blinks */
}

/* From the question to the last pixel, in milliseconds; negative if it does not come. */
static double redraw(rfbClient *client)
{
    unsigned long all = (unsigned long)client->width * client->height;
    struct timespec from, to;

    changed = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!SendFramebufferUpdateRequest(client, 0, 0, client->width, client->height, FALSE))
        return -1;
    while (changed < all) {
        int n = WaitForMessage(client, PATIENCE * REST_US);

        if (n <= 0 || !HandleRFBServerMessage(client))
            return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6;
}

static int write_picture(const rfbClient *client, const char *path)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return failed("cannot write the picture");
    fprintf(out, "P6\n%d %d\n255\n", client->width, client->height);
    for (size_t i = 0; i < (size_t)client->width * client->height; i++)
        fwrite(client->frameBuffer + i * 4, 1, 3, out);
    return fclose(out) ? failed("cannot write the picture") : 0;
}

int main(int argc, char **argv)
{
    rfbClient *client = rfbGetClient(8, 3, 4);
    double took;

    if (argc != 6)
        return failed("ADDRESS PORT PASSWORD TEXT PICTURE");
    given = argv[3];
    rfbEnableClientLogging = FALSE;
    client->serverHost = strdup(argv[1]);
    client->serverPort = atoi(argv[2]);
    client->GotFrameBufferUpdate = on_update;
    if (*given)
        client->GetPassword = password;
    if (!rfbInitClient(client, NULL, NULL))
        return failed("cannot connect");
    if (!settle(client, (unsigned long)client->width * client->height))
        return failed("the first picture did not come");
    took = redraw(client);
    if (took < 0)
        return failed("the picture did not come again");
    printf("%dx%d redrawn in %.1f ms\n", client->width, client->height, took);
    changed = 0;
    type(client, argv[4]);
    puts("typed");
    fflush(stdout);
    if (*argv[4] && !settle(client, 100))
        return failed("what was typed changed nothing");
    return write_picture(client, argv[5]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening for viewers; see display.h. */
#include <errno.h>
#include <string.h>

#include "xend/display.h"
#include "xend/listen.h"

#define DISPLAYS_TRIED 1000u
#define PORT_MAX       65535u

int display_listen(const char *text, bool unused, unsigned int *display, struct fail *f)
{
    unsigned int first = *display, last = unused ? first + DISPLAYS_TRIED : first;

    if (!listen_is_address(text))
        return fail(f, "%s is not an address", text);
    for (; *display <= last && DISPLAY_PORT + *display <= PORT_MAX; ++*display) {
        int fd = listen_at(text, DISPLAY_PORT + *display);

        if (fd >= 0)
            return fd;
        if (errno != EADDRINUSE)
            return fail(f, "cannot listen on %s, port %u: %s", text, DISPLAY_PORT + *display,
                        strerror(errno));
    }
    *display = first;
    return unused ? fail(f, "no display from %u on is free on %s", first, text)
                  : fail(f, "display %u (port %u) of %s is in use (vncunused=1 takes a free one)",
                         first, DISPLAY_PORT + first, text);
}

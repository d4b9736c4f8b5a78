/* SPDX-License-Identifier: BSD-2-Clause */
/* Time and waiting; see store.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/store.h"

int64_t store_now(void)
{
    return now_ms();
}

static volatile sig_atomic_t cancelled;

void store_cancel(bool on)
{
    cancelled = on;
}

bool store_cancelled(void)
{
    return cancelled;
}

char **store_event(struct xs_handle *xs, int64_t deadline)
{
    for (;;) {
        char **event = xs_check_watch(xs);
        struct pollfd pfd = {.fd = xs_fileno(xs), .events = POLLIN};
        int64_t left = deadline - store_now();

        if (event)
            return event;
        if (cancelled || left <= 0 || (errno != EAGAIN && errno != EINTR))
            return NULL;
        if (poll(&pfd, 1, left > INT_MAX ? -1 : (int)left) < 0 && errno != EINTR)
            return NULL;
    }
}

bool store_wait(struct xs_handle *xs, int64_t deadline)
{
    char **event = store_event(xs, deadline);

    free(event);
    return event != NULL;
}

void store_pause(int ms)
{
    poll(NULL, 0, ms);
}

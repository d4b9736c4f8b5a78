/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers on timerfd; see timer.h. */
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "xend/timer.h"

static void on_time(struct source *s, uint32_t events)
{
    struct timer *t = (struct timer *)s; /* its first member */

    (void)events;
    timer_stop(t);
    t->fired(t);
}

bool timer_start(struct timer *t, int ms)
{
    struct itimerspec when = {.it_value = {ms / 1000, ms % 1000 * 1000000L}};

    timer_stop(t);
    t->source.ready = on_time;
    t->source.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (t->source.fd >= 0 && timerfd_settime(t->source.fd, 0, &when, NULL) == 0 &&
        loop_add(&t->source, EPOLLIN) == 0)
        return true;
    if (t->source.fd >= 0)
        close(t->source.fd);
    t->source.fd = -1;
    return false;
}

void timer_stop(struct timer *t)
{
    if (t->source.fd < 0)
        return;
    loop_del(&t->source);
    close(t->source.fd);
    t->source.fd = -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* One shot timers of xend's loop. */
#ifndef XEND_TIMER_H
#define XEND_TIMER_H

#include <stdbool.h>

#include "lib/loop.h"

struct timer {
    struct source source; /* fd -1: not running */
    void (*fired)(struct timer *t);
};

/* Lets @t->fired be called after @ms > 0; false with errno if that cannot be. */
bool timer_start(struct timer *t, int ms);

/* Stops it; not running is fine. */
void timer_stop(struct timer *t);

#endif

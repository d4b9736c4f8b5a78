/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand; see inject.h. */
#include "lib/inject.h"

#include <errno.h>
#include <stdio.h>

#include "lib/store.h"

struct inject inject_read(struct xs_handle *xs, const char *back)
{
    char *text = store_read(xs, "%s/" INJECT_NODE, back);
    struct inject i = {0};

    if (!text || sscanf(text, "%u %u %u", &i.slow_ms, &i.error_ppm, &i.drop_ppm) != 3 ||
        i.slow_ms > INJECT_MS_MAX || i.error_ppm > INJECT_PPM || i.drop_ppm > INJECT_PPM)
        i = (struct inject){0};
    free(text);
    return i;
}

bool inject_write(struct xs_handle *xs, const char *back, const struct inject *i)
{
    if (i->slow_ms || i->error_ppm || i->drop_ppm)
        return store_put(xs, XBT_NULL, back, INJECT_NODE, "%u %u %u", i->slow_ms, i->error_ppm,
                         i->drop_ppm);
    store_remove(xs, "%s/" INJECT_NODE, back);
    return true;
}

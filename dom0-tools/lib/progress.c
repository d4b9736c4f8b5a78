/* SPDX-License-Identifier: BSD-2-Clause */
/* One line on the terminal about long work; see progress.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/progress.h"
#include "lib/store.h"

/* Work that ends sooner is not worth a line; later ones are drawn this often (milliseconds). */
#define FIRST_MS 500
#define EVERY_MS 200
#define MIB      (1024 * 1024.0)

void progress_text(const struct progress *p, int64_t now, char line[PROGRESS_LINE_MAX])
{
    double seconds = (double)(now - p->started) / 1000, rate = 0;
    /* Work that grew under way (a guest that writes while it is moved) is never above 100 %. */
    uint64_t total = p->total && p->total < p->done ? p->done : p->total;
    size_t at;

    if (seconds > 0)
        rate = (double)p->done / seconds;
    if (total)
        snprintf(line, PROGRESS_LINE_MAX, "%.60s: %.0f%%, %.0f of %.0f MiB, %.1f MiB/s", p->what,
                 (double)p->done * 100 / (double)total, (double)p->done / MIB, (double)total / MIB,
                 rate / MIB);
    else
        snprintf(line, PROGRESS_LINE_MAX, "%.60s: %.0f MiB, %.1f MiB/s", p->what,
                 (double)p->done / MIB, rate / MIB);
    at = strlen(line);
    if (total && rate > 0)
        snprintf(line + at, PROGRESS_LINE_MAX - at, ", %.0f s left",
                 (double)(total - p->done) / rate);
}

void progress_start(struct progress *p, const char *what, uint64_t total)
{
    *p = (struct progress){
        .what = what,
        .total = total,
        .started = store_now(),
        .terminal = isatty(STDERR_FILENO),
    };
}

void progress_to(struct progress *p, uint64_t done)
{
    char line[PROGRESS_LINE_MAX];
    int64_t now;

    p->done = done;
    if (!p->terminal)
        return;
    now = store_now();
    if (now - p->started < FIRST_MS || (p->drawn && now - p->drawn < EVERY_MS))
        return;
    p->drawn = now;
    progress_text(p, now, line);
    dprintf(STDERR_FILENO, "\r%s\033[K", line); /* ECMA-48: erase to the end of the line */
}

void progress_end(struct progress *p)
{
    if (p->drawn)
        dprintf(STDERR_FILENO, "\r\033[K");
    p->drawn = 0;
    p->terminal = false;
}

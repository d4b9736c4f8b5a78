/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that tells how far long work is; see progress.h. */
#include <stdio.h>
#include <unistd.h>

#include "lib/store.h"
#include "xm/progress.h"

#define EVERY_MS 100

void progress_show(uint64_t done, uint64_t total)
{
    static int64_t began = -1, shown;
    int64_t now = store_now();
    uint64_t rate; /* KiB/s */

    if (!isatty(STDERR_FILENO))
        return;
    if (began < 0)
        began = shown = now;
    if (done >= total)
        fputs("\r\033[K", stderr);
    if (done >= total || now - shown < EVERY_MS)
        return;
    shown = now;
    rate = done / (now - began) * 1000 >> 10;
    fprintf(stderr, "\r\033[K%llu of %llu MiB, %llu MiB/s, %llu s left",
            (unsigned long long)done >> 20, (unsigned long long)total >> 20,
            (unsigned long long)rate >> 10,
            (unsigned long long)(rate ? ((total - done) >> 10) / rate : 0));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far long work has come, on one line of a terminal that is drawn again and again: part, bytes,
 * rate, time left.  Says nothing when standard error is no terminal (scripts, xend) or when the
 * work is done before anybody could wonder, and leaves no trace when it ends.
 *
 *     struct progress p;
 *     progress_start(&p, "Saving debian", total);
 *     while (...) progress_to(&p, done);
 *     progress_end(&p);                                      also before an error is printed
 */
#ifndef LIB_PROGRESS_H
#define LIB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_MAX 128

struct progress {
    const char *what; /* must outlive the progress */
    uint64_t total;   /* bytes; 0: nobody knows */
    uint64_t done;    /* bytes */
    int64_t started;  /* store_now() */
    int64_t drawn;    /* when last; 0: never */
    bool terminal;
};

void progress_start(struct progress *p, const char *what, uint64_t total);

/* @done bytes of the work are done by now; cheap enough to be called for each piece. */
void progress_to(struct progress *p, uint64_t done);

/* Takes the line away.  A second call does nothing. */
void progress_end(struct progress *p);

/*
 * The line at time @now (store_now() units):
 * "Saving debian: 42%, 108 of 256 MiB, 31.5 MiB/s, 5 s left".
 */
void progress_text(const struct progress *p, int64_t now, char line[PROGRESS_LINE_MAX]);

#endif

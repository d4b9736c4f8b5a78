/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that looks at the machine, on behalf of the one that has nothing but callers. */
#ifndef HTTP_SOURCE_H
#define HTTP_SOURCE_H

#include "http/happenings.h"

/* Measures and sends it all to @fd: 0, or -1 with ts->fail; nobody who does not read holds it. */
int source_answer(struct toolstack *ts, const struct happenings *h, int fd);

/*
 * Answers what comes from @fd, at most once in WEB_FRESH_MS, and notes events, until @life ends:
 * then 0, or -1 with ts->fail if it cannot go on.
 */
int source_run(struct toolstack *ts, int fd, int life);

#endif

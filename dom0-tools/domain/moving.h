/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a domain's way into a stream or out of one is, on a terminal (lib/progress.h). */
#ifndef DOMAIN_MOVING_H
#define DOMAIN_MOVING_H

#include "domain/toolstack.h"
#include "lib/progress.h"
#include "stream/io.h"

struct moving {
    struct progress progress;
    char what[80];
    struct stream_out *out; /* one of the two; the other is NULL */
    struct stream_in *in;
};

/* From now on what goes into @out is told as "@verb NAME", of as many bytes as it has memory. */
void moving_out(struct moving *m, struct toolstack *ts, const char *verb, uint32_t domid,
                struct stream_out *out);

/* The same of what comes from the file that @in is on. */
void moving_in(struct moving *m, const char *verb, const char *path, struct stream_in *in);

/* Also before an error is printed. */
void moving_end(struct moving *m);

#endif

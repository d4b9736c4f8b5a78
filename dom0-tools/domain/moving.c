/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains under way; see moving.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/moving.h"

static void wrote(void *who, uint64_t bytes)
{
    progress_to(who, bytes);
}

void moving_out(struct moving *m, struct toolstack *ts, const char *verb, uint32_t domid,
                struct stream_out *out)
{
    char *name = ts_domain_name(ts, domid);
    xc_domaininfo_t info;
    uint64_t pages = ts_domain_info(ts, domid, &info) ? info.tot_pages : 0;

    snprintf(m->what, sizeof(m->what), "%s %s", verb, name ? name : "?");
    free(name);
    progress_start(&m->progress, m->what, pages << XC_PAGE_SHIFT);
    m->out = out;
    m->in = NULL;
    out->moved = wrote;
    out->who = &m->progress;
}

/* Another process reads, and both have the one place in the file. */
static void got(void *who)
{
    struct moving *m = who;
    const off_t at = lseek(stream_in_descriptor(m->in), 0, SEEK_CUR);

    if (at > 0)
        progress_to(&m->progress, (uint64_t)at);
}

void moving_in(struct moving *m, const char *verb, const char *path, struct stream_in *in)
{
    struct stat st;
    uint64_t size = 0;

    if (fstat(stream_in_descriptor(in), &st) == 0 && S_ISREG(st.st_mode))
        size = (uint64_t)st.st_size;
    snprintf(m->what, sizeof(m->what), "%s %s", verb, path);
    progress_start(&m->progress, m->what, size);
    m->in = in;
    m->out = NULL;
    in->moved = got;
    in->who = m;
}

void moving_end(struct moving *m)
{
    progress_end(&m->progress);
    if (m->out)
        m->out->moved = NULL;
    if (m->in)
        m->in->moved = NULL;
}

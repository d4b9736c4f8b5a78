/* SPDX-License-Identifier: BSD-2-Clause */
/* Appending, committing, reading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "store/journal.h"

static struct state *state;
static unsigned int which; /* log that is appended to */
static size_t tail;        /* where the next record goes */

void journal_use(struct state *s)
{
    state = s;
    which = s ? s->current : 0;
    tail = s ? s->len[which] : 0;
}

static size_t padded(size_t len)
{
    return (sizeof(struct record) + len + 7) & ~(size_t)7;
}

void journal_add(enum record_type type, unsigned int slot, const void *a, size_t a_len,
                 const void *b, size_t b_len)
{
    struct record rec = {
        .len = (uint32_t)(a_len + b_len), .type = (uint16_t)type, .slot = (uint16_t)slot};
    char *to;

    if (!state)
        return;
    if (tail + padded(rec.len) > LOG_ROOM) {
        fprintf(stderr, "xenstored: more than %zu bytes of state\n", LOG_ROOM);
        abort();
    }
    to = state_log(state, which) + tail;
    memcpy(to, &rec, sizeof(rec));
    if (a_len)
        memcpy(to + sizeof(rec), a, a_len);
    if (b_len)
        memcpy(to + sizeof(rec) + a_len, b, b_len);
    tail += padded(rec.len);
}

void journal_commit(void)
{
    if (state)
        __atomic_store_n(&state->len[which], tail, __ATOMIC_RELEASE);
}

size_t journal_len(void)
{
    return state ? state->len[state->current] : 0;
}

void journal_begin(void)
{
    which = !state->current;
    state->len[which] = tail = 0;
}

void journal_switch(void)
{
    unsigned int old = state->current;

    journal_commit();
    __atomic_store_n(&state->current, which, __ATOMIC_RELEASE);
    madvise(state_log(state, old), LOG_ROOM, MADV_REMOVE); /* gives its memory back */
}

const struct record *journal_next(const struct record *after)
{
    const char *log = state_log(state, which);
    const char *p = after ? (const char *)after + padded(after->len) : log;

    return p < log + state->len[which] ? (const struct record *)p : NULL;
}

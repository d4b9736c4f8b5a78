/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log that a successor reads.  Pure: it works on memory.
 *
 * Records are appended, and count once they are committed, which is one store: a process that dies
 * before it has done nothing, after it everything.  When the log has grown, a new one is begun in
 * the other half, filled with what amounts to the same state (recover.c), and switched to by
 * another store.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>

#include "store/state.h"

enum record_type {
    REC_START = 1, /* struct origin: a connection starts afresh */
    REC_FREE,      /* it is gone */
    REC_MARK,      /* struct mark: where its next request and next output begin */
    REC_OUT,       /* bytes: a message for it */
    REC_REQUEST,   /* struct xsd_sockmsg, body: what it asked for */
    REC_CLIENT,    /* struct client_rest */
    REC_TXN,       /* uint32_t: a transaction that cannot go on */
    REC_FORGET,    /* uint32_t: a domain died */
    REC_EXPIRE,    /* old transactions expired */
    REC_QUOTA,     /* struct quota */
    REC_GEN,       /* uint64_t: generations up to it are used */
};

#define NO_SLOT UINT16_MAX /* of no connection: by the daemon itself */

struct record {
    uint32_t len;  /* of the payload; the next record begins at a multiple of 8 */
    uint16_t type; /* enum record_type */
    uint16_t slot;
};

/* Whose connection: port 0 is a socket's. */
struct origin {
    uint64_t mfn;
    uint32_t domid;
    uint32_t port;
};

struct mark {
    uint32_t in, out;
};

struct client_rest {
    uint32_t target;
    uint32_t last_txn_id;
};

/* Takes the log of @s up; NULL: nothing is logged (as it is at first). */
void journal_use(struct state *s);

/* Appends a record of two pieces. */
void journal_add(enum record_type type, unsigned int slot, const void *a, size_t a_len,
                 const void *b, size_t b_len);

/* Makes what was appended count. */
void journal_commit(void);

/* Committed bytes of the log in use. */
size_t journal_len(void);

/* Appends to the other log from its beginning; then makes that the one in use. */
void journal_begin(void);
void journal_switch(void);

/* The first record behind @after (NULL: the first), or NULL at the end of what is committed. */
const struct record *journal_next(const struct record *after);

#endif

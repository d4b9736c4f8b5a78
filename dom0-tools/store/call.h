/* SPDX-License-Identifier: BSD-2-Clause */
/* One request taken apart, and the reply being put together.  Pure. */
#ifndef STORE_CALL_H
#define STORE_CALL_H

#include "store/path.h"

struct call {
    uint32_t type;    /* enum xsd_sockmsg_type */
    struct path path; /* node operations: the first argument, absolute */
    const char *rest; /* what follows the first argument */
    size_t rest_len;
};

struct reply {
    size_t len;
    size_t stamp_len; /* leading bytes that may differ between equal results: a generation */
    char data[XENSTORE_PAYLOAD_MAX];
};

/* Appends to the reply: 0, or E2BIG when the protocol's limit does not allow it. */
int reply_put(struct reply *r, const void *data, size_t len);

/* The same for a string and its nul. */
int reply_str(struct reply *r, const char *s);

#endif

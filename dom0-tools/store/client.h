/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One client of the store as the store sees it, whatever it is connected by.  Everything here,
 * together with struct store, is what a restarted daemon would have to be given back.
 */
#ifndef STORE_CLIENT_H
#define STORE_CLIENT_H

#include <stdint.h>

#include "store/perm.h"

struct watch;
struct txn;

struct client {
    struct subject who;
    char home[32];         /* relative paths are below it */
    struct watch *watches; /* in order of registration */
    unsigned int watch_count;
    struct txn *txns;
    unsigned int txn_count;
    uint32_t last_txn_id;
};

#endif

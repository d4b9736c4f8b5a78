/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What outlives the serving process: a memory file that it shares with its keeper.
 *
 * It holds two logs, of which one is in use (journal.h), and a slot for every connection.  A slot
 * says how many bytes have come and gone.  That must be exact whatever moment the process dies at,
 * so a count changes in the same instant as the bytes move: recvmmsg() and sendmmsg() store the
 * length of what they moved before they return to the process (msg_len, here @step), and a ring's
 * index is kept here first and copied into the page then.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <xen/io/xs_wire.h>

/* What a program of another version cannot go on with.  To be changed with any layout here. */
#define STATE_VERSION 0x58530001u

#define SOCKET_SLOTS 1024 /* clients of the socket */
#define DOMAIN_SLOTS 3072
#define STATE_SLOTS  (SOCKET_SLOTS + DOMAIN_SLOTS)

/* Bytes moved one way, modulo 2^32: base + step.  For a ring @base is its index, @step 0. */
struct moved {
    struct msghdr msg;
    union {
        struct {
            uint32_t step; /* msg_len of struct mmsghdr */
            uint32_t base; /* in the padding behind it */
        };
        uint64_t both; /* stored at once */
    };
};
_Static_assert(sizeof(struct moved) == sizeof(struct mmsghdr) &&
                   offsetof(struct moved, step) == offsetof(struct mmsghdr, msg_len),
               "the kernel stores msg_len into step");

enum slot_use { SLOT_FREE, SLOT_OPEN, SLOT_DONE }; /* DONE: the keeper is to close it */

struct slot {
    uint32_t use;   /* of a socket's slot: FREE and OPEN by the keeper, DONE by who serves */
    uint32_t tries; /* how often its request was begun and not ended */
    struct moved in_moved, out_moved;
    char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX]; /* the request that is coming */
};

/* Log space: far above what quotas let guests fill; pages that were not written take no memory. */
#define LOG_ROOM ((size_t)1 << 30)

struct state {
    uint32_t version;
    uint32_t current; /* index of the log in use */
    uint64_t len[2];  /* bytes of each log that are committed */
    uint32_t started; /* the first server was ready once */
    struct slot slot[STATE_SLOTS];
};

#define STATE_HEAD ((sizeof(struct state) + 4095) & ~(size_t)4095)
#define STATE_SIZE (STATE_HEAD + 2 * LOG_ROOM)

static inline char *state_log(struct state *s, unsigned int which)
{
    return (char *)s + STATE_HEAD + which * LOG_ROOM;
}

static inline uint32_t moved_total(const struct moved *m)
{
    return m->base + m->step;
}

/* Starts counting at @total, or goes on from what is counted. */
static inline void moved_set(struct moved *m, uint32_t total)
{
    __atomic_store_n(&m->both, (uint64_t)total << 32, __ATOMIC_RELEASE);
}

#endif

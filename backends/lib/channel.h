/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two processes of a device say to each other, over two SOCK_SEQPACKET pairs.  The monitor
 * holds what could harm others (xenstore, grants); the worker, which reads what the guest wrote,
 * holds its own device only and is taken to be hostile: every message of its is checked.
 *
 *   control   monitor: CONNECT with the guest's rings, DISCONNECT; INJECT at any time
 *             worker:  CONNECTED or REFUSED, DISCONNECTED; TROUBLE at any time, but not often
 *   grants    worker:  one struct grant_request;  broker: one struct grant_reply
 */
#ifndef BACK_CHANNEL_H
#define BACK_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum control_kind {
    CONTROL_CONNECT = 1,
    CONTROL_DISCONNECT,
    CONTROL_CONNECTED,
    CONTROL_REFUSED, /* the body is the reason, as text */
    CONTROL_DISCONNECTED,
    CONTROL_TROUBLE, /* the body is a struct trouble */
    CONTROL_INJECT,  /* the body is a struct inject (lib/inject.h) */
};

/* What has gone wrong since the last such message. */
struct trouble {
    uint32_t slow, failed; /* requests */
    uint32_t longest_ms;   /* of the slow ones */
};

#define TROUBLE_PAUSE_MS 60000 /* from one such message to the next, at least */

#define CONTROL_BODY 256u /* bytes: what a class of devices tells its worker of the guest */

struct control_message {
    uint32_t kind; /* enum control_kind */
    uint32_t resumed;
    uint8_t body[CONTROL_BODY];
};

/* One send or receive of a whole message; the latter fails for one of another size. */
bool channel_send(int fd, const struct control_message *m);
bool channel_receive(int fd, struct control_message *m);

enum grant_call { GRANT_MAP = 1, GRANT_UNMAP, GRANT_COPY };

#define GRANT_PARTS 128u /* of a copy */
#define GRANT_REFS  16u  /* of a mapping */

/* A piece of one granted page, and its place in the memory that both processes share. */
struct grant_part {
    uint32_t ref;
    uint32_t at;
    uint16_t offset, len;
    uint16_t to_guest;
    uint16_t unused;
};

struct grant_request {
    uint32_t call; /* enum grant_call */
    uint32_t count;
    union {
        uint32_t ref[GRANT_REFS];
        uint64_t index; /* to unmap: where gntdev has it */
        struct grant_part part[GRANT_PARTS];
    };
};

struct grant_reply {
    int32_t error; /* 0 or an errno */
    uint32_t unused;
    union {
        uint64_t index;
        int16_t status[GRANT_PARTS];
    };
};

/* Bytes of a message with @count parts, or answers for them; at least those of the others. */
size_t grant_request_size(uint32_t call, uint32_t count);
size_t grant_reply_size(uint32_t call, uint32_t count);

#endif

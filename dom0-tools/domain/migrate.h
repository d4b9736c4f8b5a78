/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Migration's handshake, as xl 4.17 has it on both ends of a pipe:
 *   receiver: it is ready | sender: the saved domain | receiver: it has it, paused |
 *   sender: it may run | receiver: how that went.
 * Who may let the domain run is decided by the fourth message alone.  Until a byte of it was sent
 * the sender lets its copy go on whatever fails; the receiver lets its own run only when all of it
 * has come; and the sender takes its copy back only when the receiver says that its own is gone.
 */
#ifndef DOMAIN_MIGRATE_H
#define DOMAIN_MIGRATE_H

#include "conf/conf.h"
#include "domain/toolstack.h"
#include "stream/io.h"

struct live_options;

/* What has become of the sender's copy. */
enum migrate_end {
    MIGRATE_DONE,  /* it is gone: the domain runs at the receiver's */
    MIGRATE_HERE,  /* it goes on, as if nothing had been */
    MIGRATE_ALONE, /* it stays suspended, as NAME--migratedaway: whether the other runs is unknown
                    */
};

/* What is to be sent, and how. */
struct migration {
    uint32_t domid;
    const struct conf *conf;
    const struct live_options *live; /* while it runs; NULL: it stands still meanwhile */
    bool rename;                     /* call it migrating-NAME meanwhile, as xm did */
};

/* MIGRATE_DONE, or another with ts->fail. */
enum migrate_end migrate_send(struct toolstack *ts, const struct migration *m, struct stream_in *in,
                              struct stream_out *out);

/*
 * Receives a domain and lets it run unless @paused: 0 with *@domid, or -1 with ts->fail and
 * nothing left of it.
 */
int migrate_receive(struct toolstack *ts, bool paused, struct stream_in *in, struct stream_out *out,
                    uint32_t *domid);

#endif

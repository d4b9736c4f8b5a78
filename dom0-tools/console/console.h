/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console of one domain: its page and event channel on one side, a pseudo terminal and a log
 * file on the other.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "console/buffer.h"
#include "console/ring.h"
#include "lib/loop.h"

/* What all consoles share. */
struct host {
    struct xs_handle *xs;
    xenevtchn_handle *evtchn;
    xengnttab_handle *gnttab;
    xenforeignmemory_handle *foreign;
    const char *log_dir; /* NULL: no log files */
};

struct console {
    struct console *next;
    const struct host *host;
    unsigned int domid;
    int64_t deadline; /* the domain died: until when readers may take the rest; 0: it lives */

    struct xencons_interface *page; /* NULL: not connected */
    bool by_grant;
    unsigned long ring_ref;
    unsigned int remote_port;
    int port;    /* ours, or -1 */
    bool masked; /* an event came and was not unmasked yet */
    bool broken; /* impossible indices: not served until reconnected */
    struct rate rate;

    struct source pty; /* fd -1: none */
    int slave;         /* kept open, so that a leaving reader does not hang the terminal up */
    uint32_t waits_for;
    struct buffer out;
    int log_fd;
};

/* Starts looking after a domain: watches its console nodes. */
struct console *console_new(const struct host *host, unsigned int domid);

/* Reads ring-ref and port from the store and (re)connects when they are there and changed. */
void console_refresh(struct console *c);

/* The domain's event channel fired; console_service() is to follow. */
void console_event(struct console *c);

/*
 * Moves output as far as the rate allows.  Returns the time in ms at which to come back because
 * the rate did not allow more, or -1.
 */
int64_t console_service(struct console *c, int64_t now);

/* Opens the log file anew, for logrotate. */
void console_reopen_log(struct console *c);

/*
 * The domain died: takes what is left in its ring and lets go of its memory at once.  A reader
 * may still take the last output for LINGER_MS; then, or when all is read, it is over.
 */
#define LINGER_MS 1000
void console_end(struct console *c, int64_t now);
bool console_over(const struct console *c, int64_t now);

void console_free(struct console *c);

#endif

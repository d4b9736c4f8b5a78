/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world around the front-ends, in one process: pages, grants, event channels, time, and a
 * xenstore on the real ring.  A test sets `fake_notified` to play the back-end: it runs whenever
 * the front-end sends an event or waits.
 */
#ifndef FAKE_H
#define FAKE_H

#include <front/abi.h>
#include <front/boot.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/lib.h>

#define FAKE_GRANTS 1024

void fake_reset(void);
/* The back-end of the test. */
extern void (*fake_notified)(void);
/* Page behind a grant; NULL if it is not granted, or not writable where that is asked for. */
void *fake_granted(uint32_t ref, bool writable);
/* Grants in use, pages handed out, and the clock in ns. */
unsigned fake_grants_used(void);
/* How many more there are, and whether the back-end has mapped them all and lets go of none. */
extern unsigned fake_grants_left;
extern bool fake_keeps_grants;
unsigned fake_pages_used(void);
extern uint64_t fake_clock;
/* Raises the event of the only device port: runs its handler. */
void fake_raise(void);
/* Front-end's log lines so far. */
extern unsigned fake_log_lines;

/* The store: paths as the client writes them.  Setting fires watches. */
void fake_store_reset(void);
void fake_store_set(const char *path, const char *value);
const char *fake_store_get(const char *path);
void fake_store_run(void); /* answers what is on the ring */
/* The next transactions to be refused with EAGAIN. */
extern unsigned fake_store_again;
extern evtchn_port_t fake_store_port;

/* A device directory pair as the tool-stack makes it: device/<type>/0 and back/<type>. */
void fake_device(const char *type);

#endif

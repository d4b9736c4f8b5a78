/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test kernel tells the runner.  Four outcomes, the most severe wins: success, skip (the
 * machine cannot show it), failure (the hypervisor is wrong), error (the test itself is).
 * Every check prints one TAP line on the console, so a difference names itself.
 */
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include <front/abi.h>

/* Written by each test; the harness reports and shuts the domain down when it returns. */
void test_main(void);

/* One check: prints "ok N - text" or "not ok N - text". Returns `good`. */
bool check(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The common case: a result against the only right value. */
bool check_eq(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* This part cannot be shown here: prints "ok N - text # SKIP". */
void skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Is this another hypervisor than ours?  For the few things that are ours alone, or the peer's. */
bool on_peer(void);
/* Nothing failed so far. */
bool all_good(void);
/* The test cannot go on through its own fault: reports and ends the domain. */
void error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Ends the test now with what was reported so far. */
void finish(void) __attribute__((noreturn));

#endif

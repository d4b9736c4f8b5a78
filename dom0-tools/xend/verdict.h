/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do with a domain that went down, decided without any I/O. */
#ifndef XEND_VERDICT_H
#define XEND_VERDICT_H

#include <stdbool.h>

enum verdict { VERDICT_DESTROY, VERDICT_RESTART, VERDICT_PRESERVE, VERDICT_RENAME_RESTART };

/* The key of the config that speaks about SHUTDOWN_* @reason; NULL: not an end (suspend). */
const char *verdict_key(unsigned int reason);

/* Reads an on_* value; what is unknown or absent destroys. */
enum verdict verdict_of(const char *action);

/* Is a core to be written first (coredump-destroy, coredump-restart)? */
bool verdict_wants_core(const char *action);

/* Is the domain to live again? */
bool verdict_starts_again(enum verdict verdict);

/* Lives shorter than this, that many in a row, and the domain is not started again. */
#define VERDICT_SHORT_LIFE_S 10
#define VERDICT_SHORT_LIVES  3

/* Counts a life of @seconds in *@short_lives; true if the domain may be started again. */
bool verdict_may_restart(unsigned int *short_lives, long seconds);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways out that a process which serves a guest must not have. */
#ifndef DOORS_H
#define DOORS_H

#include <stdbool.h>
#include <sys/types.h>

#define DOORS_AT_LEAST 12 /* are open to root without any confinement */

/*
 * Tries each way out as user @uid; @say gets the name of each that is open and at last "all tried".
 * True if none was.
 */
bool doors_try(uid_t uid, void (*say)(const char *door));

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* How far long work is, on a terminal: bytes, rate, time left. */
#ifndef XM_PROGRESS_H
#define XM_PROGRESS_H

#include <stdint.h>

/*
 * Shows @done of @total bytes on standard error if that is a terminal, at most ten times a second;
 * the line goes when all is done.
 */
void progress_show(uint64_t done, uint64_t total);

#endif

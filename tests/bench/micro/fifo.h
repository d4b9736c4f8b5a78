/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MICRO_FIFO_H
#define MICRO_FIFO_H

/* Sends an event to itself n times, by the FIFO ABI. */
void fifo_self(unsigned n);

#endif

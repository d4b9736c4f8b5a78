/* SPDX-License-Identifier: BSD-2-Clause */
/* The row of memory that the hypervisor keeps. */
#ifndef MICRO_MEMORY_H
#define MICRO_MEMORY_H

void report_memory(void);

#endif

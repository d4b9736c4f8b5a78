/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching to a guest's console. */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include "xm/xm.h"

/* Becomes the console client; returns, with a message printed, only if that is impossible. */
int console_run(uint32_t domid);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest whose config names a boot loader brings its kernel on its disk. */
#ifndef DOMAIN_BOOTLOAD_H
#define DOMAIN_BOOTLOAD_H

#include "domain/creation.h"

/* Checks what the config says about it, before anything is read; 0 or -1. */
int bootload_check(struct toolstack *ts, struct creation *c);

/*
 * Finds kernel and RAM disk on the domain's first disk and opens them as c->kernel and c->ramdisk;
 * the command line is the menu's with the config's after it.  0 or -1.
 */
int bootload(struct toolstack *ts, struct creation *c);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant table, version 1: give pages to another domain and take them back. */
#ifndef FRONT_GNTTAB_H
#define FRONT_GNTTAB_H

#include <front/abi.h>

#define GNTTAB_FRAMES 4 /* 512 grants each */

/* Sets up the table; 0 or a negative error.  Call once, before any front-end. */
long gnttab_init(void);
/* Lets `dom` access the page at `va`; the grant reference, or -ENOSPC. */
long gnttab_grant(domid_t dom, const void *va, bool read_only);
/* The entry itself, for those who do what no driver should. */
struct grant_entry_v1 *gnttab_entry(uint32_t ref);
/* Takes a grant back; -EBUSY while the other side still maps it. */
long gnttab_end(uint32_t ref);

#endif

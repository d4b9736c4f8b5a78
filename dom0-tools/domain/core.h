/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a domain's memory and registers to a core file. */
#ifndef DOMAIN_CORE_H
#define DOMAIN_CORE_H

#include <stdbool.h>

#include "domain/paths.h"
#include "domain/toolstack.h"

#define CORE_PATH_LEN 512

struct core_options {
    bool live; /* it runs on meanwhile, so a page may be gone when its turn comes: it is zeroes */
    void (*progress)(uint64_t done, uint64_t total); /* bytes; NULL: nobody looks */
};

/*
 * Writes the core of @domid to @path: whole and on the disk, or not there at all.  A domain that
 * runs is paused meanwhile, unless live.  Pages of zeroes take no room.  0, or -1 with ts->fail.
 */
int core_dump(struct toolstack *ts, uint32_t domid, const char *path,
              const struct core_options *options);

/*
 * Where the core of @domid goes if nobody says: "DIR/2026-1126-2235.07-NAME.ID.core" in xm's
 * dialect, "DIR/NAME" in xl's; DIR is made.  0, or -1 with ts->fail.
 */
int core_default_path(struct toolstack *ts, uint32_t domid, char path[CORE_PATH_LEN]);

#define CORES_KEPT 8u /* of one name, beyond which a crash writes none */

/* The core that a crash leaves: by default path, refused if CORES_KEPT of its name are there. */
int core_of_crash(struct toolstack *ts, uint32_t domid, char path[CORE_PATH_LEN]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Templates: a config paths.templates/T.cfg whose disks' files, those of that folder that are called
 * T-something or T.something, are copied for each guest.
 */
#ifndef DOMAIN_TEMPLATE_H
#define DOMAIN_TEMPLATE_H

#include "conf/conf.h"
#include "domain/toolstack.h"

/* Reads template @t for a guest @name, with the @count assignments of a command line (see
 * config_read()), unchecked; its disks are the template's still.  NULL with ts->fail. */
struct conf *template_read(struct toolstack *ts, const char *t, const char *name, char *const *args,
                           int count);

/* Files that were made for a guest. */
struct copies {
    char **path;
    size_t count;
};

/*
 * Copies the template's files to paths.images, T in their names becoming @conf's name, and puts the
 * copies into @conf's disks; holes stay holes.  0, or -1 with ts->fail and none left.
 */
int template_copy(struct toolstack *ts, struct conf *conf, const char *t, struct copies *made);

/* Ends the list; with @remove the files go, too. */
void template_copied(struct copies *made, bool remove);

#endif

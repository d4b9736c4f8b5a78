/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Managed domains: those that xend knows also while they do not run.  A definition is a config file
 * MANAGED_DIR/NAME.cfg that holds the domain's uuid and addresses; it is complete or not there.
 */
#ifndef DOMAIN_MANAGED_H
#define DOMAIN_MANAGED_H

#include <limits.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "domain/toolstack.h"

/* Is there a definition called @name? */
bool managed_exists(const char *name);

/* Stores the definition of the domain that @conf names; 0, or -1 and the old one stays. */
int managed_save(struct toolstack *ts, const struct conf *conf);

/* Reads a definition; NULL with ts->fail. */
struct conf *managed_load(struct toolstack *ts, const char *name);

/* Where the state of a suspended one is; is it suspended? */
const char *managed_state(const char *name, char path[PATH_MAX]);
bool managed_suspended(const char *name);

/* Removes the definition, and the state if it is suspended. */
int managed_delete(struct toolstack *ts, const char *name);

/* Gives a definition another name; 0 also if there is none called @name. */
int managed_rename(struct toolstack *ts, const char *name, const char *other);

/* Names of all definitions, sorted; free() each and the array.  Returns how many. */
int managed_names(char ***names);

#endif

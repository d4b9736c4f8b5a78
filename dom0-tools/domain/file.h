/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a config names, checked before anything is made. */
#ifndef DOMAIN_FILE_H
#define DOMAIN_FILE_H

#include <sys/stat.h>

#include "conf/conf.h"
#include "domain/toolstack.h"

/*
 * Checks that @path exists and may be opened (R_OK, W_OK, X_OK): 0 with *@st, or -1 with a message
 * that names the key's place and, for a missing file, one that is called nearly so.
 */
int file_check(struct toolstack *ts, const struct conf *conf, const char *key,
               const struct conf_value *value, const char *path, int access_mode, struct stat *st);

#endif

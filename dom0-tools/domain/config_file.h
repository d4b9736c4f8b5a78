/* SPDX-License-Identifier: BSD-2-Clause */
/* Configs as files: read whole, written so that a crash leaves the old or the new one. */
#ifndef DOMAIN_CONFIG_FILE_H
#define DOMAIN_CONFIG_FILE_H

#include "conf/conf.h"
#include "domain/toolstack.h"

/* Reads and parses @path, and the @count assignments of a command line; NULL with ts->fail. */
struct conf *config_read(struct toolstack *ts, const char *path, char *const *args, int count);

/* Writes @conf to @path, on the disk when it returns; 0, or -1 and @path is as it was. */
int config_write(struct toolstack *ts, const struct conf *conf, const char *path);

/* Sets a key that must fit in memory. */
void config_set(struct conf *conf, const char *key, const char *text);

#endif

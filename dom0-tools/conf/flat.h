/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration as bytes from a process without rights to one with: keys that the schema knows, each with a
 * text, a number, or a list of these.  Who writes them may be a stranger's by then; who reads them believes no
 * length, type or name, and has a conf_check() to do as after any file.
 */
#ifndef CONF_FLAT_H
#define CONF_FLAT_H

#include <sys/types.h>

#include "conf/conf.h"

#define FLAT_MAX 65536u

/* Writes @conf without what has no effect here: how many bytes, or -1 with @f (no room, no flat value). */
ssize_t conf_flatten(const struct conf *conf, uint8_t to[FLAT_MAX], struct fail *f);

/* A configuration that is to be checked; NULL with @f.  @file is what messages call it. */
struct conf *conf_unflatten(const char *file, const uint8_t *from, size_t len, struct fail *f);

#endif

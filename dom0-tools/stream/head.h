/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands before the records: xl's header with the configuration, and libxl's header. */
#ifndef STREAM_HEAD_H
#define STREAM_HEAD_H

#include <stdbool.h>

#include "stream/io.h"

/* The first words of a saved domain, which xendomains compares (32 bytes with the odd end). */
#define STREAM_MAGIC     "Xen saved domain, xl format\n \0 \r"
#define STREAM_MAGIC_LEN 32

/* Writes xl's header with @config (JSON text) and libxl's. */
int stream_put_head(struct stream_out *out, const char *config);

/*
 * Reads and checks xl's header: the configuration, malloc'ed, nul-terminated; NULL with the cause.
 * *@json says whether it is JSON (else xl's config language, from writers before Xen 4.5).
 */
char *stream_get_config(struct stream_in *in, bool *json);

/* Reads and checks libxl's header, which follows. */
int stream_get_libxl_head(struct stream_in *in);

#endif

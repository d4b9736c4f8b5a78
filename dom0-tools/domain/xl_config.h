/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's configuration as JSON of libxl's, which stands at the head of a saved domain: what xl
 * needs to start it, and beside that, under a key that xl passes over, our own text of it.
 */
#ifndef DOMAIN_XL_CONFIG_H
#define DOMAIN_XL_CONFIG_H

#include "conf/conf.h"

/* The JSON text, malloc'ed. */
char *xl_config_print(const struct conf *conf);

/*
 * Reads such a text, ours or one of xl's: a config to be checked, or NULL with the cause in @f.
 * @file is what messages call it.
 */
struct conf *xl_config_read(const char *file, const char *text, struct fail *f);

#endif

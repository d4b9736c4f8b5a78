/* SPDX-License-Identifier: BSD-2-Clause */
/* A config as xend's S-expression, which `create -F` reads back (conf/sxp_read.h). */
#ifndef XM_CONFIG_SXP_H
#define XM_CONFIG_SXP_H

#include <stdio.h>

#include "conf/conf.h"

/* @conf has been checked. */
void config_print_sxp(const struct conf *conf, FILE *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A config in the words of xm's XML (create.dtd of Xen 4.1): what create -x prints. */
#ifndef XM_CONFIG_XML_H
#define XM_CONFIG_XML_H

#include <stdio.h>

#include "conf/conf.h"

/* @conf has been checked. */
void config_print_xml(const struct conf *conf, FILE *out);

#endif

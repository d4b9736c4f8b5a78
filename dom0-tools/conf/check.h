/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of conf_check(): what several entries say together. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "conf/conf.h"

/* Warns of keys that others make void, and of keys that are given again. */
void check_relations(const struct conf *conf, FILE *warn);

/*
 * Checks disks, NICs and frame buffers, each and against each other: what two of one guest cannot
 * share is refused (virtual device, interface name), what rarely is meant is warned of.
 */
int check_devices(const struct conf *conf, FILE *warn, struct fail *f);

#endif

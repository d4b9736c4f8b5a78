/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration as xend's S-expression, which `xm create -n` prints and `-F` takes:
 *     (vm (name web) (memory 256) (image (linux (kernel /boot/vmlinuz) (args 'ro quiet')))
 *         (device (vbd (uname file:/srv/a.img) (dev xvda) (mode w))) (device (vif (bridge xenbr0))))
 * Pure: no file is opened here.
 */
#ifndef CONF_SXP_READ_H
#define CONF_SXP_READ_H

#include "conf/conf.h"

/* Is it one?  Its first byte that is no blank is '(', which no config begins with. */
bool sxp_is_one(const char *text, size_t len);

/* The same as if a config had said it, each value with its place; NULL with the error in @f. */
struct conf *sxp_read(const char *file, const char *text, size_t len, struct fail *f);

#endif

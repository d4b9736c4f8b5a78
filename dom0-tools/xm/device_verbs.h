/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs of all device classes share. */
#ifndef XM_DEVICE_VERBS_H
#define XM_DEVICE_VERBS_H

#include "domain/device.h"
#include "xm/command.h"

/* ...-list DOMAIN...: an exit code. */
int device_list(struct toolstack *ts, const struct args *args, const struct device_class *class);

/* ...-attach DOMAIN WORD...: the words are the parts of a config's text; an exit code. */
int device_attach_args(struct toolstack *ts, const struct args *args,
                       const struct device_class *class);

/* ...-detach DOMAIN DEVICE: an exit code. */
int device_detach_args(struct toolstack *ts, const struct args *args,
                       const struct device_class *class, bool force);

#endif

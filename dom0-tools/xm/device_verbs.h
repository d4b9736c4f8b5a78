/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs of all device classes share. */
#ifndef XM_DEVICE_VERBS_H
#define XM_DEVICE_VERBS_H

#include "domain/device.h"
#include "xm/command.h"

/* ...-list DOMAIN...: an exit code.  The options are xm's, not xl's. */
#define DEVICE_LIST_OPTIONS 1
extern const struct option_row device_list_options[];
int device_list(struct toolstack *ts, const struct args *args, const struct device_class *class);

/* ...-attach DOMAIN WORD...: the words are the parts of a config's text; an exit code. */
int device_attach_args(struct toolstack *ts, const struct args *args,
                       const struct device_class *class);

/* The words after DOMAIN as what a config writes with commas; malloc'ed. */
char *device_join_args(const struct args *args);

/* ...-detach DOMAIN DEVICE: an exit code. */
int device_detach_args(struct toolstack *ts, const struct args *args,
                       const struct device_class *class, bool force);

#endif

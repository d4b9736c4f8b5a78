/* SPDX-License-Identifier: BSD-2-Clause */
/* Showing a guest's display with the VNC viewer that dom0 has. */
#ifndef XM_VIEWER_H
#define XM_VIEWER_H

#include "xm/xm.h"

/* The option of verbs that start a domain; xm's word and xl's letter. */
#define VIEWER_OPTION                                                                              \
    {                                                                                              \
        'V', "vncviewer", NULL, "show the display afterwards"                                      \
    }

/* Becomes the viewer of @domid, which the user calls @name; returns, with a message, if it cannot. */
int viewer_run(struct toolstack *ts, uint32_t domid, const char *name);

/* The same beside this program: the domain runs, so that a missing viewer is only said. */
void viewer_start(struct toolstack *ts, uint32_t domid, const char *name);

#endif

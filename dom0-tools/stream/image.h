/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers of a libxc stream. */
#ifndef STREAM_IMAGE_H
#define STREAM_IMAGE_H

#include "stream/io.h"

/* Versions of the stream: 3 since Xen 4.14; 2 has no static data of its own. */
#define IMAGE_VERSION     3u
#define IMAGE_VERSION_MIN 2u

/* @xen_version as XENVER_version gives it: of the saving hypervisor, for people. */
int image_put_headers(struct stream_out *out, uint32_t xen_version);

/* Reads and checks both headers of a PV guest; *@version is the stream's. */
int image_get_headers(struct stream_in *in, uint32_t *version);

#endif

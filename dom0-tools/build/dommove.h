/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving a domain into a stream and building one out of it: everything that follows the
 * configuration.  As in dombuild.h the caller owns the domain, and destroys it when this fails.
 */
#ifndef BUILD_DOMMOVE_H
#define BUILD_DOMMOVE_H

#include "build/dombuild.h"
#include "stream/io.h"

struct save_live;

/* @live NULL: the domain is suspended already.  *@pages: sent.  0, or -1 with @f. */
int domsave_run(xc_interface *xch, uint32_t domid, struct stream_out *out, struct save_live *live,
                uint64_t *pages, struct fail *f);

/* Into the fresh, paused domain @domid, whose size @params gives (no kernel); 0, or -1 with @f. */
int domrestore_run(xc_interface *xch, uint32_t domid, const struct dombuild_params *params,
                   struct stream_in *in, struct dombuild_result *result, struct fail *f);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's frames as the hypervisor keeps account of them.  <xenctrl.h> has no call for this;
 * libxc keeps its own inside.
 */
#ifndef LIBXENCTRL_FRAMES_H
#define LIBXENCTRL_FRAMES_H

#include <xenctrl.h>

/*
 * Maps the table of all guests' frame numbers by machine frame (M2P), read-only: *@frames entries.
 * NULL with errno.
 */
const xen_pfn_t *frames_map_m2p(xc_interface *xch, unsigned long *frames);
void frames_unmap_m2p(const xen_pfn_t *m2p, unsigned long frames); /* NULL: nothing */

#define FRAMES_TYPES_MAX 1024u /* of one frames_types(): the hypervisor's own limit */

/*
 * Replaces each of @n machine frames by XEN_DOMCTL_PFINFO_* of @domid's frame of that number,
 * XEN_DOMCTL_PFINFO_XTAB if the domain owns none.  0, or -1 with errno.
 */
int frames_types(xc_interface *xch, uint32_t domid, xen_pfn_t *frames, unsigned int n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What core/kexec's files have of one another; kexec_lock is held. */
#ifndef KEXEC_IMAGE_H
#define KEXEC_IMAGE_H

#include <hv/kexec.h>

/* Are n segments within bounds (those with contents in `filled`, the others, which are only to be mapped, in `all`), aligned,
 * apart from one another, and is one entered?  -XEN_EADDRNOTAVAIL, -XEN_EINVAL.  They are the hypervisor's copy. */
int kexec_check(const struct xen_kexec_segment *s, unsigned n, uint64_t entry,
                const struct kexec_area *filled, const struct kexec_area *all);
/* Goes on with the load that the image is in: 0, the image is ready; -XEN_ERESTART, the budget is spent; -XEN_EFAULT,
 * -XEN_ENOMEM, nothing is loaded. */
int kexec_load_on(struct kexec_image *i);
/* An image that is not ready gives back what it has; false: not all yet, the budget is spent. */
bool kexec_drop(struct kexec_image *i);

#endif

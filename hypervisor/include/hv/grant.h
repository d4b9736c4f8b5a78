/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, version 1 (grant_table.h): a domain lets named others map or copy a frame.
 *
 * Invariants (grant_audit):
 *   GR-1 each live mapping (maptrack handle) holds one frame reference, and a WRITABLE type
 *        reference if it is not read-only
 *   GR-2 an active entry's pin counts equal the number of live mappings and copies by kind
 *   GR-3 while an entry is pinned, its shared entry has GTF_reading / GTF_writing set and its
 *        frame, domid and readonly flag are the ones first pinned (not re-read from the guest)
 *   GR-4 a handle is used by exactly one mapping or is free
 * A shared entry is read and compare-and-swapped in one place only (entry.c).
 */
#ifndef HV_GRANT_H
#define HV_GRANT_H

#include <hv/domain.h>

#define GRANT_MAX_FRAMES_DEFAULT   64
#define MAPTRACK_MAX_FRAMES_DEFAULT 1024

int grant_domain_init(struct domain *d, unsigned max_frames, unsigned max_maptrack_frames);
/* Drops mappings d holds on others (preemptible, -XEN_ERESTART); then, when nothing of d is
 * mapped by others or frames are gone, grant_domain_free. */
int grant_domain_release_mappings(struct domain *d);
void grant_domain_free(struct domain *d);
/* Tool-stack / builder: machine frame of grant-table frame i of d, growing as needed (XENMAPSPACE_grant_table). */
int grant_frame(struct domain *d, unsigned i, mfn_t *out);
/* A mapping that a page-table update destroyed is not our business; see GNTTABOP_unmap in the ABI. */
long op_grant_table_op(struct vcpu *cur, uint64_t cmd, uint64_t uops, uint64_t count);
int grant_audit(const struct domain *d);

#endif

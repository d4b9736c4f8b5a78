/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, versions 1 and 2 (grant_table.h): a domain lets named others map or copy a frame,
 * or with version 2 copy a part of one, or what a third domain granted to it.
 *
 * Invariants (tests/audit/grant.c):
 *   GR-1 a pinned active entry holds one reference on its frame, the granter's own (a transitive
 *        one none: it is pinned within an operation only, with the entry it leads to); besides, each
 *        host mapping's page-table entry and each device mapping holds one, and a WRITABLE type
 *        reference if it is not read-only
 *   GR-2 an active entry's pin counts equal the number of live mappings and copies by kind
 *   GR-3 while an entry is pinned, its shared entry (of version 2: its status) has GTF_reading /
 *        GTF_writing set and its frame, domid and readonly flag are the ones first pinned (not
 *        re-read from the guest)
 *   GR-4 a handle is used by exactly one mapping or is free
 *   GR-5 the version changes only while no entry is pinned but reserved ones of whole pages, whose
 *        pins go on; what a guest may still map, a frame of entries or status, is not freed before
 *        the domain's end
 * A shared entry is read and marked in one place only (entry.c, v2.c).
 */
#ifndef HV_GRANT_H
#define HV_GRANT_H

#include <hv/domain.h>

#define GRANT_MAX_FRAMES_DEFAULT    64
#define MAPTRACK_MAX_FRAMES_DEFAULT 1024

/* -XEN_EINVAL for no or too many frames, -XEN_ENOMEM; on success d->grant is set.  d's limits,
 * max_grant_frames and max_maptrack_frames, are the ABI's: 512 entries (of version 2: 256) or 512
 * mappings a frame. */
int grant_domain_init(struct domain *d);
/* A mapping that a page-table update destroyed is not our business; see GNTTABOP_unmap in the ABI.
 * Drops mappings that dying d holds on others (preemptible, -XEN_ERESTART).  The references of host
 * mappings are the page-table entries' and go with them (ptype_relinquish). */
int grant_domain_release_mappings(struct domain *d);
/* d holds no mapping of another's frame. */
bool grant_idle(const struct domain *d);
/* Frees the table; after d's last frame went away, hence nobody maps anything of d.
 * -XEN_ERESTART. */
int grant_domain_free(struct domain *d);
/* Tool-stack / builder: machine frame of grant-table frame i of d, growing as needed
 * (XENMAPSPACE_grant_table, acquire_resource).  -XEN_EINVAL beyond the limit, -XEN_ENOMEM,
 * -XEN_ERESTART: has grown in part. */
int grant_frame(struct domain *d, unsigned i, mfn_t *out);
/* The same of status frame i; -XEN_EINVAL also with version 1. */
int grant_status_frame(struct domain *d, unsigned i, mfn_t *out);

#endif

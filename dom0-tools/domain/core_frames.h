/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames a domain has, by the hypervisor's account: a dead or hostile guest has no say. */
#ifndef DOMAIN_CORE_FRAMES_H
#define DOMAIN_CORE_FRAMES_H

#include "domain/core_format.h"
#include "domain/toolstack.h"

/*
 * All frames of @domid, sorted by the guest's numbers; those without one (ballooned back half-way,
 * say) are left out.  malloc'ed, *@count of them; NULL with ts->fail.
 */
struct core_frame *core_frames(struct toolstack *ts, uint32_t domid, size_t *count);

#endif

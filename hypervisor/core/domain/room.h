/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of core/domain share. */
#ifndef DOMAIN_ROOM_H
#define DOMAIN_ROOM_H

#include <hv/domain.h>

#include <hv/check.h>

/* The final free, when nobody knows d any more: -XEN_ERESTART. */
int domain_free(struct domain *d);
/* timers.c: the callbacks of guests' timers.  kill waits for one that runs. */
void vcpu_timers_init(struct vcpu *v, unsigned cpu);
void vcpu_timers_kill(struct vcpu *v);
void watchdogs_init(struct domain *d);
void watchdogs_kill(struct domain *d);
/* A vCPU's registered vcpu_info: undone. */
void vcpu_info_reset(struct vcpu *v);
/* A vCPU context copied in; to be freed even if that failed. */
long context_from_guest(gva_t gva, struct vcpu_guest_context **out);
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *out);
void domain_resume(struct domain *d);
void vcpu_send_nmi(struct vcpu *v); /* taken when it next enters its guest */

long domain_set_virq_handler(struct domain *d, unsigned virq);

/* xenctl_bitmap <-> cpuset_t; sizes in bits are the guest's. */
int cpuset_from_guest(cpuset_t *out, const struct xenctl_bitmap *in);
int cpuset_to_guest(const struct xenctl_bitmap *to, cpuset_t set);

#endif

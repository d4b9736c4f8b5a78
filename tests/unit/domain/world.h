/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole core with a control domain on the fake machine. */
#ifndef WORLD_H
#define WORLD_H

#include <hv/domain.h>
#include <hv/hcall.h>
#include <hv/sched.h>

/* A machine with `cpus` CPUs and dom0 (one vCPU, running on CPU 0); returns that vCPU. */
struct vcpu *world_start(unsigned cpus);
struct vcpu *world_start_with(unsigned cpus, uint64_t frames);
/* A hypercall as the guest makes it, again and again while it is continued. */
long world_call(struct vcpu *cur, unsigned nr, ...);
/* Five arguments are read, however few are given. */
#define world_call(...) world_call(__VA_ARGS__, 0UL, 0UL, 0UL, 0UL, 0UL)
/* One call by number, as it is. */
long world_dispatch(struct vcpu *cur, unsigned nr, const uint64_t args[5]);
#define WORLD_IRET_RAX 0x123456789abL /* what the machine's iret found in its frame */
extern unsigned world_restarts;
/* Lets every CPU act on what is pending. */
/* As the exit path: a decision, and domains that can be freed. */
void world_softirq(void);
void world_settle(void);
/* The n-th allocation from now fails (and only that); < 0: none. */
extern long world_alloc_fails_in;
/* A context was set while its vCPU could run. */
extern bool world_context_of_running;
/* What happens while the machine waits for quiescence; NULL: nothing. */
extern void (*world_quiescing)(void);
extern unsigned world_allocs;
/* What another CPU does at each allocation; NULL: nothing. */
extern void (*world_allocating)(void);

/* Operations of the tool-stack, by dom0. */
long world_domctl(struct vcpu *cur, struct xen_domctl *op, uint32_t cmd, domid_t id);
long world_sysctl(struct vcpu *cur, struct xen_sysctl *op, uint32_t cmd);
/* A guest with n vCPUs (contexts set) and some memory, still paused; NULL when that failed. */
struct domain *world_guest(struct vcpu *cur, unsigned vcpus, unsigned pages);
/* The next page that d has, from *cursor (begins as 0). */
mfn_t world_next_page(const struct domain *d, uint64_t *cursor);
long world_destroy(struct vcpu *cur, domid_t id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A simulated machine for scheduler tests: CPUs that run hogs and sleepers against a manual clock.
 */
#ifndef SIM_H
#define SIM_H

#include <hv/hcall.h>
#include <hv/sched.h>

/* Sets up `cpus` idle CPUs at time 0. */
void sim_start(unsigned cpus);
/* A domain with n vCPUs, all up. */
struct domain *sim_domain(unsigned n, uint16_t weight, uint16_t cap);
/* v runs `busy` ns, then sleeps `idle` ns, and so on; without it a vCPU never sleeps. */
void sim_sleeper(struct vcpu *v, s_time_t busy, s_time_t idle);
/* Lets the machine run; fails the test on a broken invariant. */
void sim_run(s_time_t ns);
/* CPU time of all of d's vCPUs since sim_mark(). */
void sim_mark(void);
s_time_t sim_used(const struct domain *d);
/* Takes decisions that are due now on every CPU. */
void sim_settle(void);
extern unsigned sim_switches, sim_interrupts;
extern cpuset_t sim_asleep; /* CPUs that were taken out and have left what they had */

/* What the fakes saw. */
extern unsigned fake_virq_timer, fake_shutdowns;
extern int fake_shutdown_reason;
extern uint32_t fake_pending_port;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Further vCPUs of a PV kernel. */
#ifndef FRONT_VCPU_H
#define FRONT_VCPU_H

#include <front/abi.h>

/*
 * Brings up vCPU `id`, which calls fn(arg) on `stack` (STACK_SIZE bytes, aligned to its size) with
 * vCPU 0's page tables, traps and callbacks, events masked.  fn must not return.  Returns 0 or what
 * the hypervisor refused.
 */
long vcpu_start(unsigned id, void (*fn)(void *), void *arg, char *stack);

#endif

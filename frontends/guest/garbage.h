/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the garbage guest share. */
#ifndef GARBAGE_H
#define GARBAGE_H

#include <front/abi.h>

#define SCRATCH_PAGES 8

extern char garbage_scratch[SCRATCH_PAGES][PAGE_SIZE];
extern domid_t garbage_partner; /* another such guest, or ourselves */

uint64_t garbage_random(void); /* a stream for each vCPU */
uint64_t garbage_value(void);  /* of any kind that a hypercall takes */
uint64_t garbage_scratch_va(void);
/* Another domain's or nobody's frame, or one of the scratch pages. */
uint64_t garbage_frame(void);
/* Within the mask; not the machine address of anything of this domain. */
uint64_t garbage_number(uint64_t mask);
void garbage_seed(uint64_t seed); /* first of all */

/* Grants to, from and with the partner: valid arguments, mostly with one field changed. */
void garbage_grant(void);
/* One instruction that only the hypervisor can run, in kernel mode. */
void garbage_insn(void);
/* A short visit to user mode that ends with a system call, a fault or an interrupt. */
void garbage_user(void);
void garbage_user_init(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User mode: a second top-level table holding one code, one read-only and one stack page, entered
 * through HYPERVISOR_iret; the next trap from user mode brings the kernel back with its registers.
 */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <front/trap.h>
#include <xen/xen.h>

#define USER_L4_SLOT 1
#define USER_BASE    ((uint64_t)USER_L4_SLOT << 39)
#define USER_CODE    USER_BASE
#define USER_DATA    (USER_BASE + 0x1000)
#define USER_STACK   (USER_BASE + 0x3000) /* top of the stack page */

extern uint64_t *user_l4;       /* the user table */
extern uint64_t *user_l1;       /* maps the pages above */
extern char *user_data;         /* kernel's view of USER_DATA */
extern uint64_t user_stack_top; /* rsp that the hypervisor was told to switch to on a trap */

/* Builds the tables, pins them, sets user base pointer and kernel stack; error() if refused. */
void user_setup(void);
/* Copies `len` bytes of position-independent code to USER_CODE. */
void user_code(const void *start, size_t len);
/* Default registers: USER_CODE, USER_STACK, flat segments, events open. */
struct regs user_regs(void);
/* Enters user mode with `in`; returns the registers at the first trap taken from it.
 * Also returns if the entry itself is refused, with the vector of the failure. */
struct regs user_run(const struct regs *in);
/* The same with flags of struct iret_context (VGCF_in_syscall: the hypervisor may use SYSRET). */
struct regs user_run_by(const struct regs *in, uint64_t flags);
/* The same by a multicall of n calls, one of them an iret.  Of the general registers only rax is
 * in's (its lower half, extended: what a multicall returns is an int); r11 and rcx are 11 and 12. */
struct regs user_run_list(const struct regs *in, struct multicall_entry *list, long n);
/* Where such an iret may go within the kernel: back to the caller of user_run_list, with rax kept. */
extern const char user_list_landed[];
extern uint64_t user_list_rax;

#endif

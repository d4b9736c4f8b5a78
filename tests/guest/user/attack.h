/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef USER_ATTACK_H
#define USER_ATTACK_H

/* What a process may try against its kernel and the hypervisor; after user_setup(). */
void test_attacks(void);

#endif

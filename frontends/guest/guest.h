/* SPDX-License-Identifier: BSD-2-Clause */
/* The tiny guest: modes and what they share. */
#ifndef GUEST_H
#define GUEST_H

#include <front/abi.h>
#include <front/ip.h>

#define SECOND 1000000000ull

/* Modes, chosen by a word of that name on the command line; none of them returns. */
void mode_selftest(void);
void mode_idle(void);
void mode_spin(void);
void mode_count(void);
void mode_ping(void);
void mode_halt(void);
void mode_triplefault(void);
void mode_cli_spin(void);
void mode_garbage(void);

/* Console, grant table and, outside the initial domain, xenstore with its shutdown watch. */
void guest_init(void);
/* Obeys a control/shutdown request, if there is one; waits for one until env_now() is `until`. */
void guest_poll(uint64_t until);
/* Number after "key=" on the command line, or `missing`. */
uint64_t guest_number(const char *key, uint64_t missing);
/* Opens NIC 0 with the command line's ip=; false if there is no NIC or no address. */
bool guest_network(struct netfront *nic, struct ip_host *h);

#endif

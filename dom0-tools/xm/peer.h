/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is at the other end of a connection, and may be. */
#ifndef XM_PEER_H
#define XM_PEER_H

#include <stdbool.h>

#define PEER_LEN 256

/*
 * True if the list of hosts (conf/allow.h) has its address, or a name of its whose addresses have
 * it.  @who[PEER_LEN]: its address as text.
 */
bool peer_allowed(int fd, const char *list, char *who);

#endif

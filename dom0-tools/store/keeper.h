/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two processes are the daemon: one serves, the other, its keeper, holds the socket, its clients'
 * descriptors and the memory file of state.h, and does nothing else.  Either starts the other again
 * when it dies.  A new server is a fresh run of the program that is installed then; what it needs
 * it inherits at fixed numbers.
 */
#ifndef STORE_KEEPER_H
#define STORE_KEEPER_H

#include "lib/daemon.h"
#include "store/state.h"

enum keeper_fd {
    STATE_FD = 1000,
    LISTEN_FD,
    CONTROL_FD, /* a message either way: see struct keeper_message */
    SERVER_FD,  /* a new keeper's: the process that serves */
    CLIENT_FD,  /* that of socket slot 0; the others follow */
};

enum keeper_word { KEEPER_CLIENT, KEEPER_CLOSED, KEEPER_READY };

struct keeper_message {
    uint32_t word; /* CLIENT comes with a descriptor; CLOSED and READY come from the server */
    uint32_t slot;
};

/* Maps the state of STATE_FD, or NULL after saying why. */
struct state *keeper_state(void);

/* Keeps @argv's work until a signal stops it; @adopt: the server runs already.  Exit status. */
int keeper_run(char **argv, const struct daemon_options *o, bool adopt);

/* Starts another keeper for the calling server, whose own has died. */
void keeper_restart(char **argv);

#endif

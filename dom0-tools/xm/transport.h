/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that carries a migration to the other host: a shell command on two pipes. */
#ifndef XM_TRANSPORT_H
#define XM_TRANSPORT_H

#include <sys/types.h>

struct transport {
    pid_t pid;
    int in, out; /* from it, to it */
};

/* Starts @command by sh; 0, or -1 with errno. */
int transport_open(struct transport *t, const char *command);

/* Closes the pipes and waits, at most 2 s: then it is told to end. */
void transport_close(struct transport *t);

#endif

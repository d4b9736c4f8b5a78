/* SPDX-License-Identifier: BSD-2-Clause */
/* What carries a migration to the other host: a shell command on two pipes, or a TCP connection. */
#ifndef XM_TRANSPORT_H
#define XM_TRANSPORT_H

#include <sys/types.h>

struct fail;

struct transport {
    pid_t pid;   /* 0: none */
    int in, out; /* from it, to it */
};

/* Starts @command by sh; 0, or -1 with errno. */
int transport_open(struct transport *t, const char *command);

/* Connects to the relocation server of @host; 0, or -1 with @f. */
int transport_connect(struct transport *t, const char *host, unsigned int port, struct fail *f);

/*
 * A connection whose other end is gone ends within about a minute; and with @silence_s not 0 one
 * whose other end neither reads nor writes for so long.
 */
void transport_limit(int fd, int silence_s);

/* Closes the pipes and waits, at most 2 s: then it is told to end. */
void transport_close(struct transport *t);

#endif

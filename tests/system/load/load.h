/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads in a guest that check what they get: a disk whose blocks say where they belong and which
 * writing they are, a journal, and a TCP stream that comes back as it was sent.
 *
 * A load runs until SIGTERM.  While it is stopped (SIGSTOP) no time counts; SIGCONT begins anew with
 * the longest pause.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK 4096u

/* What has been seen; a line in the status file, rewritten in place. */
struct load {
    int status; /* its descriptor */
    uint64_t done, errors, mismatches;
    int64_t last,
        longest; /* microseconds; when something was done last, the longest time between */
};

extern volatile bool load_ends;

/* Something was done: counts, and tells at most each 100 ms. */
void load_did(struct load *l);

/* Something went wrong: said on standard output and told at once. */
void load_error(struct load *l, const char *what, uint64_t where);
void load_mismatch(struct load *l, const char *what, uint64_t where);

/* Each: 0 if nothing was ever wrong. */
int load_disk(struct load *l, const char *device, bool reads, bool writes);
int load_journal(struct load *l, const char *device, unsigned int writer);
int load_tcp(struct load *l, const char *address, const char *port);

/* Sends whatever callers of TCP @port send back to them; does not return. */
int load_serve(const char *port);

/* A number that looks random (xorshift); @state is not 0. */
uint64_t load_random(uint64_t *state);

/* The words of a block from the one at @first on are what @a and @b say, and no other block's. */
void load_fill(uint64_t *block, unsigned int first, uint64_t a, uint64_t b);

#endif

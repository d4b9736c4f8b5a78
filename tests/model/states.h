/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of states seen and the queue of those to visit, for explorers; a state is 64 bits. */
#ifndef MODEL_STATES_H
#define MODEL_STATES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STATES_BITS 23

struct states {
    uint64_t *slot; /* hash table of state + 1 */
    uint64_t *queue;
    uint64_t count, next;
};

static inline void states_init(struct states *s)
{
    s->slot = calloc(1UL << STATES_BITS, sizeof(*s->slot));
    s->queue = calloc(1UL << (STATES_BITS - 1), sizeof(*s->queue));
    s->count = s->next = 0;
}

static inline void states_free(struct states *s)
{
    free(s->slot);
    free(s->queue);
}

/* True if the state is new. */
static inline bool states_add(struct states *s, uint64_t state)
{
    uint64_t i = (state + 1) * 0x9E3779B97F4A7C15UL >> (64 - STATES_BITS);

    while (s->slot[i]) {
        if (s->slot[i] == state + 1)
            return false;
        i = (i + 1) & ((1UL << STATES_BITS) - 1);
    }
    if (s->count >= 1UL << (STATES_BITS - 1)) {
        fprintf(stderr, "more states than the table holds\n");
        exit(1);
    }
    s->slot[i] = state + 1;
    s->queue[s->count++] = state;
    return true;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Proposals for misspelt words: the candidate with the fewest edits, if few enough. */
#ifndef CONF_NEAR_H
#define CONF_NEAR_H

struct near {
    const char *word;
    char best[256];
    unsigned int distance;
};

void near_init(struct near *near, const char *word);
void near_try(struct near *near, const char *candidate);

/* The best candidate so far, NULL if each needs more edits than a third of the word's letters. */
const char *near_best(const struct near *near);

/* Edits (insert, delete, replace, swap of neighbours) from @a to @b; words are cut at 255 bytes. */
unsigned int near_distance(const char *a, const char *b);

#endif

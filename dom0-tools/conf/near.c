/* SPDX-License-Identifier: BSD-2-Clause */
/* Edit distance; see near.h. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "conf/near.h"

#define WORD_MAX 255u

static unsigned int min(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

/* Three rows of the classic dynamic program suffice, the third for swapped neighbours. */
unsigned int near_distance(const char *a, const char *b)
{
    size_t la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX);
    unsigned int rows[3][WORD_MAX + 1];

    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            row[j] = min(min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min(row[j], two[j - 2] + 1);
        }
    }
    return rows[la % 3][lb];
}

void near_init(struct near *near, const char *word)
{
    near->word = word;
    near->distance = UINT_MAX;
    near->best[0] = '\0';
}

void near_try(struct near *near, const char *candidate)
{
    unsigned int d = near_distance(near->word, candidate);

    if (d >= near->distance || strlen(candidate) >= sizeof(near->best))
        return;
    near->distance = d;
    strcpy(near->best, candidate);
}

const char *near_best(const struct near *near)
{
    size_t third = strlen(near->word) / 3;

    return near->distance <= (third ? third : 1) ? near->best : NULL;
}

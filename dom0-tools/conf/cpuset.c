/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of physical CPUs; see cpuset.h. */
#include <stdio.h>
#include <string.h>

#include "conf/cpuset.h"
#include "conf/words.h"

static void change(struct cpuset *set, unsigned long first, unsigned long last, bool add)
{
    for (unsigned long i = first; i <= last; i++) {
        if (add)
            set->bits[i / 8] |= 1u << (i % 8);
        else
            set->bits[i / 8] &= ~(1u << (i % 8));
    }
}

static bool parse_range(struct word word, struct cpuset *set)
{
    bool add = true;
    unsigned long first, last;
    const char *dash;
    struct word low, high;

    if (word.len && word.at[0] == '^') {
        add = false;
        word.at++;
        word.len--;
    }
    if (word_is(word, "all")) {
        change(set, 0, CPUSET_MAX - 1, add);
        return true;
    }
    dash = memchr(word.at, '-', word.len);
    low = high = word;
    if (dash) {
        low.len = dash - word.at;
        high = (struct word){dash + 1, word.len - low.len - 1};
    }
    if (!word_number(low, CPUSET_MAX - 1, &first) || !word_number(high, CPUSET_MAX - 1, &last) ||
        first > last)
        return false;
    change(set, first, last, add);
    return true;
}

bool cpuset_parse(const char *text, struct cpuset *out)
{
    struct word word;
    bool any = false;

    memset(out, 0, sizeof(*out));
    /* A set that only takes away ("^1") takes away from all. */
    if (text[strspn(text, " ")] == '^')
        change(out, 0, CPUSET_MAX - 1, true);
    while (word_next(&text, ',', &word))
        if (!parse_range(word, out))
            return false;
    for (size_t i = 0; i < sizeof(out->bits); i++)
        any |= out->bits[i] != 0;
    return any;
}

bool cpuset_has(const struct cpuset *set, unsigned int cpu)
{
    return cpu < CPUSET_MAX && (set->bits[cpu / 8] >> (cpu % 8) & 1);
}

unsigned int cpuset_last(const struct cpuset *set)
{
    unsigned int cpu = CPUSET_MAX - 1;

    while (cpu && !cpuset_has(set, cpu))
        cpu--;
    return cpu;
}

char *cpuset_print(const struct cpuset *set, unsigned int cpus, const char *all, char *text,
                   size_t cap)
{
    size_t at = 0;
    unsigned int i = 0, first;

    text[0] = '\0';
    while (i < cpus) {
        if (!cpuset_has(set, i)) {
            i++;
            continue;
        }
        first = i;
        while (i < cpus && cpuset_has(set, i))
            i++;
        if (first == 0 && i == cpus) {
            snprintf(text, cap, "%s", all);
            return text;
        }
        at += snprintf(text + at, cap - at, i - first > 1 ? "%s%u-%u" : "%s%u", at ? "," : "",
                       first, i - 1);
        if (at >= cap)
            break;
    }
    return text;
}

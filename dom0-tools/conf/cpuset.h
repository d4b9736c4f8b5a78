/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of physical CPUs: "0-3,5,^1", "all". */
#ifndef CONF_CPUSET_H
#define CONF_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPUSET_MAX 4096u

struct cpuset {
    uint8_t bits[CPUSET_MAX / 8];
};

/* Parses a set, left to right ('^' takes away); false if malformed, out of range or empty. */
bool cpuset_parse(const char *text, struct cpuset *out);

bool cpuset_has(const struct cpuset *set, unsigned int cpu);

/* The highest CPU named in the set (of "all": CPUSET_MAX - 1). */
unsigned int cpuset_last(const struct cpuset *set);

/*
 * Writes the set as ranges ("0-3,5"), looking at CPUs below @cpus only; @all when it has all of
 * them.  Returns @text.
 */
char *cpuset_print(const struct cpuset *set, unsigned int cpus, const char *all, char *text,
                   size_t cap);

#endif

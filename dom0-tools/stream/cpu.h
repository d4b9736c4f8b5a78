/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU that a guest was shown where it was, and the one that it is shown here.  Its processes have chosen
 * their instructions by the first and execute them without asking again, so the second must have them.
 */
#ifndef STREAM_CPU_H
#define STREAM_CPU_H

#include <stddef.h>
#include <stdint.h>

#define CPU_LEAVES_MAX 256u /* of one CPU, in a record */
#define CPU_WORDS      11u  /* of xen/arch-x86/cpufeatureset.h, those with instructions */

/* An entry of records X86_CPUID_POLICY: the fields of xen_cpuid_leaf_t. */
struct cpu_leaf {
    uint32_t leaf, subleaf, a, b, c, d;
};

struct cpu_features {
    uint32_t word[CPU_WORDS];
};

/* Notes the features that @leaf says the CPU has. */
void cpu_note(struct cpu_features *cpu, const struct cpu_leaf *leaf);

/*
 * Writes the names of those instructions that @was has and @is has not into @text ("AVX2, BMI2", "..." where
 * it is full); how many they are.
 */
unsigned int cpu_lacks(const struct cpu_features *was, const struct cpu_features *is, char *text,
                       size_t cap);

#endif

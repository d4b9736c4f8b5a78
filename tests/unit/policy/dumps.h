/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUs of dumps.txt as raw policies. */
#ifndef DUMPS_H
#define DUMPS_H

#include <asm/policy.h>

#define F(name)  XEN_X86_FEATURE_##name
#define CPUS_MAX 64

struct cpu {
    char name[32];
    struct cpu_policy raw;
};
extern struct cpu cpus[CPUS_MAX];
extern unsigned cpu_count;
void dumps_load(void); /* fails the test that called it if the file is not as it says */

/* A CPU of the future: every bit of every register says yes, but vendor, limits and the layout of
 * XSAVE. */
struct cpu_policy cpu_of_the_future(uint32_t vendor);
/* Sets or clears a feature in raw leaves. */
void raw_feature(struct cpu_policy *raw, unsigned feature, bool on);
/* Every feature that features.def names; `kinds`: in these columns. */
bool named(unsigned feature, unsigned kinds);

static const enum policy_kind all_kinds[] = {POLICY_DEFAULT, POLICY_MAX, POLICY_DOM0};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads dumps.txt. */
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include "dumps.h"

struct cpu cpus[CPUS_MAX];
unsigned cpu_count;
/* This machine's, for policy_ctl.c: a test chooses them. */
struct cpu_policy raw_policy, max_policy, default_policy, dom0_policy;

static void take_line(const char *line, struct cpu *c)
{
    unsigned leaf, sub, r[4];
    unsigned long caps;

    if (sscanf(line, "10a %lx", &caps) == 1) {
        c->raw.arch_caps = (struct cpuid){.a = (uint32_t)caps, .d = (uint32_t)(caps >> 32)};
    } else {
        struct cpuid *to;
        cr_assert_eq(sscanf(line, "%x.%x %x %x %x %x", &leaf, &sub, r, r + 1, r + 2, r + 3), 6,
                     "%s", line);
        to = policy_slot(&c->raw, leaf, sub);
        if (to)
            *to = (struct cpuid){r[0], r[1], r[2], r[3]};
    }
}

void dumps_load(void)
{
    FILE *f = fopen(DUMPS, "r");
    char line[256];

    cr_assert(f, "no %s", DUMPS);
    cpu_count = 0;
    while (fgets(line, sizeof(line), f)) {
        if (line[0] == '#')
            continue;
        if (strncmp(line, "cpu ", 4)) {
            cr_assert(cpu_count, "a leaf of no CPU: %s", line);
            take_line(line, &cpus[cpu_count - 1]);
            continue;
        }
        cr_assert_lt(cpu_count, CPUS_MAX);
        memset(&cpus[cpu_count], 0, sizeof(cpus[0]));
        cr_assert_eq(sscanf(line, "cpu %31s |", cpus[cpu_count++].name), 1);
    }
    fclose(f);
}

struct cpu_policy cpu_of_the_future(uint32_t vendor)
{
    struct cpu_policy raw;
    static const uint32_t parts[][3] = {{2, 0x100, 0x240}, {3, 0x40, 0x3c0},  {4, 0x40, 0x400},
                                        {5, 0x40, 0x440},  {6, 0x200, 0x480}, {7, 0x400, 0x680},
                                        {8, 0x80, 0},      {9, 8, 0xa80}};

    memset(&raw, 0xff, sizeof(raw));
    policy_slot(&raw, 0, 0)->b = vendor;
    policy_slot(&raw, 0, 0)->a = 0x1000;
    policy_slot(&raw, 0x80000000, 0)->a = 0x80001000;
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
        *policy_slot(&raw, 0xd, parts[i][0]) = (struct cpuid){parts[i][1], parts[i][2], 0, 0};
    return raw;
}

/* Word by word as the header's comments say, written down a second time. */
void raw_feature(struct cpu_policy *raw, unsigned feature, bool on)
{
    static const struct {
        uint32_t leaf, sub;
        unsigned r;
    } at[FEATURE_WORDS] = {{1, 0, 3},          {1, 0, 2}, {0x80000001, 0, 3}, {0x80000001, 0, 2},
                           {0xd, 1, 0},        {7, 0, 1}, {7, 0, 2},          {0x80000007, 0, 3},
                           {0x80000008, 0, 1}, {7, 0, 3}, {7, 1, 0},          {0x80000021, 0, 0},
                           {7, 1, 1},          {7, 2, 3}, {7, 1, 2},          {7, 1, 3},
                           {0, 0, 0},          {0, 0, 0}, {0x80000021, 0, 2}};
    unsigned w = feature / 32;
    uint32_t *to = w == 16   ? &raw->arch_caps.a
                   : w == 17 ? &raw->arch_caps.d
                             : &policy_slot(raw, at[w].leaf, at[w].sub)->a + at[w].r;

    *to = on ? *to | 1u << feature % 32 : *to & ~(1u << feature % 32);
}

bool named(unsigned feature, unsigned kinds)
{
    enum { ALL = 7, ASK = 6, DOM0 = 4 };
#define FEATURE(name, who, need1, need2)                                                           \
    if (feature == F(name) && (who)&kinds)                                                         \
        return true;
#include "../../../hypervisor/arch/x86_64/cpu/features.def"
#undef FEATURE
    return false;
}

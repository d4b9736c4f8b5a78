/* SPDX-License-Identifier: BSD-2-Clause */
/* Clock scaling, CMOS calendar and the allocation of interrupt vectors. */
#include <criterion/criterion.h>
#include <math.h>
#include <time.h>

#include <hv/abi.h>
#include <asm/irq.h>
#include <asm/time.h>

/* The factor is right to 2^-31 for any believable clock, and stays in vcpu_time_info's fields. */
Test(scale, precision)
{
    static const uint64_t hz[] = {1000000,    3579545,    14318180,   99999999,   100000000,
                                  999999999,  1000000000, 1000000001, 2400000000, 2893299000,
                                  3999999999, 4000000000, 10000000000};
    for (unsigned i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
        struct time_scale to_ns = time_scale_ratio(1000000000, hz[i]);
        struct time_scale back = time_scale_ratio(hz[i], 1000000000);
        double f = ldexp(to_ns.mul, to_ns.shift - 32), want = 1e9 / (double)hz[i];
        cr_assert(to_ns.mul & 0x80000000u);
        cr_assert(f <= want && (want - f) / want < ldexp(1, -31), "%lu Hz", hz[i]);
        /* a day there and back loses less than a microsecond per second */
        uint64_t ns = time_scale_apply(to_ns, hz[i] * 86400);
        cr_assert_lt(86400 * 1000000000UL - ns, 86400 * 1000UL);
        uint64_t ticks = time_scale_apply(back, ns);
        cr_assert_leq(ticks, hz[i] * 86400);
    }
}

Test(scale, one_to_one)
{
    struct time_scale s = time_scale_ratio(1000000000, 1000000000);
    cr_assert_eq(time_scale_apply(s, 123456789), 123456789);
    cr_assert_eq(s.mul, 0x80000000u);
    cr_assert_eq(s.shift, 1);
}

Test(scale, monotonic)
{
    struct time_scale s = time_scale_ratio(1000000000, 2893299123);
    uint64_t last = 0;
    for (uint64_t t = 1UL << 40; t < (1UL << 40) + 100000; t++) {
        uint64_t ns = time_scale_apply(s, t);
        cr_assert_geq(ns, last);
        last = ns;
    }
}

static struct cmos_time bcd(unsigned c, unsigned y, unsigned mo, unsigned d, unsigned h,
                            unsigned mi, unsigned s)
{
#define B(x) (uint8_t)((x) / 10 << 4 | (x) % 10)
    return (struct cmos_time){.second = B(s),
                              .minute = B(mi),
                              .hour = B(h),
                              .day = B(d),
                              .month = B(mo),
                              .year = B(y),
                              .century = B(c),
                              .hours24 = true};
}

Test(cmos, agrees_with_the_c_library)
{
    /* every 13 h or so through leap years and the turn of centuries */
    for (time_t t = 0; t < 5000000000; t += 47123) {
        struct tm tm;
        gmtime_r(&t, &tm);
        unsigned year = (unsigned)tm.tm_year + 1900;
        struct cmos_time c =
            bcd(year / 100, year % 100, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday,
                (unsigned)tm.tm_hour, (unsigned)tm.tm_min, (unsigned)tm.tm_sec);
        cr_assert_eq(cmos_seconds(&c), (uint64_t)t);
    }
}

Test(cmos, forms)
{
    struct cmos_time c = bcd(20, 26, 11, 22, 12, 30, 0);
    uint64_t noon = cmos_seconds(&c);
    c.century = 0; /* unknown: 70..99 are 19xx */
    cr_assert_eq(cmos_seconds(&c), noon);
    c.hours24 = false;
    cr_assert_eq(cmos_seconds(&c), noon - 12 * 3600, "12 without the bit is midnight");
    c.hour = 0x92;
    cr_assert_eq(cmos_seconds(&c), noon);
    c = (struct cmos_time){.second = 0,
                           .minute = 30,
                           .hour = 12,
                           .day = 22,
                           .month = 11,
                           .year = 26,
                           .binary = true,
                           .hours24 = true};
    cr_assert_eq(cmos_seconds(&c), noon);
    c.month = 13;
    cr_assert_eq(cmos_seconds(&c), 0);
    c.month = 0;
    cr_assert_eq(cmos_seconds(&c), 0);
}

Test(vectors, spread_and_bounds)
{
    unsigned cpu, first, count[3] = {0};
    bool seen[3][256] = {{false}};
    int v = vector_alloc(7, &first);
    cr_assert_eq(first, 0, "the lowest of equals");
    vector_free(first, (unsigned)v);
    while ((v = vector_alloc(7, &cpu)) >= 0) {
        cr_assert(v >= 0x30 && v <= 0xef && v != 0x80 && v != 0x82);
        cr_assert_not(seen[cpu][v]);
        seen[cpu][v] = true;
        count[cpu]++;
    }
    cr_assert_eq(v, -XEN_ENOSPC);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(count[i], 0xf0 - 0x30 - 2);
    vector_free(1, 0x77);
    vector_free(1, 0x77); /* twice is harmless */
    cr_assert_eq(vector_alloc(7, &cpu), 0x77);
    cr_assert_eq(cpu, 1);
    cr_assert_eq(vector_alloc(7, &cpu), -XEN_ENOSPC);
    cr_assert_eq(vector_alloc(0, &cpu), -XEN_ENOSPC);
}

/* What was freed twice must not make its CPU look emptier than it is. */
Test(vectors, freed_twice_counts_once)
{
    unsigned cpu;
    int v = vector_alloc(1, &cpu);
    vector_alloc(1, &cpu);
    vector_free(0, (unsigned)v);
    vector_free(0, (unsigned)v); /* CPU 0 has one, CPU 1 none */
    cr_assert_geq(vector_alloc(3, &cpu), 0);
    cr_assert_eq(cpu, 1);
    vector_free(2, 0x50); /* never taken */
    vector_alloc(4, &cpu);
    cr_assert_geq(vector_alloc(6, &cpu), 0);
    cr_assert_eq(cpu, 1, "as loaded as CPU 2, and before it");
}

Test(cmos, impossible_times)
{
    static const uint8_t bad[][6] = {
        {61, 0, 0, 1, 1, 26}, {0, 60, 0, 1, 1, 26}, {0, 0, 24, 1, 1, 26}, {0, 0, 0, 0, 1, 26},
        {0, 0, 0, 32, 1, 26}, {0, 0, 0, 1, 0, 26},  {0, 0, 0, 1, 13, 26}};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct cmos_time c = {.second = bad[i][0],
                              .minute = bad[i][1],
                              .hour = bad[i][2],
                              .day = bad[i][3],
                              .month = bad[i][4],
                              .year = bad[i][5],
                              .century = 20,
                              .binary = true,
                              .hours24 = true};
        cr_assert_eq(cmos_seconds(&c), 0, "%u", i);
        c = (struct cmos_time){
            .day = 1, .month = 1, .year = 60, .century = 19, .binary = true, .hours24 = true};
        cr_assert_eq(cmos_seconds(&c), 0, "before 1970");
    }
}

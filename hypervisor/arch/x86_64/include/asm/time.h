/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks.  System time is the TSC scaled by constants found at boot, so a guest's
 * time record never changes once written: TSC stamp and system time both zero.
 */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <hv/domain.h>

/* out = (in << shift) * mul >> 32 (a negative shift goes right): vcpu_time_info's own scaling. */
struct time_scale {
    uint32_t mul;
    int8_t shift;
};
static inline uint64_t time_scale_apply(struct time_scale s, uint64_t v)
{
    v = s.shift >= 0 ? v << s.shift : v >> -s.shift;
    return (uint64_t)((unsigned __int128)v * s.mul >> 32);
}
/* The largest input whose result, and the sum of two such, fits 63 bits: the scale's limit for
 * numbers that come from outside. */
uint64_t time_scale_limit(struct time_scale s);
/* Scale by num/den, both 1 .. 2^40; relative error below 2^-31. */
struct time_scale time_scale_ratio(uint64_t num, uint64_t den);

/* A CMOS clock reading as the chip gives it; seconds since 1970, or 0 if it makes no sense. */
struct cmos_time {
    uint8_t second, minute, hour, day, month, year, century; /* century 0: unknown */
    bool binary, hours24;                                    /* status register B */
};
uint64_t cmos_seconds(const struct cmos_time *t);

/* Boot processor, after acpi_init() and lapic_init(): calibrates TSC and local APIC timer. */
void time_init(void);
extern struct time_scale tsc_to_ns, ns_to_tsc;
extern uint64_t tsc_at_boot, tsc_hz;
/* TSCs of different CPUs disagree: guests must not read it without a check. */
void time_tsc_unreliable(void);
/* Writes the wall clock into d's shared_info. */
void time_update_wallclock(struct domain *d);

#endif

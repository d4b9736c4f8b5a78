/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure arithmetic of clocks: scaling factors, calendar. */
#include <asm/time.h>

struct time_scale time_scale_ratio(uint64_t num, uint64_t den)
{
    struct time_scale s = {0, 0};
    while (num >= den) {
        den <<= 1;
        s.shift++;
    }
    while (num << 1 < den) {
        num <<= 1;
        s.shift--;
    }
    /* 1/2 <= num/den < 1: 32 bits of the quotient, by long division. */
    for (int i = 0; i < 32; i++) {
        num <<= 1;
        s.mul <<= 1;
        if (num >= den) {
            num -= den;
            s.mul |= 1;
        }
    }
    return s;
}

uint64_t time_scale_limit(struct time_scale s)
{
    return INT64_MAX / 2 >> (s.shift > 0 ? s.shift : 0); /* mul / 2^32 < 1 */
}

static unsigned from_bcd(uint8_t v, bool binary)
{
    return binary ? v : (unsigned)(v >> 4) * 10 + (v & 15);
}

/* Days from 1970-01-01 to year-month-day of the Gregorian calendar; March is the year's first month
 * here. */
static uint64_t days(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
    return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

uint64_t cmos_seconds(const struct cmos_time *t)
{
    unsigned second = from_bcd(t->second, t->binary), minute = from_bcd(t->minute, t->binary);
    unsigned hour = from_bcd(t->hour & 0x7f, t->binary), day = from_bcd(t->day, t->binary);
    unsigned month = from_bcd(t->month, t->binary), year = from_bcd(t->year, t->binary);
    unsigned century = from_bcd(t->century, t->binary);
    if (!t->hours24)
        hour = hour % 12 + (t->hour & 0x80 ? 12 : 0);
    if (century < 19 || century > 99)
        century = year < 70 ? 20 : 19;
    year += century * 100;
    if (second > 60 || minute > 59 || hour > 23 || day < 1 || day > 31 || month < 1 || month > 12 ||
        year < 1970)
        return 0;
    return days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

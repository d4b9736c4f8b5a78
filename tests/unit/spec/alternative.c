/* SPDX-License-Identifier: BSD-2-Clause */
/* Code put in its place: only what is asked for, no byte more, and distances count from the host.
 */
#include <string.h>
#include <criterion/criterion.h>

#include <asm/alternative.h>

static uint8_t text[64];

static struct alternative at(unsigned offset, unsigned feature, unsigned length, uint64_t target)
{
    struct alternative a = {
        (uint64_t)&text[offset], target, (uint8_t)feature, (uint8_t)length, {0}};

    memset(a.code, 0xe8, length);
    return a;
}

Test(alternative, only_what_is_asked_for)
{
    const struct alternative a[] = {at(0, 1, 3, 0), at(10, 2, 14, 0), at(40, 31, 1, 0)};

    memset(text, 0x3e, sizeof(text));
    alternatives_apply(a, a + 3, 1u << 2 | 1u << 31);
    for (unsigned i = 0; i < sizeof(text); i++)
        cr_expect_eq(text[i], (i >= 10 && i < 24) || i == 40 ? 0xe8 : 0x3e, "byte %u", i);
}

Test(alternative, calls_reach_their_target)
{
    const struct alternative a[] = {at(20, 0, 5, (uint64_t)&text[60]),
                                    at(40, 0, 7, (uint64_t)&text[2])};
    int32_t distance;

    memset(text, 0x3e, sizeof(text));
    alternatives_apply(a, a + 2, 1);
    memcpy(&distance, &text[21], 4);
    cr_expect_eq(distance, 60 - 25);
    memcpy(&distance, &text[43], 4);
    cr_expect_eq(distance, 2 - 47);
    cr_expect_eq(text[20], 0xe8);
    cr_expect_eq(text[42], 0xe8, "the code before the distance stays");
    cr_expect_eq(text[25], 0x3e);
}

/* The inline form: in this very program the host runs whether the prefixes are there or not. */
Test(alternative, prefixes_change_nothing)
{
    uint64_t v = 5;

    __asm__(".skip 11, 0x3e\n add $2, %0\n .skip 5, 0x3e\n jz 1f\n add $1, %0\n1:" : "+r"(v)::"cc");
    cr_expect_eq(v, 8);
}

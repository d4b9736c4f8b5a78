/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's console page: bytes, hostile indices, rate. */
#include <criterion/criterion.h>
#include <string.h>

#include "console/ring.h"

static struct xencons_interface page;

static void begin(void)
{
    memset(&page, 0, sizeof(page));
}

TestSuite(ring, .init = begin);

Test(ring, output_is_taken_once)
{
    char buf[16];

    memcpy(page.out, "hello", 5);
    page.out_prod = 5;
    cr_assert_eq(console_ring_read(&page, buf, 3), 3);
    cr_assert_eq(memcmp(buf, "hel", 3), 0);
    cr_assert_eq(console_ring_read(&page, buf, sizeof(buf)), 2);
    cr_assert_eq(console_ring_read(&page, buf, sizeof(buf)), 0);
    cr_assert_eq(page.out_cons, 5);
}

Test(ring, input_takes_what_fits)
{
    char buf[sizeof(page.in) + 10] = {0};

    cr_assert_eq(console_ring_room(&page), sizeof(page.in));
    cr_assert_eq(console_ring_write(&page, buf, sizeof(buf)), sizeof(page.in));
    cr_assert_eq(console_ring_room(&page), 0);
    page.in_cons = 4;
    cr_assert_eq(console_ring_room(&page), 4);
}

Test(ring, impossible_indices_are_refused)
{
    char buf[4096];

    page.out_prod = sizeof(page.out) + 1;
    cr_assert_eq(console_ring_read(&page, buf, sizeof(buf)), -1);
    page.out_prod = (uint32_t)-1;
    cr_assert_eq(console_ring_read(&page, buf, sizeof(buf)), -1);
    page.in_cons = 1;
    cr_assert_eq(console_ring_room(&page), -1);
    cr_assert_eq(console_ring_write(&page, buf, 1), -1);
}

Test(ring, a_flood_has_to_wait)
{
    struct rate r = {0};

    cr_assert_eq(rate_allowance(&r, 1000), RATE_BYTES);
    rate_use(&r, RATE_BYTES - 1);
    cr_assert_eq(rate_allowance(&r, 1000 + RATE_PERIOD_MS - 1), 1);
    rate_use(&r, 1);
    cr_assert_eq(rate_allowance(&r, 1000 + RATE_PERIOD_MS - 1), 0);
    cr_assert_eq(rate_resume(&r), 1000 + RATE_PERIOD_MS);
    cr_assert_eq(rate_allowance(&r, rate_resume(&r)), RATE_BYTES);
}

Test(ring, many_small_writes_have_to_wait)
{
    struct rate r = {0};

    rate_allowance(&r, 1000);
    for (int i = 0; i < RATE_EVENTS; i++)
        cr_assert(rate_event(&r));
    cr_assert_not(rate_event(&r));
    cr_assert_eq(rate_allowance(&r, 1000 + RATE_PERIOD_MS - 1), RATE_BYTES);
    cr_assert_not(rate_event(&r));
    rate_allowance(&r, 1000 + RATE_PERIOD_MS);
    cr_assert(rate_event(&r));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Producer indices that a guest may write. */
#include <criterion/criterion.h>

#include "lib/ring.h"

Test(ring, waiting)
{
    RING_IDX prod = 10;

    cr_assert_eq(ring_waiting(&prod, 10, 10, 32), 0);
    cr_assert_eq(ring_waiting(&prod, 7, 5, 32), 3);
    prod = 42;
    cr_assert_eq(ring_waiting(&prod, 10, 10, 32), 32);
}

Test(ring, too_far_ahead)
{
    RING_IDX prod = 43;

    cr_assert_eq(ring_waiting(&prod, 10, 10, 32), -1);
    prod = 42;
    cr_assert_eq(ring_waiting(&prod, 12, 9, 32), -1); /* overtakes what is not answered yet */
}

Test(ring, behind)
{
    RING_IDX prod = 9;

    cr_assert_eq(ring_waiting(&prod, 10, 8, 32), -1);
    cr_assert_eq(ring_waiting(&prod, 10, 10, 32), -1);
}

Test(ring, far_behind)
{
    RING_IDX prod = 8;

    cr_assert_eq(ring_waiting(&prod, 10, 7, 32), -1);
    prod = 0x80000000;
    cr_assert_eq(ring_waiting(&prod, 10, 8, 32), -1);
}

Test(ring, wraps)
{
    RING_IDX prod = 2;

    cr_assert_eq(ring_waiting(&prod, UINT32_MAX, UINT32_MAX - 1, 32), 3);
}

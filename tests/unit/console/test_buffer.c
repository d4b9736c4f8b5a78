/* SPDX-License-Identifier: BSD-2-Clause */
/* The output buffer: keeps order, forgets the oldest, never grows. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "console/buffer.h"

static struct buffer b;

static void begin(void)
{
    memset(&b, 0, sizeof(b));
}

TestSuite(buffer, .init = begin);

static unsigned char next_byte(void)
{
    const char *data;

    cr_assert_geq(buffer_peek(&b, &data), 1);
    buffer_drop(&b, 1);
    return *data;
}

Test(buffer, keeps_order_across_the_wrap)
{
    unsigned char put = 0, got = 0;
    char piece[4096];

    srand(4);
    for (int i = 0; i < 500; i++) {
        size_t n = rand() % sizeof(piece);

        for (size_t k = 0; k < n; k++)
            piece[k] = put++;
        buffer_put(&b, piece, n);
        while (b.len > 3000)
            cr_assert_eq(next_byte(), got++);
    }
    cr_assert_eq(b.lost, 0);
}

Test(buffer, forgets_the_oldest)
{
    static char big[BUFFER_SIZE];

    buffer_put(&b, "old", 3);
    memset(big, 'n', sizeof(big));
    buffer_put(&b, big, sizeof(big) - 1);
    cr_assert_eq(b.len, BUFFER_SIZE);
    cr_assert_eq(b.lost, 2);
    cr_assert_eq(next_byte(), 'd');
    cr_assert_eq(next_byte(), 'n');
    buffer_put(&b, big, sizeof(big));
    cr_assert_eq(b.len, BUFFER_SIZE);
}

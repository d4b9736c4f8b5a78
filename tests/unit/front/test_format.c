/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting and number parsing. */
#include <front/lib.h>
#include <criterion/criterion.h>

static const char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static const char *format(const char *fmt, ...)
{
    static char buf[64];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    return buf;
}

Test(format, numbers)
{
    cr_assert_str_eq(format("%d %u %x", -5, 5u, 0xabu), "-5 5 ab");
    cr_assert_str_eq(format("%ld %lx", INT64_MIN, UINT64_MAX),
                     "-9223372036854775808 ffffffffffffffff");
    cr_assert_str_eq(format("%04x|%4u|%05d|%5d", 0x1fu, 7u, -42, -42), "001f|   7|-0042|  -42");
    cr_assert_str_eq(format("%02x", 0u), "00");
}

Test(format, strings)
{
    cr_assert_str_eq(format("%s%c%%", "ab", 'c'), "abc%");
    cr_assert_str_eq(format("%.*s|%5s", 2, "xyz", "ab"), "xy|   ab");
}

Test(format, bounds)
{
    char buf[5] = "....";

    cr_assert_eq(front_snprintf(buf, 4, "%s", "abcdef"), 3);
    cr_assert_str_eq(buf, "abc");
    cr_assert_eq(front_snprintf(buf, 1, "%d", 123), 0);
    cr_assert_str_eq(buf, "");
    cr_assert_eq(front_snprintf(buf, 0, "%d", 123), 0);
}

Test(format, numbers_back)
{
    const char *end;

    cr_assert_eq(str_u64("1234x", &end), 1234);
    cr_assert_eq(*end, 'x');
    cr_assert_eq(str_u64("0xFf", NULL), 255);
    cr_assert_eq(str_u64("18446744073709551615", NULL), UINT64_MAX);
    cr_assert_eq(str_u64("", &end), 0);
}

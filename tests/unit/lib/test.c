/* SPDX-License-Identifier: BSD-2-Clause */
/* String functions, the formatter, and the rate limit of messages. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/domain.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "fakes.h"

void *hv_memcpy(void *dst, const void *src, size_t n);
void *hv_memmove(void *dst, const void *src, size_t n);
void *hv_memset(void *dst, int c, size_t n);
int hv_memcmp(const void *a, const void *b, size_t n);
size_t hv_strlen(const char *s);
size_t hv_strnlen(const char *s, size_t max);
int hv_strncmp(const char *a, const char *b, size_t n);

/* Every length and alignment against the C library's, with the bytes around untouched. */
Test(string, copies_and_fills)
{
    unsigned char a[96], b[96], src[96];

    for (unsigned i = 0; i < sizeof(src); i++)
        src[i] = (unsigned char)(i * 7 + 1);
    for (unsigned n = 0; n < 40; n++) {
        for (unsigned to = 0; to < 24; to++) {
            for (unsigned from = 0; from < 24; from += 3) {
                memcpy(a, src, sizeof(a)), memcpy(b, src, sizeof(b));
                memcpy(a + to, src + from, n), hv_memcpy(b + to, src + from, n);
                cr_assert_arr_eq(a, b, sizeof(a));
                memmove(a + to, a + from, n), hv_memmove(b + to, b + from, n);
                cr_assert_arr_eq(a, b, sizeof(a));
            }
            memset(a + to, 0x1e5, n), hv_memset(b + to, 0x1e5, n);
            cr_assert_arr_eq(a, b, sizeof(a));
        }
    }
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

Test(string, compares)
{
    char a[32] = "abcdefghijklmnopqrstuvw", b[32];

    for (unsigned n = 0; n < 30; n++) {
        memcpy(b, a, sizeof(a));
        cr_assert_eq(hv_memcmp(a, b, n), 0);
        b[n] ^= 0x80;
        cr_assert_eq(hv_memcmp(a, b, n), 0);
        cr_assert_eq(sign(hv_memcmp(a, b, n + 1)), sign(memcmp(a, b, n + 1)));
    }
    cr_expect_eq(hv_strlen(a), 23);
    cr_expect_eq(hv_strnlen(a, 5), 5);
    cr_expect_eq(hv_strncmp("abc", "abd", 2), 0);
    cr_expect_lt(hv_strncmp("abc", "abd", 3), 0);
}

Test(string, pages)
{
    unsigned char *p = aligned_alloc(4096, 8192);

    memset(p, 0x5a, 8192);
    clear_page(p);
    for (unsigned i = 0; i < 4096; i++)
        cr_assert_eq(p[i], 0);
    p[4095] = 9;
    copy_page(p + 4096, p);
    cr_expect_eq(memcmp(p, p + 4096, 4096), 0);
    free(p);
}

/* The same text as the C library's printf, and the same return value, at every buffer size. */
#define SAME(...)                                                                                  \
    do {                                                                                           \
        char want[200], got[200];                                                                  \
        int len = snprintf(want, sizeof(want), __VA_ARGS__);                                       \
        for (size_t size = 0; size < sizeof(got); size += 13) {                                    \
            memset(got, '?', sizeof(got));                                                         \
            snprintf(want, size, __VA_ARGS__);                                                     \
            cr_expect_eq(hv_snprintf(got, size, __VA_ARGS__), len);                                \
            if (size)                                                                              \
                cr_expect_str_eq(got, want);                                                       \
            cr_expect_eq(got[size], '?');                                                          \
        }                                                                                          \
    } while (0)

Test(printf, like_the_c_library)
{
    SAME("plain, 100%% text");
    SAME("%d %d %d %i", 0, -1, INT_MIN, INT_MAX);
    SAME("%u %x %lx %lu", 0u, 0xdeadbeefu, ULONG_MAX, ULONG_MAX);
    SAME("%ld %lld %zu %llx", LONG_MIN, -5LL, (size_t)77, 0x123456789abcdefLL);
    SAME("[%5d] [%-5d] [%05d] [%5d] [%05d]", 42, 42, 42, -42, -42);
    SAME("[%8x] [%08lx] [%2x]", 0xabcu, 0xabcUL, 0x12345u);
    SAME("[%s] [%6s] [%-6s] [%.2s] [%.*s]", "abc", "abc", "abc", "abc", 1, "abc");
    SAME("[%c%c] [%*d]", 'x', 'y', 7, 3);
}

Test(printf, own_forms)
{
    const char *volatile none = NULL;
    char b[64];

    hv_snprintf(b, sizeof(b), "%p", (void *)0x1234abcd);
    cr_expect_str_eq(b, "000000001234abcd");
    hv_snprintf(b, sizeof(b), "%s", none);
    cr_expect_str_eq(b, "(null)");
}

extern s_time_t host_now;

Test(log, levels_and_rate)
{
    struct domain d = {.id = 7};
    unsigned lines = 0;

    cmdline_parse("loglvl=warning guest_loglvl=none/warning");
    forget();
    hv_log(LOG_ERR, "an error %d\n", 1);
    hv_log(LOG_INFO, "not shown");
    cr_expect_str_eq(said, "(XEN) an error 1\n");
    forget();
    for (unsigned i = 0; i < 100; i++)
        guest_log(&d, LOG_WARNING, "line");
    for (char *p = said; (p = strstr(p, "(XEN) d7 line\n")); p++)
        lines++;
    cr_expect_eq(lines, 10);
    cr_expect(strstr(said, "suppressed"));
    host_now += SECONDS(1);
    forget();
    guest_log(&d, LOG_WARNING, "line");
    guest_log(&d, LOG_INFO, "line");
    cr_expect_str_eq(said, "(XEN) d7 line\n");
}

/* A message longer than a line is cut, and still ends the line. */
Test(log, long_message)
{
    char text[600];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    forget();
    hv_log(LOG_ERR, "%s", text);
    cr_expect_lt(strlen(said), 260);
    cr_expect_eq(said[strlen(said) - 1], '\n');
}

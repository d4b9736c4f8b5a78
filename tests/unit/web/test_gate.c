/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may ask. */
#include <criterion/criterion.h>
#include <string.h>

#include "http/gate.h"
#include "http/routes.h"

Test(token, is_the_first_line)
{
    struct token token;
    char text[TOKEN_MAX + 2];

    cr_assert(token_parse("0123456789abcdef\nmore", &token));
    cr_assert_eq(token.length, 16);
    cr_assert(token_parse("0123456789abcdef", &token));
    cr_assert_not(token_parse("0123456789abcde\n", &token), "too short");
    cr_assert_not(token_parse("0123456789 abcdef", &token), "a blank");
    cr_assert_not(token_parse("0123456789abcde\x80", &token), "not ASCII");
    memset(text, 'x', sizeof(text));
    text[TOKEN_MAX] = '\0';
    cr_assert(token_parse(text, &token));
    text[TOKEN_MAX] = 'x';
    text[TOKEN_MAX + 1] = '\0';
    cr_assert_not(token_parse(text, &token), "too long");
    cr_assert_eq(token.length, 0);
}

Test(token, all_of_it_must_be_right)
{
    struct token token, none = {0};
    char text[256];

    token_parse("0123456789abcdef", &token);
    cr_assert(token_matches(&token, "Bearer 0123456789abcdef"));
    cr_assert(token_matches(&token, "bearer 0123456789abcdef"), "the scheme's name has no case");
    cr_assert_not(token_matches(&token, NULL));
    cr_assert_not(token_matches(&token, ""));
    cr_assert_not(token_matches(&token, "Bearer "));
    cr_assert_not(token_matches(&token, "Basic 0123456789abcdef"));
    cr_assert_not(token_matches(&token, "0123456789abcdef"));
    cr_assert_not(token_matches(&token, "Bearer 0123456789abcdeF"));
    cr_assert_not(token_matches(&token, "Bearer 1123456789abcdef"));
    cr_assert_not(token_matches(&token, "Bearer 0123456789abcde"));
    cr_assert_not(token_matches(&token, "Bearer 0123456789abcdef0"));
    memset(text, '0', sizeof(text) - 1);
    memcpy(text, "Bearer ", 7);
    text[sizeof(text) - 1] = '\0';
    cr_assert_not(token_matches(&token, text), "longer than any token");
    cr_assert(token_matches(&none, NULL), "none is asked for");
}

Test(host, must_be_this_machine)
{
    const char *const own[] = {"localhost",      "localhost:8006", "LOCALHOST", "127.0.0.1",
                               "127.0.0.1:8006", "127.9.8.7:1",    "[::1]",     "[::1]:8006"};
    const char *const others[] = {"",
                                  "example.org",
                                  "localhost.example.org",
                                  "localhost@example.org",
                                  "127.0.0.1x",
                                  "127.0.0.1.x.org",
                                  "128.0.0.1",
                                  "127.1",
                                  "[::2]",
                                  "[::1].org",
                                  "localhost:80x",
                                  "127.0.0.1:80:90",
                                  "0.0.0.0",
                                  "10.0.0.1:8006",
                                  " localhost",
                                  "111111111111111111111:80"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        cr_assert(host_is_local(own[i]), "%s", own[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_assert_not(host_is_local(others[i]), "%s", others[i]);
    cr_assert_not(host_is_local(NULL));
}

Test(rate, so_many_at_once_and_so_many_a_second)
{
    struct rate rate = {0};
    int64_t now = 1000000;

    for (int i = 0; i < RATE_BURST; i++)
        cr_assert(rate_take(&rate, now));
    cr_assert_not(rate_take(&rate, now));
    cr_assert_not(rate_take(&rate, now + 1000 / RATE_PER_S - 1));
    cr_assert(rate_take(&rate, now + 1000 / RATE_PER_S));
    cr_assert_not(rate_take(&rate, now + 1000 / RATE_PER_S));
    /* A client that never rests gets RATE_PER_S, not less for asking often. */
    now += 1000 / RATE_PER_S;
    for (int ms = 0, taken = 0; ms <= 10000; ms++) {
        taken += rate_take(&rate, now + ms);
        if (ms == 10000)
            cr_assert_eq(taken, 10 * RATE_PER_S);
    }
    now += 60000;
    for (int i = 0; i < RATE_BURST; i++)
        cr_assert(rate_take(&rate, now));
    cr_assert_not(rate_take(&rate, now));
}

Test(routes, by_their_whole_path)
{
    for (int i = 0; i < ROUTE_COUNT; i++)
        cr_assert_eq(route_find(route_path(i)), i);
    cr_assert_eq(route_find("/api/v1/hosts"), -1);
    cr_assert_eq(route_find("/metrics/"), -1);
    cr_assert_eq(route_find(""), -1);
}

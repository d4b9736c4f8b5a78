/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines against an option table. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "xm/xm.h"

static const struct option_row options[] = {
    {'a', "all", NULL, "flag"},
    {'f', "file", "FILE", "value"},
    {0, "path", "DIRS", "long only"},
    {0},
};

static const struct command cmd = {
    .name = "test", .synopsis = "", .options = options, .min_args = 0, .max_args = 2};
static const struct toolstack ts = {.program = "xm"};
static struct args args;

#define PARSE(...) PARSE_AS(cmd, __VA_ARGS__)
#define PARSE_AS(command, ...)                                                                     \
    ({                                                                                             \
        char *argv[] = {__VA_ARGS__, NULL};                                                        \
        static char *kept[16];                                                                     \
        int argc = sizeof(argv) / sizeof(argv[0]) - 1;                                             \
        memcpy(kept, argv, sizeof(argv));                                                          \
        args_parse(&ts, &command, argc, kept, &args);                                              \
    })

static void quiet(void)
{
    cr_assert_not_null(freopen("/dev/null", "w", stderr));
}

Test(args, forms_of_options, .init = quiet)
{
    cr_assert(PARSE("-a", "x", "-f", "v"));
    cr_assert_not_null(args.value[0]);
    cr_assert_str_eq(args.value[1], "v");
    cr_assert_eq(args.argc, 1);
    cr_assert_str_eq(args.argv[0], "x");
    cr_assert(PARSE("-afv"));
    cr_assert_not_null(args.value[0]);
    cr_assert_str_eq(args.value[1], "v");
    cr_assert(PARSE("--file=v", "--path", "p"));
    cr_assert_str_eq(args.value[1], "v");
    cr_assert_str_eq(args.value[2], "p");
    cr_assert_null(args.value[0]);
    cr_assert(PARSE("--", "-a"));
    cr_assert_null(args.value[0]);
    cr_assert_str_eq(args.argv[0], "-a");
}

Test(args, refusals, .init = quiet)
{
    cr_assert_not(PARSE("-z"));
    cr_assert_not(PARSE("--al"));
    cr_assert_not(PARSE("--all=1"));
    cr_assert_not(PARSE("-f"));
    cr_assert_not(PARSE("--file"));
    cr_assert_not(PARSE("a", "b", "c"));
}

Test(args, as_many_as_there_must_be, .init = quiet)
{
    static const struct command two = {
        .name = "test", .synopsis = "", .options = options, .min_args = 2, .max_args = -1};

    cr_assert_not(PARSE_AS(two, "a"));
    cr_assert_not(PARSE_AS(two, "a", "-f", "b"));
    cr_assert(PARSE_AS(two, "a", "b"));
    cr_assert(PARSE_AS(two, "a", "b", "c", "d"));
}

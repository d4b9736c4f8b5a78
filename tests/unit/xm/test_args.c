/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines against an option table. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/words.h"
#include "xm/commands.h"
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

/* What scripts and cluster managers write, by the contract's rows; an option that is missing ends them. */
static const struct {
    const struct command *cmd;
    bool xl;
    const char *options;
} contract[] = {
    {&cmd_create, false,
     "-fF|--defconfig=F|-FF|-n|--dryrun|-x|--xmldryrun|-p|--paused|-c|-q|--quiet|--path=P"},
    {&cmd_create, false, "--vncviewer|--vncviewer-autopass"},
    {&cmd_create, true, "-fF|-F|-c|-d|-e|-n|-p|-q|-V|-A"},
    {&cmd_list, false, "-l|--long|--label|--state=running|--pool=Pool-0"},
    {&cmd_list, true, "-l|--long|-v|--verbose|-Z|-n|-c|--cpupool"},
    {&cmd_start, false, "-p|--paused|-c|--vncviewer|--vncviewer-autopass"},
    {&cmd_resume, false, "-p|--paused"},
    {&cmd_shutdown, false, "-a|--all|-w|--wait|-H|--halt|-R|--reboot"},
    {&cmd_shutdown, true, "-a|-w|-F"},
    {&cmd_reboot, false, "-a|--all|-w|--wait"},
    {&cmd_reboot, true, "-a|-w|-F"},
    {&cmd_console, false, "-q|--quiet"},
    {&cmd_console, true, "-tpv|-n0|-e^A|--escape=^A"},
    {&cmd_save, false, "-c|--checkpoint"},
    {&cmd_save, true, "-c|-p|-D"},
    {&cmd_restore, false, "-p|--paused"},
    {&cmd_restore, true, "-p|-e|-d|-V|-A"},
    {&cmd_migrate, false, "-l|--live|-p8002|--port=8002|-n1|--node=1|-c"},
    {&cmd_migrate, true, "-CF|-sS|-e|-p|-D|--debug"},
    {&cmd_sched_credit, false, "-dg|-w1|-c1"},
    {&cmd_info, false, "-c|--config|-n|--numa"},
    {&cmd_info, true, "-n|--numa"},
    {&cmd_top, false, "-b|-i1|-d1|-f|-n|-x|-v|-r"},
    {&cmd_uptime, false, "-s"},
    {&cmd_dmesg, false, "-c|--clear"},
    {&cmd_dump_core, false, "-L|--live|-C|--crash|-R|--reset"},
    {&cmd_block_detach, false, "-f|--force"},
    {&cmd_network_detach, false, "-f|--force"},
    {&cmd_help, false, "-l|--long"},
};

Test(args, options_of_the_contract, .init = quiet)
{
    for (size_t i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
        const struct toolstack dialect = {.program = "xm", .xl = contract[i].xl};
        const char *rest = contract[i].options;
        struct word word;

        while (word_next(&rest, '|', &word)) {
            char *option = word_dup(word), *argv[] = {option, "a", "b", "c"};

            cr_expect(
                args_parse(&dialect, contract[i].cmd, contract[i].cmd->min_args + 1, argv, &args),
                "%s %s %s", contract[i].xl ? "xl" : "xm", contract[i].cmd->name, option);
            free(option);
        }
    }
}

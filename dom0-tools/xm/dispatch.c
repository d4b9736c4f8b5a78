/* SPDX-License-Identifier: BSD-2-Clause */
/* From a command line to a verb; see xm.h. */
#include <string.h>

#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/xm.h"

/* What a verb printed must have reached its reader before success is claimed. */
static int finish(struct toolstack *ts, int status)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        status = status ? status : XM_FAILED;
    ts_close(ts);
    return status;
}

static bool wants_help(int argc, char **argv)
{
    return argc > 0 && (strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "--help") == 0);
}

/* Runs a verb with the @argc words after it. */
static int run_command(struct toolstack *ts, const struct command *cmd, int argc, char **argv)
{
    bool json = answer_take_option(&argc, argv);
    const bool help = wants_help(argc, argv);
    struct args args;
    int ret = XM_OK;

    if (json && cmd == &cmd_console)
        return xm_error("a console is no answer: --json means nothing here");
    if (json && cmd != &cmd_events) /* whose lines are JSON anyhow */
        answer_begin();
    if (help)
        command_help(ts, cmd);
    else
        ret = args_parse(ts, cmd, argc, argv, &args) ? cmd->run(ts, &args) : XM_FAILED;
    if (answer_wanted())
        answer_end(help ? "help" : cmd->name, ret);
    return ret;
}

/* No verb, which has been said on standard error; who reads JSON gets an answer as well. */
static int answer_no_verb(int argc, char **argv)
{
    if (!answer_take_option(&argc, argv))
        return XM_FAILED;
    answer_begin();
    xm_error("'%s' is no command, or the beginning of several", argv[0]);
    answer_end(argv[0], XM_FAILED);
    return XM_FAILED;
}

int xm_main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct toolstack ts = {.program = slash ? slash + 1 : argv[0]};
    const struct command *cmd;

    command_table_set(commands);
    if (strcmp(ts.program, "xentop") == 0)
        return finish(&ts, run_command(&ts, &cmd_top, argc - 1, argv + 1));
    ts.xl = strcmp(ts.program, "xl") == 0;
    while (argc > 1 && argv[1][0] == '-' && ts.xl && !wants_help(1, argv + 1)) {
        argv++; /* xl's global options (-v, -N, -t...) change nothing here */
        argc--;
    }
    if (argc < 2 || wants_help(1, argv + 1)) {
        cmd_help.run(&ts, &(struct args){0});
        return finish(&ts, argc < 2 ? XM_FAILED : XM_OK);
    }
    cmd = command_find(&ts, argv[1]);
    return finish(&ts, cmd ? run_command(&ts, cmd, argc - 2, argv + 2)
                           : answer_no_verb(argc - 1, argv + 1));
}

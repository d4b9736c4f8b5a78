/* SPDX-License-Identifier: BSD-2-Clause */
/* xm help [command] */
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    const struct command *cmd;

    if (args->argc == 1) {
        cmd = command_find(ts, args->argv[0]);
        if (!cmd)
            return XM_FAILED;
        command_help(ts, cmd);
        return XM_OK;
    }
    printf("Usage: %s <command> [args]\n\nControl, list, and manipulate guests.\n\n", ts->program);
    printf("%s full list of commands:\n\n", ts->program);
    for (const struct command *const *at = command_table(); *at; at++)
        if (command_known(ts, *at))
            printf(" %-20s %s\n", (*at)->name, (*at)->help);
    printf("\n<Domain> is a domain's name or number.\n"
           "See '%s help <command>' for the options of one command.\n",
           ts->program);
    return XM_OK;
}

static const struct option_row options[] = {
    {'l', "long", NULL, "accepted for compatibility: the list is always complete"},
    {0},
};

const struct command cmd_help = {
    .name = "help",
    .synopsis = "[command]",
    .help = "Explain one command, or list all of them",
    .options = options,
    .max_args = 1,
    .harmless = true,
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm help [command] */
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct xm *xm, const struct args *args)
{
    const struct command *cmd;

    if (args->argc == 1) {
        cmd = command_find(xm, args->argv[0]);
        if (!cmd)
            return XM_FAILED;
        command_help(xm, cmd);
        return XM_OK;
    }
    printf("Usage: %s <command> [args]\n\nControl, list, and manipulate guests.\n\n", xm->program);
    printf("%s full list of commands:\n\n", xm->program);
    for (const struct command *const *at = commands; *at; at++)
        printf(" %-20s %s\n", (*at)->name, (*at)->help);
    printf("\n<Domain> is a domain's name or number.\n"
           "See '%s help <command>' for the options of one command.\n",
           xm->program);
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
    .run = run,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines against option tables, and help from the same tables; see command.h. */
#include <stdio.h>
#include <string.h>

#include "xm/answer.h"
#include "xm/xm.h"

static bool is_end(const struct option_row *row)
{
    return !row->letter && !row->name;
}

/* Does the dialect spoken have it? */
static bool known(const struct toolstack *ts, const struct command *cmd,
                  const struct option_row *row)
{
    ptrdiff_t i = row - cmd->options;

    return ts->xl ? i >= cmd->xm_options : !cmd->xl_options || i < cmd->xl_options;
}

static const struct option_row *by_letter(const struct toolstack *ts, const struct command *cmd,
                                          char letter)
{
    for (const struct option_row *row = cmd->options; row && !is_end(row); row++)
        if (row->letter == letter && known(ts, cmd, row))
            return row;
    return NULL;
}

static const struct option_row *by_name(const struct toolstack *ts, const struct command *cmd,
                                        const char *name, size_t len)
{
    for (const struct option_row *row = cmd->options; row && !is_end(row); row++)
        if (row->name && known(ts, cmd, row) && strlen(row->name) == len &&
            memcmp(row->name, name, len) == 0)
            return row;
    return NULL;
}

static bool complain(const struct toolstack *ts, const struct command *cmd, const char *what,
                     const char *arg)
{
    xm_error("%s: %s%s", cmd->name, what, arg);
    if (answer_wanted())
        return false;
    fprintf(stderr, "Usage: %s %s%s %s\n", ts->program, cmd->name, cmd->options ? " [options]" : "",
            cmd->synopsis);
    return false;
}

/* Handles "--name", "--name=value", "--name value"; *@i is the argument looked at. */
static bool take_long(const struct toolstack *ts, const struct command *cmd, int argc, char **argv,
                      int *i, struct args *args)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_row *row = by_name(ts, cmd, name, len);
    const char *value = equals ? equals + 1 : "";

    if (!row)
        return complain(ts, cmd, "unknown option ", argv[*i]);
    if (!row->arg && equals)
        return complain(ts, cmd, "option takes no value: ", argv[*i]);
    if (row->arg && !equals) {
        if (*i + 1 >= argc)
            return complain(ts, cmd, "a value is missing after ", argv[*i]);
        value = argv[++*i];
    }
    args->value[row - cmd->options] = value;
    return true;
}

/* Handles "-a", "-ab", "-fVALUE", "-f VALUE". */
static bool take_short(const struct toolstack *ts, const struct command *cmd, int argc, char **argv,
                       int *i, struct args *args)
{
    for (const char *at = argv[*i] + 1; *at; at++) {
        const struct option_row *row = by_letter(ts, cmd, *at);

        if (!row)
            return complain(ts, cmd, "unknown option ", argv[*i]);
        if (!row->arg) {
            args->value[row - cmd->options] = "";
            continue;
        }
        if (at[1])
            args->value[row - cmd->options] = at + 1;
        else if (*i + 1 < argc)
            args->value[row - cmd->options] = argv[++*i];
        else
            return complain(ts, cmd, "a value is missing after ", argv[*i]);
        return true;
    }
    return true;
}

bool args_parse(const struct toolstack *ts, const struct command *cmd, int argc, char **argv,
                struct args *args)
{
    int kept = 0;
    bool operands_only = false;

    *args = (struct args){.argv = argv};
    for (int i = 0; i < argc; i++) {
        if (operands_only || argv[i][0] != '-' || !argv[i][1]) {
            argv[kept++] = argv[i]; /* kept <= i: what is overwritten has been read */
        } else if (strcmp(argv[i], "--") == 0) {
            operands_only = true;
        } else if (argv[i][1] == '-') {
            if (!take_long(ts, cmd, argc, argv, &i, args))
                return false;
        } else if (!take_short(ts, cmd, argc, argv, &i, args)) {
            return false;
        }
    }
    args->argc = kept;
    if (kept < cmd->min_args)
        return complain(ts, cmd, "too few arguments", "");
    if (cmd->max_args >= 0 && kept > cmd->max_args)
        return complain(ts, cmd, "unexpected argument ", argv[cmd->max_args]);
    return true;
}

void command_help(const struct toolstack *ts, const struct command *cmd)
{
    printf("Usage: %s %s%s %s\n\n%s.\n", ts->program, cmd->name, cmd->options ? " [options]" : "",
           cmd->synopsis, cmd->help);
    printf("\nOptions:\n\n");
    for (const struct option_row *row = cmd->options; row && !is_end(row); row++) {
        bool has_letter = row->letter && by_letter(ts, cmd, row->letter) == row;
        char form[64];
        char letter[4] = {'-', row->letter, row->name ? ',' : '\0', '\0'};

        if (!known(ts, cmd, row))
            continue;
        snprintf(form, sizeof(form), "%s %s%s%s%s", has_letter ? letter : "   ",
                 row->name ? "--" : "", row->name ? row->name : "", row->arg ? "=" : "",
                 row->arg ? row->arg : "");
        printf("%-30s %s\n", form, row->help);
    }
    printf("%-30s %s\n", "    --json", "print the answer as JSON");
}

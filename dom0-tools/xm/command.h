/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One verb of xm.  A verb is a file cmd_<verb>.c exporting one const struct command; its option
 * table is used both to parse and to print the help, so the two cannot drift apart.
 */
#ifndef XM_COMMAND_H
#define XM_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct toolstack;

struct option_row {
    char letter;      /* 0: long form only; of two rows with one letter the first has it */
    const char *name; /* long form without "--"; NULL: letter only */
    const char *arg;  /* what the option's value is called; NULL: a flag */
    const char *help;
};

#define OPTIONS_MAX 16

/* A parsed command line: values by row of the option table, then what is left. */
struct args {
    const char *value[OPTIONS_MAX]; /* "" for a flag; NULL: not given */
    char **argv;
    int argc;
};

struct command {
    const char *name;
    const char *synopsis;             /* operands, e.g. "<Domain>" */
    const char *help;                 /* one line */
    const struct option_row *options; /* ends with an empty row; NULL: none */
    int xm_options;                   /* xl does not have that many, the first of them */
    int xl_options;                   /* xm does not have those from that row on; 0: has all */
    int min_args, max_args;           /* operands; max -1: any number */
    bool xm_only;                     /* xl does not have it */
    bool harmless;                    /* changes nothing: may be proposed for a mistyped verb */
    int (*run)(struct toolstack *ts, const struct args *args);
};

/* Exit codes of xm(1) */
#define XM_OK        0
#define XM_FAILED    1
#define XM_NO_DOMAIN 3

/* Sets the verbs that there are, NULL-terminated, before anything below is called; or gets them. */
void command_table_set(const struct command *const *table);
const struct command *const *command_table(void);

/* Finds a verb by its name or an unambiguous prefix; NULL with a message on stderr. */
const struct command *command_find(const struct toolstack *ts, const char *name);

/* Does the dialect spoken have it? */
bool command_known(const struct toolstack *ts, const struct command *cmd);

/* Parses @argv (without the verb); false with a message and the usage line on stderr. */
bool args_parse(const struct toolstack *ts, const struct command *cmd, int argc, char **argv,
                struct args *args);

/* Prints usage, help line and options of one verb. */
void command_help(const struct toolstack *ts, const struct command *cmd);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The xenstore-* commands: finding the command, its options, its transaction. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/tool.h"

static const struct tool_command commands[] = {
    {"read", "hpsR", "[-h] [-p] [-s] [-R] key [...]", 1, true, tool_read},
    {"write", "hsR", "[-h] [-s] [-R] key value [...]", 2, true, tool_write},
    {"ls", "hfps", "[-h] [-f] [-p] [-s] [path]", 0, false, tool_ls},
    {"list", "hps", "[-h] [-p] [-s] key [...]", 1, true, tool_list},
    {"rm", "hst", "[-h] [-s] [-t] key [...]", 1, true, tool_rm},
    {"exists", "hps", "[-h] [-p] [-s] key [...]", 1, true, tool_exists},
    {"watch", "hn:s", "[-h] [-n NR] key [...]", 1, false, tool_watch},
    {"chmod", "hrsu", "[-h] [-u] [-r] [-s] key <mode [modes...]>", 2, true, tool_chmod},
    {"control", "hs", "[-h] command [argument...]", 1, false, tool_control},
};

static const struct tool_command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

/* "xenstore-read ..." or "xenstore read ..."; *@argv is moved to the command's own arguments. */
static const struct tool_command *choose(int *argc, char ***argv)
{
    static const char prefix[] = "xenstore-";
    const char *base = strrchr((*argv)[0], '/');

    base = base ? base + 1 : (*argv)[0];
    if (!strncmp(base, prefix, sizeof(prefix) - 1))
        return find_command(base + sizeof(prefix) - 1);
    if (*argc < 2)
        return NULL;
    (*argc)--;
    (*argv)++;
    return find_command((*argv)[0]);
}

static int usage(const char *self, const struct tool_command *c, FILE *to)
{
    if (c) {
        fprintf(to, "Usage: %s %s\n", self, c->usage);
        return to == stderr;
    }
    fprintf(to, "Usage: xenstore COMMAND ..., where COMMAND is one of\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].usage);
    return 1;
}

/* Reads the options: -1 when the command is to be run, else the exit status. */
static int options(int argc, char **argv, const struct tool_command *c, struct tool_args *a)
{
    int opt;

    a->count = -1;
    while ((opt = getopt(argc, argv, c->options)) != -1) {
        switch (opt) {
        case 'f':
            a->full = true;
            break;
        case 'h':
            return usage(argv[0], c, stdout);
        case 'n':
            a->count = atoi(optarg);
            break;
        case 'p':
            a->prefix = true;
            break;
        case 'R':
            a->raw = true;
            break;
        case 'r':
            a->recurse = true;
            break;
        case 's': /* socket only: kept for scripts, connections try the socket first anyway */
            break;
        case 't':
            a->tidy = true;
            break;
        case 'u':
            a->upto = true;
            break;
        default:
            return usage(argv[0], c, stderr);
        }
    }
    a->argc = argc - optind;
    a->argv = argv + optind;
    if (a->argc < c->min_args || (c->run == tool_write && a->argc % 2))
        return usage(argv[0], c, stderr);
    return -1;
}

/* Runs a command in a transaction, again as long as others get in between. */
static int run_in_transaction(const struct tool_command *c, struct tool_args *a)
{
    for (;;) {
        int err;

        a->t = xs_transaction_start(a->h);
        if (!a->t)
            return tool_fail("couldn't start transaction: %s", strerror(errno));
        err = c->run(a);
        if (xs_transaction_end(a->h, a->t, err)) {
            tool_flush(true);
            return err;
        }
        if (errno != EAGAIN) {
            tool_flush(true);
            return tool_fail("couldn't end transaction: %s", strerror(errno));
        }
        tool_flush(false);
    }
}

int main(int argc, char **argv)
{
    struct tool_args a = {0};
    const struct tool_command *c = choose(&argc, &argv);
    int ret;

    if (!c)
        return usage(argv[0], NULL, stderr);
    ret = options(argc, argv, c, &a);
    if (ret >= 0)
        return ret;
    a.h = xs_open(0);
    if (!a.h)
        return tool_fail("xs_open: %s (is xenstored running?)", strerror(errno));
    if (c->transaction) {
        ret = run_in_transaction(c, &a);
    } else {
        ret = c->run(&a);
        tool_flush(true);
    }
    xs_close(a.h);
    return ret;
}

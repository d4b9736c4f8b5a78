/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The xenstore-* commands: one program, the command taken from its own name or its first word.
 * Options, output and exit status are those of Xen 4.17's tools, because hotplug scripts and
 * cluster managers parse them.
 */
#ifndef STORE_TOOL_H
#define STORE_TOOL_H

#include <stdbool.h>
#include <xenstore.h>

struct tool_args {
    struct xs_handle *h;
    xs_transaction_t t; /* for commands that run in a transaction */
    bool full;          /* ls -f */
    bool prefix;        /* -p */
    bool raw;           /* -R */
    bool recurse;       /* chmod -r */
    bool tidy;          /* rm -t */
    bool upto;          /* chmod -u */
    int count;          /* watch -n, or -1 */
    int argc;
    char **argv;
};

struct tool_command {
    const char *name;
    const char *options; /* for getopt */
    const char *usage;
    int min_args;
    bool transaction;
    /* 0, 1 after saying what is wrong, or -1: the transaction is to be tried again */
    int (*run)(struct tool_args *a);
};

int tool_read(struct tool_args *a);
int tool_write(struct tool_args *a);
int tool_ls(struct tool_args *a);
int tool_list(struct tool_args *a);
int tool_rm(struct tool_args *a);
int tool_exists(struct tool_args *a);
int tool_watch(struct tool_args *a);
int tool_chmod(struct tool_args *a);
int tool_control(struct tool_args *a);

/*
 * Collects output until the transaction that it comes from is committed; tool_flush() prints or
 * (@print false) forgets it.
 */
void tool_out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tool_out_raw(const void *data, unsigned int len);
void tool_flush(bool print);

/* Says what is wrong, with the program's name in front; returns 1. */
int tool_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* @len bytes as printable text with backslash escapes; the caller frees it. */
char *tool_escape(const char *data, unsigned int len);

/* The reverse, in place; returns the number of bytes. */
unsigned int tool_unescape(char *text);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The list of mutations: one-line slips that break a rule of the code, kept as text (README.md
 * tells the format).  Reading the list and changing a file of a tree by one of its entries.
 */
#ifndef MUTATE_LIST_H
#define MUTATE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct mutation {
    char *id;
    char *file;  /* relative to the tree's top */
    char *tests; /* folders below tests/, separated by spaces: the first that fails has caught it */
    char *scope; /* only inside this function (or table); NULL: the whole file */
    char *why;   /* the rule that is broken */
    char *equal; /* why no test can see it; NULL: a test must */
    char *before;
    char *after;
};

struct list {
    struct mutation *entry;
    size_t count;
};

/* Adds the entries of one file; a mistake in it ends the program with its place. */
void list_read(struct list *list, const char *path);

/* The entry of that name, or NULL. */
const struct mutation *list_find(const struct list *list, const char *id);

/*
 * Changes the mutation's file below `tree` (`write`), or only looks whether that can be done.
 * Returns NULL, or what is wrong: the text is not there, or more than once.
 */
const char *mutation_apply(const struct mutation *m, const char *tree, bool write);

/* Prints "mutate: " and the message, and ends the program with status 2. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif

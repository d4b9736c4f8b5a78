/* SPDX-License-Identifier: BSD-2-Clause */
/* GRUB 2's script language: commands of words, quotes, variables.  Fixed memory, one pass. */
#ifndef BOOTLOADER_GRUB2_WORDS_H
#define BOOTLOADER_GRUB2_WORDS_H

#include "bootloader/parse.h"

#define COMMAND_WORDS 96u
#define COMMAND_BYTES 4096u
#define VARIABLES     64u
#define VARIABLE_NAME 48u

struct variable {
    char name[VARIABLE_NAME];
    char value[MENU_TITLE];
};

struct script {
    struct span rest;
    unsigned int variables;
    struct variable variable[VARIABLES];
};

struct command {
    unsigned int count;
    const char *word[COMMAND_WORDS]; /* in text[], each ending in 0 */
    bool opens;                      /* an unquoted "{" ended it */
    bool broken;                     /* too long or too many words: not to be carried out */
    size_t used;
    char text[COMMAND_BYTES];
};

/*
 * Reads the next command, up to the end of its line, ";", "{" or "}" ("}" is a command of its own),
 * with its variables replaced.  False at the end of the script.
 */
bool script_next(struct script *s, struct command *c);

/* A variable's value; "" if it has none. */
const char *script_get(const struct script *s, const char *name, size_t len);

/* "name=value"; what does not fit is not set. */
void script_set(struct script *s, const char *assignment);

#endif

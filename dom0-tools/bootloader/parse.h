/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parsers of the three kinds of menu share. */
#ifndef BOOTLOADER_PARSE_H
#define BOOTLOADER_PARSE_H

#include "bootloader/menu.h"

/* Bytes of a text that need not end in 0. */
struct span {
    const char *at;
    size_t len;
};

/* Takes what comes before the next @end, which it skips, or all; false if nothing is left. */
bool span_until(struct span *text, char end, struct span *out);

/* Takes the next line from @text; false at its end. */
bool span_line(struct span *text, struct span *line);

/* Takes the next word, between blanks; false if there is none.  What is left has no blanks before.
 */
bool span_word(struct span *text, struct span *word);

bool span_is(struct span span, const char *word); /* whatever the case */

/* Copies into @cap bytes; false if it does not fit (then @to is empty). */
bool span_copy(char *to, size_t cap, struct span from);

/* As before, for the name of a file: without a "(hd0,0)" before it, below @dir if not absolute. */
bool span_path(char *to, size_t cap, struct span from, const char *dir);

/* A new empty entry, or NULL when the menu is full. */
struct menu_entry *menu_add(struct menu *menu);

/* Adds @word to @entry's arguments, a blank between; false if it does not fit. */
bool menu_add_arg(struct menu_entry *entry, struct span word);

void grub2_parse(struct span text, struct menu *menu);

/* Writes the script of entries that are files (see menu_parse()) into @cap bytes; how long it is. */
size_t grub2_entries(struct span files, char *script, size_t cap);
void grub1_parse(struct span text, struct menu *menu);
void syslinux_parse(struct span text, const char *dir, struct menu *menu);

#endif

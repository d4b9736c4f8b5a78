/* SPDX-License-Identifier: BSD-2-Clause */
/* extlinux' and syslinux' configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bootloader/parse.h"

struct state {
    struct menu *menu;
    const char *dir;
    struct menu_entry *entry;
    struct span append; /* of all entries that have none of their own */
    unsigned int labels;
};

/* "root=/dev/xvda ro initrd=/initrd.img": the RAM disk is among the arguments. */
static void set_append(struct state *s, struct span rest)
{
    static const char key[] = "initrd=";
    struct menu_entry *entry = s->entry;
    struct span word;

    entry->args[0] = '\0';
    if (span_is(rest, "-"))
        return;
    while (span_word(&rest, &word)) {
        if (word.len > sizeof(key) - 1 && strncmp(word.at, key, sizeof(key) - 1) == 0) {
            struct span path = {word.at + sizeof(key) - 1, word.len - (sizeof(key) - 1)};

            span_path(entry->ramdisk, sizeof(entry->ramdisk), path, s->dir);
        } else if (!menu_add_arg(entry, word)) {
            entry->kernel[0] = '\0';
        }
    }
}

static void new_label(struct state *s, struct span name)
{
    s->entry = menu_add(s->menu);
    if (!s->entry)
        return;
    span_copy(s->entry->id, sizeof(s->entry->id), name);
    span_copy(s->entry->title, sizeof(s->entry->title), name);
    snprintf(s->entry->position, sizeof(s->entry->position), "%u", s->labels++);
    set_append(s, s->append);
}

/* "menu label ^Debian", "menu default" */
static void menu_line(struct state *s, struct span rest)
{
    struct span word;
    char *mark;

    if (!span_word(&rest, &word) || !s->entry)
        return;
    if (span_is(word, "default")) {
        memcpy(s->menu->preselected, s->entry->id, sizeof(s->menu->preselected));
    } else if (span_is(word, "label") && span_copy(s->entry->title, MENU_TITLE, rest)) {
        mark = strchr(s->entry->title, '^'); /* the letter that chooses it */
        if (mark)
            memmove(mark, mark + 1, strlen(mark));
    }
}

static void entry_line(struct state *s, struct span key, struct span rest)
{
    struct span word;

    if (span_is(key, "kernel") || span_is(key, "linux")) {
        if (span_word(&rest, &word))
            span_path(s->entry->kernel, MENU_PATH, word, s->dir);
    } else if (span_is(key, "initrd")) {
        if (span_word(&rest, &word))
            span_path(s->entry->ramdisk, MENU_PATH, word, s->dir);
    } else if (span_is(key, "append")) {
        set_append(s, rest);
    }
}

void syslinux_parse(struct span text, const char *dir, struct menu *menu)
{
    struct state s = {.menu = menu, .dir = dir, .append = {"", 0}};
    struct span line, key;
    char number[16];

    while (span_line(&text, &line)) {
        if (!span_word(&line, &key) || key.at[0] == '#')
            continue;
        if (span_is(key, "label"))
            new_label(&s, line);
        else if (span_is(key, "menu"))
            menu_line(&s, line);
        else if (span_is(key, "default"))
            span_copy(menu->preselected, sizeof(menu->preselected), line);
        else if (span_is(key, "timeout") && span_copy(number, sizeof(number), line))
            menu->timeout = strtoul(number, NULL, 10) / 10; /* given in tenths */
        else if (s.entry)
            entry_line(&s, key, line);
        else if (span_is(key, "append"))
            s.append = line;
    }
}

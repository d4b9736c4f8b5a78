/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot menus; see menu.h and parse.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bootloader/parse.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool span_until(struct span *text, char end, struct span *out)
{
    const char *at = text->len ? memchr(text->at, end, text->len) : NULL;

    if (!text->len)
        return false;
    *out = (struct span){text->at, at ? (size_t)(at - text->at) : text->len};
    text->at += out->len + (at != NULL);
    text->len -= out->len + (at != NULL);
    return true;
}

bool span_line(struct span *text, struct span *line)
{
    return span_until(text, '\n', line);
}

static void skip_blanks(struct span *text)
{
    while (text->len && blank(*text->at)) {
        text->at++;
        text->len--;
    }
}

bool span_word(struct span *text, struct span *word)
{
    skip_blanks(text);
    *word = (struct span){text->at, 0};
    while (text->len && !blank(*text->at)) {
        word->len++;
        text->at++;
        text->len--;
    }
    skip_blanks(text);
    return word->len != 0;
}

bool span_is(struct span span, const char *word)
{
    return span.len == strlen(word) && strncasecmp(span.at, word, span.len) == 0;
}

bool span_copy(char *to, size_t cap, struct span from)
{
    while (from.len && blank(from.at[from.len - 1]))
        from.len--;
    to[0] = '\0';
    if (from.len >= cap)
        return false;
    memcpy(to, from.at, from.len);
    to[from.len] = '\0';
    return true;
}

bool span_path(char *to, size_t cap, struct span from, const char *dir)
{
    const char *close = from.len && from.at[0] == '(' ? memchr(from.at, ')', from.len) : NULL;
    int n;

    if (close) {
        from.len -= close + 1 - from.at;
        from.at = close + 1;
    }
    if (from.len && from.at[0] == '/')
        return span_copy(to, cap, from);
    n = snprintf(to, cap, "%s/%.*s", dir, from.len < cap ? (int)from.len : (int)cap, from.at);
    if (from.len && n > 0 && (size_t)n < cap)
        return true;
    to[0] = '\0';
    return false;
}

struct menu_entry *menu_add(struct menu *menu)
{
    struct menu_entry *entry = menu->count < MENU_ENTRIES ? &menu->entry[menu->count] : NULL;

    if (entry) {
        memset(entry, 0, sizeof(*entry));
        menu->count++;
    }
    return entry;
}

bool menu_add_arg(struct menu_entry *entry, struct span word)
{
    size_t used = strlen(entry->args), blanks = used ? 1 : 0;

    if (used + blanks + word.len >= MENU_ARGS)
        return false;
    if (blanks)
        entry->args[used] = ' ';
    memcpy(entry->args + used + blanks, word.at, word.len);
    entry->args[used + blanks + word.len] = '\0';
    return true;
}

static bool printable(const char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            return false;
    return true;
}

static bool usable(const struct menu_entry *e)
{
    return e->kernel[0] == '/' && (!e->ramdisk[0] || e->ramdisk[0] == '/') && printable(e->title) &&
           printable(e->id) && printable(e->position) && printable(e->kernel) &&
           printable(e->ramdisk) && printable(e->args);
}

static void leave_out_unusable(struct menu *menu)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < menu->count; i++) {
        if (!usable(&menu->entry[i]))
            continue;
        if (kept != i)
            menu->entry[kept] = menu->entry[i];
        kept++;
    }
    menu->count = kept;
    if (!printable(menu->preselected))
        menu->preselected[0] = '\0';
}

void menu_parse(enum menu_kind kind, const char *text, size_t len, const char *dir,
                struct menu *menu)
{
    struct span span = {text, len};

    memset(menu, 0, sizeof(*menu));
    if (kind == MENU_GRUB2)
        grub2_parse(span, menu);
    else if (kind == MENU_GRUB1)
        grub1_parse(span, menu);
    else
        syslinux_parse(span, dir, menu);
    leave_out_unusable(menu);
}

void menu_sanitize(struct menu *menu)
{
    if (menu->count > MENU_ENTRIES)
        menu->count = MENU_ENTRIES;
    menu->preselected[MENU_TITLE - 1] = '\0';
    for (unsigned int i = 0; i < menu->count; i++) {
        struct menu_entry *e = &menu->entry[i];

        e->title[MENU_TITLE - 1] = e->id[MENU_TITLE - 1] = '\0';
        e->position[sizeof(e->position) - 1] = '\0';
        e->kernel[MENU_PATH - 1] = e->ramdisk[MENU_PATH - 1] = '\0';
        e->args[MENU_ARGS - 1] = '\0';
    }
    leave_out_unusable(menu);
}

const struct menu_entry *menu_find(const struct menu *menu, const char *which)
{
    const char *name = which ? which : menu->preselected;

    for (unsigned int i = 0; *name && i < menu->count; i++) {
        const struct menu_entry *e = &menu->entry[i];
        const char *last = strrchr(e->title, '>');

        if (strcmp(name, e->position) == 0 || strcmp(name, e->title) == 0 ||
            (e->id[0] && strcmp(name, e->id) == 0) || (last && strcmp(name, last + 1) == 0))
            return e;
    }
    /* A menu may name an entry that went with its kernel; who boots asks for one that is there. */
    return which || !menu->count ? NULL : &menu->entry[0];
}

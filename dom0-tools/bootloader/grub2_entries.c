/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of a GRUB 2 menu that are files of their own (its command blscfg; "Boot Loader Specification", type 1):
 * each is written as the menuentry that it stands for, which the menu's variables are then put into.
 */
#include <string.h>

#include "bootloader/parse.h"

struct text {
    char *at;
    size_t cap, len;
};

static void put(struct text *t, struct span span)
{
    size_t len = span.len < t->cap - t->len ? span.len : t->cap - t->len;

    memcpy(t->at + t->len, span.at, len);
    t->len += len;
}

static void put_word(struct text *t, const char *word)
{
    put(t, (struct span){word, strlen(word)});
}

/* Within quotes, which nothing in it may end. */
static void put_quoted(struct text *t, struct span span)
{
    put_word(t, "'");
    for (size_t i = 0; i < span.len; i++)
        if (span.at[i] != '\'')
            put(t, (struct span){span.at + i, 1});
    put_word(t, "'");
}

/* The value of the next line of @text that has @key; false if there is none. */
static bool next_value(struct span *text, const char *key, struct span *value)
{
    struct span word;

    while (span_line(text, value))
        if (span_word(value, &word) && span_is(word, key) && value->len)
            return true;
    return false;
}

static bool value_of(struct span text, const char *key, struct span *value)
{
    return next_value(&text, key, value);
}

static void put_values(struct text *t, struct span text, const char *key)
{
    struct span value;

    while (next_value(&text, key, &value)) {
        put_word(t, " ");
        put(t, value);
    }
}

static void put_entry(struct text *t, struct span name, struct span text)
{
    struct span kernel, title;

    if (!value_of(text, "linux", &kernel))
        return;
    if (!value_of(text, "title", &title) && !value_of(text, "version", &title))
        title = name;
    put_word(t, "menuentry ");
    put_quoted(t, title);
    put_word(t, " --id ");
    put_quoted(t, name);
    put_word(t, " {\nlinux ");
    put(t, kernel);
    put_values(t, text, "options");
    put_word(t, "\ninitrd");
    put_values(t, text, "initrd");
    put_word(t, "\n}\n");
}

size_t grub2_entries(struct span files, char *script, size_t cap)
{
    struct text t = {.at = script, .cap = cap};
    struct span name, text;

    while (span_until(&files, '\0', &name) && span_until(&files, '\0', &text)) {
        const size_t before = t.len;

        put_entry(&t, name, text);
        if (t.len == cap) /* half an entry would be another */
            return before;
    }
    return t.len;
}

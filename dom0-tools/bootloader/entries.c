/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries as files; see entries.h.  Their text is a guest's: here it is only carried. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bootloader/entries.h"
#include "bootloader/image.h"
#include "bootloader/menu.h"

#define ENDING      ".conf"
#define ENTRY_BYTES 8192u
#define LIST_BYTES  16384u

struct names {
    unsigned int count;
    char *name[MENU_ENTRIES];
};

static int newest_first(const void *a, const void *b)
{
    return -strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The entries' names out of a directory's list, which they stay in. */
static void find_names(char *list, struct names *names)
{
    char *word, *rest = list;

    names->count = 0;
    while (names->count < MENU_ENTRIES && (word = strsep(&rest, " \n"))) {
        const size_t len = strlen(word);

        if (len > strlen(ENDING) && len < NAME_MAX && !strchr(word, '/') &&
            strcmp(word + len - strlen(ENDING), ENDING) == 0)
            names->name[names->count++] = word;
    }
    qsort(names->name, names->count, sizeof(names->name[0]), newest_first);
}

/* The text of anonymous file @file, which it closes; how long it is. */
static size_t take_text(int file, char *to, size_t cap)
{
    ssize_t n = file < 0 ? -1 : pread(file, to, cap, 0);

    if (file >= 0)
        close(file);
    return n > 0 ? (size_t)n : 0;
}

/* Appends a 0, the name without its ending, a 0 and the text. */
static size_t add_entry(int fd, const char *device, const char *dir, char *name, char *to)
{
    char path[PATH_MAX];
    struct fail ignored; /* an entry that cannot be read is none */
    size_t len, text;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return 0;
    name[strlen(name) - strlen(ENDING)] = '\0';
    len = 1 + strlen(name) + 1;
    text = take_text(image_read(fd, device, path, ENTRY_BYTES, &ignored), to + len, ENTRY_BYTES);
    if (!text || memchr(to + len, '\0', text))
        return 0;
    to[0] = '\0';
    strcpy(to + 1, name);
    return len + text;
}

/* "/boot/grub2": "/boot/loader/entries" */
static void entries_dir(const char *menu_dir, char *dir, size_t cap)
{
    const char *slash = strrchr(menu_dir, '/');

    snprintf(dir, cap, "%.*s/loader/entries", slash ? (int)(slash - menu_dir) : 0, menu_dir);
}

char *entries_join(int fd, const char *device, const char *dir, const char *text, size_t *len)
{
    char list[LIST_BYTES], path[64], *joined;
    struct names names;
    struct fail ignored;

    if (!memmem(text, *len, "blscfg", strlen("blscfg")))
        return NULL;
    entries_dir(dir, path, sizeof(path) - 1);
    strcat(path, "/"); /* a directory's list is asked for so */
    list[take_text(image_list(fd, device, path, &ignored), list, sizeof(list) - 1)] = '\0';
    find_names(list, &names);
    joined = malloc(*len + names.count * (NAME_MAX + 2 + ENTRY_BYTES) + 1);
    if (!joined)
        return NULL;
    memcpy(joined, text, *len);
    path[strlen(path) - 1] = '\0';
    for (unsigned int i = 0; i < names.count; i++)
        *len += add_entry(fd, device, path, names.name[i], joined + *len);
    return joined;
}

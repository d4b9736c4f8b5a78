/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads a list of mutations.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

static char *copy(const char *s)
{
    return strdup(s) ?: (die("out of memory"), NULL);
}

/* Lines of one text are joined as they were in the file. */
static void add_line(char **text, const char *line)
{
    char *longer;
    if (asprintf(&longer, *text ? "%s\n%s" : "%s%s", *text ?: "", line) < 0)
        die("out of memory");
    free(*text);
    *text = longer;
}

/* ": ID FILE" */
static bool begin(struct list *list, const char *line, const char *tests)
{
    char id[64], file[256], rest;
    if (sscanf(line, ": %63s %255s %c", id, file, &rest) != 2 || list_find(list, id))
        return false;
    list->entry = reallocarray(list->entry, list->count + 1, sizeof(*list->entry));
    if (!list->entry)
        die("out of memory");
    list->entry[list->count++] =
        (struct mutation){.id = copy(id), .file = copy(file), .tests = copy(tests)};
    return true;
}

static bool field(struct mutation *m, const char *line)
{
    const struct {
        const char *name;
        char **value;
    } fields[] = {
        {"why ", &m->why}, {"in ", &m->scope}, {"tests ", &m->tests}, {"equal ", &m->equal}};

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        size_t n = strlen(fields[i].name);
        if (strncmp(line, fields[i].name, n) == 0) {
            free(*fields[i].value);
            *fields[i].value = copy(line + n);
            return true;
        }
    }
    if (line[0] != '-' && line[0] != '+')
        return false;
    add_line(line[0] == '-' ? &m->before : &m->after, line + 1 + (line[1] == ' '));
    return true;
}

void list_read(struct list *list, const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL, *tests = copy("");
    size_t size = 0;
    struct mutation *open = NULL;

    if (!f)
        die("%s: %s", path, strerror(errno));
    for (unsigned n = 1; getline(&line, &size, f) >= 0; n++) {
        line[strcspn(line, "\n")] = '\0';
        bool good = true;
        if (line[0] == '#') {
            /* a comment */
        } else if (line[0] == '\0') {
            good = !open || (open->why && open->before && *open->tests);
            open = NULL;
        } else if (line[0] == ':') {
            good = !open && begin(list, line, tests);
            open = good ? &list->entry[list->count - 1] : NULL;
        } else if (open) {
            good = field(open, line);
        } else if ((good = strncmp(line, "tests ", 6) == 0)) {
            free(tests);
            tests = copy(line + 6);
        }
        if (!good)
            die("%s:%u: not understood, incomplete, or an id that is there already", path, n);
    }
    if (open)
        die("%s: an empty line is missing at the end", path);
    free(tests);
    free(line);
    fclose(f);
}

const struct mutation *list_find(const struct list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entry[i].id, id) == 0)
            return &list->entry[i];
    return NULL;
}

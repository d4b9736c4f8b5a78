/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Finds a mutation's text in a file and replaces it.  White space in it stands for any white space,
 * so that an entry stays good when the code around it is indented or broken anew.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (!f)
        return NULL;
    if (getdelim(&text, &size, '\0', f) < 0)
        text = NULL;
    fclose(f);
    return text;
}

static const char *skip_space(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

/* The end of the pattern's match at `text`, or NULL. */
static const char *match(const char *text, const char *pattern)
{
    while (*pattern) {
        if (isspace((unsigned char)*pattern)) {
            pattern = skip_space(pattern);
            if (*pattern && !isspace((unsigned char)*text))
                return NULL;
            text = *pattern ? skip_space(text) : text;
        } else if (*text++ != *pattern++) {
            return NULL;
        }
    }
    return text;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether the line names it, as a word. */
static bool names(const char *line, const char *name)
{
    size_t n = strlen(name);
    const char *end = line + strcspn(line, "\n");
    for (const char *p = line; (p = strstr(p, name)) && p < end; p++)
        if ((p == line || !is_word(p[-1])) && !is_word(p[n]))
            return true;
    return false;
}

/* The definition of a function or a table at the left margin: from its name to its closing brace.
 */
static bool find_scope(const char *text, const char *name, const char **begin, const char **end)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (isspace((unsigned char)*line) || strchr("#/*}", *line) || !names(line, name))
            continue;
        const char *body = line + strcspn(line, ";{");
        if (*body == '{' && (*end = strstr(body, "\n}"))) {
            *begin = line;
            return true;
        }
    }
    return false;
}

static const char *replace(const char *path, const char *text, const char *at, const char *rest,
                           const char *after)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return strerror(errno);
    fwrite(text, 1, at - text, f);
    fputs(after, f);
    fputs(rest, f);
    return fclose(f) == 0 ? NULL : strerror(errno);
}

const char *mutation_apply(const struct mutation *m, const char *tree, bool write)
{
    char *path, *text;
    const char *pattern = skip_space(m->before), *error = NULL, *at = NULL, *rest = NULL;
    if (asprintf(&path, "%s/%s", tree, m->file) < 0)
        die("out of memory");
    text = read_file(path);
    const char *begin = text, *end = text ? text + strlen(text) : NULL;

    if (!text)
        error = "no such file";
    else if (m->scope && !find_scope(text, m->scope, &begin, &end))
        error = "no such function";
    for (const char *p = begin; !error && p < end; p++) {
        /* not in the middle of a word: lock() is not in unlock() */
        bool inside = p > text && is_word(p[0]) && is_word(p[-1]);
        const char *stop = inside ? NULL : match(p, pattern);
        if (stop && at)
            error = "the text is there more than once";
        else if (stop)
            at = p, rest = stop;
    }
    if (!error && !at)
        error = "the text is not there";
    if (!error && write)
        error = replace(path, text, at, rest, m->after ?: "");
    free(text);
    free(path);
    return error;
}

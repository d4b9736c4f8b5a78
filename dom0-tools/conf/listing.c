/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema as text for people: a listing for the terminal, a section of the manual. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/schema.h"

static const char *type_name(const struct schema_key *key)
{
    static const char *const names[] = {
        [SCHEMA_STRING] = "text",  [SCHEMA_NUMBER] = "number",
        [SCHEMA_BOOL] = "0 or 1",  [SCHEMA_CHOICE] = "word",
        [SCHEMA_ENUM] = "word",    [SCHEMA_LIST] = "list of texts",
        [SCHEMA_NUMLIST] = "CPUs", [SCHEMA_IGNORED] = "anything",
        [SCHEMA_HVM] = "anything", [SCHEMA_REFUSED] = "refused",
    };

    return names[key->type];
}

/* What may be written: the range, or the words. */
static void print_domain(const struct schema_key *key, FILE *out)
{
    fputs(type_name(key), out);
    if (key->type == SCHEMA_NUMBER)
        fprintf(out, " from %" PRId64 " to %" PRId64, key->min, key->max);
    if (key->type == SCHEMA_CHOICE || key->type == SCHEMA_ENUM)
        fprintf(out, ": %s", key->choices);
    if (key->text)
        fprintf(out, "; default %s", key->text);
    else if (key->type == SCHEMA_NUMBER && key->number >= 0)
        fprintf(out, "; default %" PRId64, key->number);
}

void schema_list(FILE *out)
{
    const struct schema_group *group;

    for (size_t g = 0; (group = schema_group(g)); g++) {
        fprintf(out, "%s%s:\n", g ? "\n" : "", group->title);
        for (size_t i = 0; i < group->count; i++) {
            const struct schema_key *key = &group->keys[i];

            fprintf(out, "  %-20s %s", key->name, key->help);
            if (key->note)
                fprintf(out, " (no effect: %s)", key->note);
            fputs("\n                       ", out);
            print_domain(key, out);
            fputc('\n', out);
        }
    }
}

/* Text of the table as roff: a leading '.' or "'" and every '\' and '-' would mean something. */
static void print_roff(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\'')
            fputs("\\(aq", out);
        else
            fputc(*text, out);
    }
}

static void print_entry(const struct schema_key *key, FILE *out)
{
    char *domain = NULL;
    size_t len;
    FILE *text = open_memstream(&domain, &len);

    fprintf(out, ".TP\n.B ");
    print_roff(key->name, out);
    fputc('\n', out);
    print_roff(key->help, out);
    fputs(".\n", out);
    if (text) {
        print_domain(key, text);
        fclose(text);
        fputs(".br\n(", out);
        print_roff(domain, out);
        fputs(")\n", out);
        free(domain);
    }
    if (key->note) {
        fputs(".br\nNo effect: ", out);
        print_roff(key->note, out);
        fputs(".\n", out);
    }
}

static void print_names(const struct schema_group *group, FILE *out)
{
    fputs("Accepted without effect, with one line that names them: ", out);
    for (size_t i = 0; i < group->count; i++) {
        fputs(i ? ", " : "", out);
        if (i % 6 == 0)
            fputc('\n', out);
        print_roff(group->keys[i].name, out);
    }
    fputs(".\n", out);
}

void schema_manual(FILE *out)
{
    const struct schema_group *group;

    for (size_t g = 0; (group = schema_group(g)); g++) {
        fprintf(out, ".SS %s\n", group->title);
        if (group->keys[0].type == SCHEMA_HVM) {
            print_names(group, out);
            continue;
        }
        for (size_t i = 0; i < group->count; i++)
            print_entry(&group->keys[i], out);
    }
}

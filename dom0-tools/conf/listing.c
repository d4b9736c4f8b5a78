/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema as text for people: a listing for the terminal, a section of the manual. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf/schema.h"

/* What may be written: a kind of value, the range, or the words; then the default. */
static void print_domain(const struct schema_key *key, FILE *out)
{
    static const char *const names[] = {
        [SCHEMA_STRING] = "text",
        [SCHEMA_NUMBER] = "number",
        [SCHEMA_BOOL] = "0 or 1",
        [SCHEMA_CHOICE] = "",
        [SCHEMA_ENUM] = "",
        [SCHEMA_LIST] = "list of texts",
        [SCHEMA_NUMLIST] = "set of CPUs",
        [SCHEMA_IGNORED] = "anything",
        [SCHEMA_HVM] = "anything",
        [SCHEMA_REFUSED] = "refused",
    };

    fputs(names[key->type], out);
    if (key->type == SCHEMA_NUMBER)
        fprintf(out, ", %" PRId64 " to %" PRId64, key->min, key->max);
    if (key->type == SCHEMA_CHOICE || key->type == SCHEMA_ENUM)
        fputs(key->choices, out);
    if (key->text)
        fprintf(out, "; default: %s", key->text);
    else if (key->type == SCHEMA_NUMBER && key->number >= 0)
        fprintf(out, "; default: %" PRId64, key->number);
}

static void list_key(const struct schema_key *key, FILE *out)
{
    fprintf(out, "  %-20s %s\n%23s(", key->name, key->help, "");
    print_domain(key, out);
    if (key->note)
        fprintf(out, "; no effect: %s", key->note);
    fputs(")\n", out);
}

/* Prints the names of a group in lines of a few. */
static void list_names(const struct schema_group *group, const char *indent,
                       void (*print)(const char *, FILE *), FILE *out)
{
    for (size_t i = 0; i < group->count; i++) {
        if (i % 5 == 0)
            fprintf(out, "%s%s", i ? ",\n" : "", indent);
        else
            fputs(", ", out);
        print(group->keys[i].name, out);
    }
}

static void print_plain(const char *text, FILE *out)
{
    fputs(text, out);
}

void schema_list(FILE *out)
{
    const struct schema_group *group;

    for (size_t g = 0; (group = schema_group(g)); g++) {
        fprintf(out, "%s%s:\n", g ? "\n" : "", group->title);
        if (group->keys[0].type == SCHEMA_HVM) {
            list_names(group, "  ", print_plain, out);
            fputs("\n  (accepted without effect)\n", out);
            continue;
        }
        for (size_t i = 0; i < group->count; i++)
            list_key(&group->keys[i], out);
    }
}

/* Text of the table as roff, in which a '\', '-', quote or first '.' would mean something else. */
static void print_roff(const char *text, FILE *out)
{
    static const struct {
        char c;
        const char *roff;
    } table[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'"', "\\(dq"}, {'.', "\\&."}};

    for (; *text; text++) {
        const char *roff = NULL;

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
            if (*text == table[i].c)
                roff = table[i].roff;
        if (roff)
            fputs(roff, out);
        else
            fputc(*text, out);
    }
}

static void print_entry(const struct schema_key *key, FILE *out)
{
    char domain[512] = "";
    FILE *text = fmemopen(domain, sizeof(domain), "w");

    if (text) {
        print_domain(key, text);
        fclose(text);
    }
    fputs(".TP\n.BI \"", out);
    print_roff(key->name, out);
    fputs(" = \" \"", out);
    print_roff(domain, out);
    fputs("\"\n", out);
    print_roff(key->help, out);
    fputs(".\n", out);
    if (key->note) {
        fputs("No effect: ", out);
        print_roff(key->note, out);
        fputs(".\n", out);
    }
}

void schema_manual(FILE *out)
{
    const struct schema_group *group;

    for (size_t g = 0; (group = schema_group(g)); g++) {
        fprintf(out, ".SS %s\n", group->title);
        if (group->keys[0].type == SCHEMA_HVM) {
            fputs("These are accepted without effect, with one line that names them:\n", out);
            list_names(group, "", print_roff, out);
            fputs(".\n", out);
            continue;
        }
        for (size_t i = 0; i < group->count; i++)
            print_entry(&group->keys[i], out);
    }
}

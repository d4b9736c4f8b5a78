/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What tests/mutate/run asks about the list:
 *
 *   mutation list TREE FILE...      "id file tests why equal" of each, separated by tabs
 *   mutation check TREE FILE...     those that do not apply to the tree, with the reason
 *   mutation apply TREE ID FILE...  change the tree by one of them
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("mutate: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static int check(const struct list *list, const char *tree)
{
    int status = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct mutation *m = &list->entry[i];
        const char *error = mutation_apply(m, tree, false);
        if (error) {
            printf("%s\t%s: %s%s%s\n", m->id, m->file, error, m->scope ? ", in " : "",
                   m->scope ?: "");
            status = 1;
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    const char *usage = "usage: mutation list|check TREE FILE... | mutation apply TREE ID FILE...";
    const char *command = argc > 3 ? argv[1] : "";
    int files = strcmp(command, "apply") == 0 ? 4 : 3;
    struct list list = {0};

    for (int i = files; i < argc; i++)
        list_read(&list, argv[i]);
    if (strcmp(command, "list") == 0) {
        for (size_t i = 0; i < list.count; i++)
            printf("%s\t%s\t%s\t%s\t%s\n", list.entry[i].id, list.entry[i].file,
                   list.entry[i].tests, list.entry[i].why, list.entry[i].equal ?: "-");
        return 0;
    }
    if (strcmp(command, "check") == 0)
        return check(&list, argv[2]);
    if (files == 4) {
        const struct mutation *m = list_find(&list, argv[3]);
        const char *error = m ? mutation_apply(m, argv[2], true) : "no such mutation";
        if (error)
            die("%s: %s", argv[3], error);
        return 0;
    }
    die("%s", usage);
}

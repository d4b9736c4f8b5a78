/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a verb by what was typed; see command.h. */
#include <stdio.h>
#include <string.h>

#include "conf/near.h"
#include "xm/xm.h"

static const struct command *const *all;

void command_table_set(const struct command *const *table)
{
    all = table;
}

const struct command *const *command_table(void)
{
    return all;
}

bool command_known(const struct toolstack *ts, const struct command *cmd)
{
    return !(ts->xl && cmd->xm_only);
}

/* Whoever follows a proposal without reading must not lose anything by it. */
static void propose(const struct toolstack *ts, const char *name)
{
    struct near near;

    near_init(&near, name);
    for (const struct command *const *cmd = command_table(); *cmd; cmd++)
        if ((*cmd)->harmless && command_known(ts, *cmd))
            near_try(&near, (*cmd)->name);
    if (near_best(&near))
        fprintf(stderr, "Did you mean: %s\n", near_best(&near));
}

static void list_matches(const struct toolstack *ts, const char *name)
{
    fprintf(stderr, "Error: Command '%s' is ambiguous:", name);
    for (const struct command *const *cmd = command_table(); *cmd; cmd++)
        if (command_known(ts, *cmd) && strncmp((*cmd)->name, name, strlen(name)) == 0)
            fprintf(stderr, " %s", (*cmd)->name);
    fputc('\n', stderr);
}

/* Names that older releases had; a notice says what to type today. */
static const char *alias_of(const char *name)
{
    static const char *const aliases[][2] = {
        {"balloon", "mem-set"},     {"set-vcpus", "vcpu-set"},      {"vif-list", "network-list"},
        {"vbd-list", "block-list"}, {"vbd-create", "block-attach"}, {"vbd-destroy", "block-detach"},
    };

    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (strcmp(name, aliases[i][0]) == 0) {
            fprintf(stderr, "Command %s is deprecated.  Please use xm %s instead.\n", name,
                    aliases[i][1]);
            return aliases[i][1];
        }
    return name;
}

const struct command *command_find(const struct toolstack *ts, const char *name)
{
    const struct command *found = NULL;
    int matches = 0;

    if (!ts->xl)
        name = alias_of(name);
    for (const struct command *const *cmd = command_table(); *cmd; cmd++) {
        if (!command_known(ts, *cmd) || strncmp((*cmd)->name, name, strlen(name)) != 0)
            continue;
        if (strcmp((*cmd)->name, name) == 0)
            return *cmd;
        matches++;
        found = *cmd;
    }
    if (matches == 1 && *name)
        return found;
    if (matches > 1) {
        list_matches(ts, name);
        return NULL;
    }
    fprintf(stderr, "Error: Sub Command %s not found!\n", name);
    propose(ts, name);
    fprintf(stderr, "Type '%s help' for a list of commands.\n", ts->program);
    return NULL;
}

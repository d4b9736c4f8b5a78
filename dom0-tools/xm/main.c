/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xm: one program for all domain management, with one file per verb.
 * Called as "xl" it speaks that tool's dialect where scripts could tell the difference.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/near.h"
#include "xm/commands.h"
#include "xm/xm.h"

#define X(name) &cmd_##name,
const struct command *const commands[] = {XM_COMMANDS(X) NULL};
#undef X

static void propose(const char *name)
{
    struct near near;

    near_init(&near, name);
    for (const struct command *const *cmd = commands; *cmd; cmd++)
        near_try(&near, (*cmd)->name);
    if (near_best(&near))
        fprintf(stderr, "Did you mean: %s\n", near_best(&near));
}

const struct command *command_find(const struct xm *xm, const char *name)
{
    const struct command *found = NULL;
    bool several = false;

    for (const struct command *const *cmd = commands; *cmd; cmd++) {
        if (strcmp((*cmd)->name, name) == 0)
            return *cmd;
        if (strncmp((*cmd)->name, name, strlen(name)) != 0)
            continue;
        several = found != NULL;
        found = *cmd;
    }
    if (found && !several && *name)
        return found;
    if (several) {
        fprintf(stderr, "Error: Command '%s' is ambiguous:", name);
        for (const struct command *const *cmd = commands; *cmd; cmd++)
            if (strncmp((*cmd)->name, name, strlen(name)) == 0)
                fprintf(stderr, " %s", (*cmd)->name);
        fputc('\n', stderr);
        return NULL;
    }
    fprintf(stderr, "Error: Sub Command %s not found!\n", name);
    propose(name);
    fprintf(stderr, "Type '%s help' for a list of commands.\n", xm->program);
    return NULL;
}

/* What a verb printed must have reached its reader before success is claimed. */
static int finish(struct xm *xm, int status)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        status = status ? status : XM_FAILED;
    xs_close(xm->xs);
    xc_interface_close(xm->xch);
    return status;
}

static bool wants_help(int argc, char **argv)
{
    return argc > 0 && (strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "--help") == 0);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct xm xm = {.program = slash ? slash + 1 : argv[0]};
    const struct command *cmd;
    struct args args;

    xm.xl = strcmp(xm.program, "xl") == 0;
    while (argc > 1 && argv[1][0] == '-' && xm.xl && !wants_help(1, argv + 1)) {
        argv++; /* xl's global options (-v, -N, -t...) change nothing here */
        argc--;
    }
    if (argc < 2 || wants_help(1, argv + 1)) {
        cmd_help.run(&xm, &(struct args){0});
        return finish(&xm, argc < 2 ? XM_FAILED : XM_OK);
    }
    cmd = command_find(&xm, argv[1]);
    if (!cmd)
        return XM_FAILED;
    if (wants_help(argc - 2, argv + 2)) {
        command_help(&xm, cmd);
        return finish(&xm, XM_OK);
    }
    if (!args_parse(&xm, cmd, argc - 2, argv + 2, &args))
        return XM_FAILED;
    return finish(&xm, cmd->run(&xm, &args));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any words as command lines of xm and xl, on the machine in memory: a line of the input is a
 * command line, its words are divided by tabs.  Every exit code is one of xm's; who fails says why;
 * and what is destroyed at the end leaves nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/hotplug.h"
#include "../machine.h"

#define WORDS 16

/* No program of the host is run, whatever the input calls a script. */
int hotplug_run(struct toolstack *ts, const char *script, const char *action, const char *type,
                uint32_t domid, uint32_t id)
{
    (void)type;
    (void)domid;
    (void)id;
    return strstr(script, "bad") ? fail(&ts->fail, "%s %s failed", script, action) : 0;
}

struct line {
    int argc;
    char *argv[WORDS + 1];
};

static int run(void *arg)
{
    struct line *line = arg;

    return xm_main(line->argc, line->argv);
}

/* xentop without -b wants a terminal, and without -i it does not end. */
static bool endless(const struct line *line)
{
    for (int i = 0; i < line->argc; i++)
        if (strncmp(line->argv[i], "to", 2) == 0 || strstr(line->argv[i], "xentop"))
            return true;
    return false;
}

static void run_line(char *text)
{
    struct line line = {.argv = {"xm"}, .argc = 1};
    char *rest, *word = strtok_r(text, "\t", &rest);
    int status;

    if (word && strcmp(word, "xl") == 0)
        line.argv[0] = "xl";
    while (word && line.argc < WORDS) {
        if (strcmp(word, "xl") != 0)
            line.argv[line.argc++] = word;
        word = strtok_r(NULL, "\t", &rest);
    }
    if (endless(&line))
        return;
    status = fake_capture(run, &line);
    if (status != XM_OK && status != XM_FAILED && status != XM_NO_DOMAIN)
        abort();
    if (status != XM_OK && !fake_err[0] && !fake_out[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static unsigned int runs;
    static int home = -1; /* where the fuzzer looks for its seeds */
    char text[1024], *rest;

    if (len >= sizeof(text))
        return 0;
    if (runs++ % 256 == 0) { /* files cost more than all the rest */
        fake_reset();
        fake_file("a.img", "");
        fake_file("etc/g", "name='g'; kernel='/dev/null'; memory=16\nvif=['bridge=xenbr0']");
    }
    if (home < 0)
        home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (chdir(fake_dir) != 0)
        abort();
    fake_again();
    fake_domain_add(7, "web");
    memcpy(text, data, len);
    text[len] = '\0';
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        run_line(line);
    destroy_all();
    return fchdir(home);
}

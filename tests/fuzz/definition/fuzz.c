/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the definition of a managed domain, as a crash, an editor or an older release left
 * it on the disk: every verb that reads it says what is wrong or does its work; what `list --long`
 * prints is one S-expression a domain, what `xl list -l` prints is JSON; deleting leaves nothing.
 */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/hotplug.h"
#include "../machine.h"

#define WORDS 6

/* No program of the host is run, whatever the input calls a script. */
int hotplug_run(struct toolstack *ts, const char *script, const char *action, const char *type,
                uint32_t domid, uint32_t id)
{
    (void)ts;
    (void)script;
    (void)action;
    (void)type;
    (void)domid;
    (void)id;
    return 0;
}

static int call(void *arg)
{
    char **argv = arg;
    int argc = 0;

    while (argv[argc])
        argc++;
    return xm_main(argc, argv);
}

/* A failure says why. */
static int run(const char *const *words)
{
    char *argv[WORDS + 1] = {0};
    int status;

    for (int i = 0; i < WORDS && words[i]; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    status = fake_capture(call, argv);
    if (status != XM_OK && status != XM_FAILED && status != XM_NO_DOMAIN)
        abort();
    if (status != XM_OK && !fake_err[0])
        abort();
    return status;
}
#define RUN(...) run((const char *const[WORDS + 1]){__VA_ARGS__})

/* Behind a text in quotes, where a backslash takes the next letter as it is. */
static const char *behind_quoted(const char *at)
{
    for (at++; *at != '\''; at++) {
        if (*at == '\\')
            at++;
        if (!*at || *at == '\n')
            abort(); /* no text goes over a line or has no end */
    }
    return at + 1;
}

/* Lists in lists: every one ends, and nothing stands outside of them. */
static void is_sxp(const char *at)
{
    int depth = 0;

    while (*at) {
        if (*at == '\'') {
            at = behind_quoted(at);
            continue;
        }
        depth += (*at == '(') - (*at == ')');
        if (depth < 0 || (depth == 0 && !strchr(")\n", *at)))
            abort();
        at++;
    }
    if (depth)
        abort();
}

static void is_json(const char *text)
{
    enum json_tokener_error error;
    struct json_object *object = json_tokener_parse_verbose(text, &error);

    if (!object || error != json_tokener_success)
        abort();
    json_object_put(object);
}

static void listed(void)
{
    if (RUN("xm", "list", "--long") == XM_OK)
        is_sxp(fake_out);
    if (RUN("xl", "list", "-l") == XM_OK)
        is_json(fake_out);
    RUN("xm", "list");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static unsigned int runs;
    char text[1025];

    if (len >= sizeof(text) || memchr(data, 0, len))
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';
    if (runs++ % 256 == 0) { /* files cost more than all the rest */
        fake_reset();
        fake_file("a.img", "");
    }
    fake_again();
    fake_file("managed/g.cfg", text);
    listed();
    if (RUN("xm", "start", "g", "-p") == XM_OK) {
        listed();
        RUN("xm", "network-attach", "g", "bridge=xenbr0");
        RUN("xm", "rename", "g", "h");
        listed();
    }
    destroy_all();
    RUN("xm", "delete", "h");
    RUN("xm", "delete", "g");
    if (fake_file_exists("managed/g.cfg") || fake_file_exists("managed/h.cfg"))
        abort();
    return 0;
}

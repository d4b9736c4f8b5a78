/* SPDX-License-Identifier: BSD-2-Clause */
/* pygrub's command line; see options.h. */
#include <string.h>

#include "bootloader/options.h"

/* Its letter, if it has one, its name, and whether a value belongs to it. */
struct option_name {
    char letter;
    const char *name;
    bool value;
};

static const struct option_name names[] = {
    {'q', "quiet", false},
    {'i', "interactive", false},
    {'l', "list-entries", false},
    {'n', "not-really", false},
    {'h', "help", false},
    {0, "output", true},
    {0, "output-format", true},
    {0, "output-directory", true},
    {0, "kernel", true},
    {0, "ramdisk", true},
    {0, "args", true},
    {0, "entry", true},
    {0, "offset", true},
    {0, "timeout", true},
    {0, "debug", false},
};

static int set_format(struct boot_options *o, const char *value, struct fail *f)
{
    if (output_format(value, &o->format))
        return 0;
    return fail(f, "'%s' is no output format (sxp, simple or simple0)", value);
}

static int apply(struct boot_options *o, const char *name, const char *value, struct fail *f)
{
    struct boot_request *r = &o->request;
    const char *given = value && *value ? value : NULL; /* xl gives empty ones for "none" */

    if (strcmp(name, "quiet") == 0)
        o->quiet = true;
    else if (strcmp(name, "interactive") == 0)
        o->interactive = true;
    else if (strcmp(name, "list-entries") == 0)
        o->list = true;
    else if (strcmp(name, "not-really") == 0)
        r->name_only = true;
    else if (strcmp(name, "help") == 0)
        o->help = true;
    else if (strcmp(name, "output") == 0)
        o->output = given;
    else if (strcmp(name, "output-format") == 0)
        return set_format(o, value, f);
    else if (strcmp(name, "output-directory") == 0)
        o->directory = given;
    else if (strcmp(name, "kernel") == 0)
        r->kernel = given;
    else if (strcmp(name, "ramdisk") == 0)
        r->ramdisk = given;
    else if (strcmp(name, "args") == 0)
        r->args = given;
    else if (strcmp(name, "entry") == 0)
        r->entry = given;
    else if (strcmp(name, "offset") == 0 && given && strcmp(given, "0") != 0)
        return fail(f, "--offset=%s: partitions are found by their table", given);
    return 0;
}

static const struct option_name *find(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i].name) == len && strncmp(names[i].name, word, len) == 0)
            return &names[i];
    return NULL;
}

static const struct option_name *find_letter(char letter)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].letter == letter && letter)
            return &names[i];
    return NULL;
}

/* "--name", "--name=value" or "--name value"; how many words it took, or -1. */
static int long_option(struct boot_options *o, int argc, char **argv, struct fail *f)
{
    const char *word = argv[0] + 2;
    size_t len = strcspn(word, "=");
    const struct option_name *name = find(word, len);
    const char *value = word[len] ? word + len + 1 : NULL;
    int words = 1;

    if (!name || (value && !name->value))
        return fail(f, "pygrub has no option '%s'", argv[0]);
    if (name->value && !value) {
        if (argc < 2)
            return fail(f, "%s needs a value", argv[0]);
        value = argv[1];
        words = 2;
    }
    return apply(o, name->name, value, f) ? -1 : words;
}

static int letters(struct boot_options *o, const char *word, struct fail *f)
{
    for (const char *c = word + 1; *c; c++) {
        const struct option_name *name = find_letter(*c);

        if (!name)
            return fail(f, "pygrub has no option '%s'", word);
        apply(o, name->name, NULL, f);
    }
    return 1;
}

int boot_options(int argc, char **argv, struct boot_options *out, struct fail *f)
{
    *out = (struct boot_options){.format = OUTPUT_SXP, .directory = "/run/xen/pygrub"};
    for (int i = 0; i < argc;) {
        int words = 1;

        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2])
            words = long_option(out, argc - i, argv + i, f);
        else if (argv[i][0] == '-' && argv[i][1])
            words = letters(out, argv[i], f);
        else if (!out->disk)
            out->disk = argv[i];
        else
            return fail(f, "one disk only: '%s' and '%s'", out->disk, argv[i]);
        if (words < 0)
            return -1;
        i += words;
    }
    return 0;
}

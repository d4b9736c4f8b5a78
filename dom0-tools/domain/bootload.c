/* SPDX-License-Identifier: BSD-2-Clause */
/* From a guest's disk to its kernel; see bootload.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bootloader/options.h"
#include "bootloader/unpacked.h"
#include "domain/bootload.h"
#include "domain/disk.h"
#include "lib/xalloc.h"

#define WORDS_MAX 32u

/* The first one of the config: what xm and xl give to a boot loader. */
static const struct disk *first_disk(const struct creation *c)
{
    for (size_t i = 0; i < c->device_count; i++)
        if (c->devices[i]->class == &class_disk)
            return (const struct disk *)c->devices[i];
    return NULL;
}

static int bad(struct toolstack *ts, const struct creation *c, const struct fail *why)
{
    return conf_fail(c->conf, "bootloader", NULL, &ts->fail, "%s", why->text);
}

/* Reads bootargs, cut into words in @text, and bootloader_args. */
static int read_words(const struct creation *c, char *text, struct boot_options *o,
                      struct fail *why)
{
    char *words[WORDS_MAX], *rest = text, *word;
    const struct conf_value *value;
    int n = 0;

    while (n < (int)WORDS_MAX && (word = strsep(&rest, " \t")))
        if (*word)
            words[n++] = word;
    for (size_t i = 0; n < (int)WORDS_MAX && (value = conf_item(c->conf, "bootloader_args", i));
         i++)
        words[n++] = value->text;
    return boot_options(n, words, o, why);
}

/* @text holds the words of bootargs for as long as @o is used. */
static int read_options(struct toolstack *ts, const struct creation *c, char **text,
                        struct boot_options *o)
{
    const char *given = conf_string(c->conf, "bootargs");
    struct boot_request *r = &o->request;
    struct fail why;

    *text = xmemdup(given ? given : "", given ? strlen(given) : 0);
    if (read_words(c, *text, o, &why)) {
        free(*text);
        return conf_fail(c->conf, conf_find(c->conf, "bootargs") ? "bootargs" : "bootloader_args",
                         NULL, &ts->fail, "%s", why.text);
    }
    if (conf_string(c->conf, "bootentry"))
        r->entry = conf_string(c->conf, "bootentry");
    if (conf_string(c->conf, "kernel"))
        r->kernel = conf_string(c->conf, "kernel");
    if (conf_string(c->conf, "ramdisk"))
        r->ramdisk = conf_string(c->conf, "ramdisk");
    if (!r->args)
        r->args = c->cmdline;
    r->choose = o->quiet || r->entry ? NULL : c->choose_boot;
    r->name_only = false;
    r->ramdisk_max = c->build.nr_pages << 12;
    return 0;
}

int bootload_check(struct toolstack *ts, struct creation *c)
{
    const char *name = conf_string(c->conf, "bootloader"), *slash = strrchr(name, '/');
    struct boot_options o;
    char *text;

    if (strcmp(slash ? slash + 1 : name, "pygrub") != 0)
        return conf_fail(c->conf, "bootloader", NULL, &ts->fail,
                         "the only boot loader is pygrub, not %s (PvGrub is given as kernel=)",
                         name);
    if (!first_disk(c))
        return conf_fail(c->conf, "bootloader", NULL, &ts->fail,
                         "there is no disk to boot from (disk = [ 'file:/path,xvda,w' ])");
    if (read_options(ts, c, &text, &o))
        return -1;
    free(text);
    return 0;
}

/* As a name, for those that open by name; it lives as long as the descriptor. */
static const char *fd_name(int fd, char name[32])
{
    snprintf(name, 32, "/proc/self/fd/%d", fd);
    return name;
}

static int open_files(struct toolstack *ts, struct creation *c, const struct boot_files *files)
{
    struct fail why = {""};
    int elf = boot_unpack(files->kernel, &why);
    char name[32];
    int ret = 0;

    if (elf < 0)
        return bad(ts, c, &why);
    if (kernel_image_open(&c->kernel, fd_name(elf, name), &why) ||
        (files->ramdisk >= 0 && file_map_open(&c->ramdisk, fd_name(files->ramdisk, name), &why)))
        ret = bad(ts, c, &why);
    close(elf);
    return ret;
}

static int take(struct toolstack *ts, struct creation *c, const struct boot_files *files)
{
    if (strlen(files->args) >= sizeof(c->cmdline))
        return conf_fail(c->conf, "bootloader", NULL, &ts->fail,
                         "the command line on the disk, with root= and extra=, has %zu bytes "
                         "(%zu are the most that a guest can be given)",
                         strlen(files->args), sizeof(c->cmdline) - 1);
    if (open_files(ts, c, files))
        return -1;
    strcpy(c->cmdline, files->args);
    c->found_name = xmemdup(files->kernel_name, strlen(files->kernel_name));
    c->kernel_name = c->found_name;
    return 0;
}

int bootload(struct toolstack *ts, struct creation *c)
{
    const char *path = first_disk(c)->spec.target;
    struct boot_files files;
    struct boot_options o;
    struct fail why;
    char *text;
    int fd, ret;

    if (read_options(ts, c, &text, &o))
        return -1;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        ret = conf_fail(c->conf, "bootloader", NULL, &ts->fail, "cannot open %s: %s", path,
                        strerror(errno));
    else if (boot_load(fd, &o.request, &files, &why))
        ret = conf_fail(c->conf, "bootloader", NULL, &ts->fail, "%s: %s", path, why.text);
    else {
        ret = take(ts, c, &files);
        boot_close(&files);
    }
    if (fd >= 0)
        close(fd);
    free(text);
    return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pygrub: the boot loader as a program of its own, for an xl or a script that runs one.  xm and
 * xend do the same in themselves (boot.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bootloader/choose.h"
#include "bootloader/options.h"

static const char usage[] =
    "Usage: pygrub [OPTION]... DISK\n"
    "Find the kernel that a guest's disk boots, copy it out and say where it is.\n\n"
    "  -q, --quiet               do not ask\n"
    "  -i, --interactive         show the menu and ask\n"
    "  -l, --list-entries        print the menu\n"
    "  -n, --not-really          name the kernel, copy nothing\n"
    "      --entry=ENTRY         the entry with this number, title or id\n"
    "      --kernel=FILE         this kernel of the disk, without a menu\n"
    "      --ramdisk=FILE        and this RAM disk\n"
    "      --args=ARGS           added to the kernel's command line\n"
    "      --output=FILE         write the answer there\n"
    "      --output-format=FORM  sxp, simple or simple0\n"
    "      --output-directory=DIR\n"
    "                            where to put kernel and RAM disk (/run/xen/pygrub)\n"
    "  -h, --help                show this text\n";

static int report(const struct fail *f)
{
    fprintf(stderr, "pygrub: %s\n", f->text);
    return 1;
}

static int list(int disk)
{
    struct menu *menu = calloc(1, sizeof(*menu));
    struct fail f;

    if (!menu || boot_menu(disk, menu, &f))
        return report(&f);
    for (unsigned int i = 0; i < menu->count; i++) {
        const struct menu_entry *e = &menu->entry[i];

        printf("title: %s\n  entry: %s\n  kernel: %s\n  args: %s\n", e->title, e->position,
               e->kernel, e->args);
        if (e->ramdisk[0])
            printf("  ramdisk: %s\n", e->ramdisk);
    }
    free(menu);
    return 0;
}

/* Copies the anonymous file @from into @dir under a name of its own, which goes to @path. */
static int keep(int from, const char *dir, const char *what, char path[256], struct fail *f)
{
    struct stat st;
    int to;
    bool ok;

    if (snprintf(path, 256, "%s/boot_%s.XXXXXX", dir, what) >= 256)
        return fail(f, "the name of directory %s is too long", dir);
    if (mkdir(dir, 0700) && errno != EEXIST)
        return fail(f, "cannot make %s: %s", dir, strerror(errno));
    to = mkstemp(path);
    if (to < 0)
        return fail(f, "cannot write to %s: %s", dir, strerror(errno));
    ok = fstat(from, &st) == 0 && lseek(from, 0, SEEK_SET) == 0;
    for (off_t left = ok ? st.st_size : 0; ok && left > 0;) {
        ssize_t n = sendfile(to, from, NULL, left);

        ok = n > 0;
        left -= n;
    }
    if (close(to) == 0 && ok)
        return 0;
    fail(f, "cannot write %s: %s", path, strerror(errno));
    unlink(path);
    return -1;
}

static int answer(const struct boot_options *o, const char *kernel, const char *ramdisk,
                  const char *args, struct fail *f)
{
    static char text[2 * MENU_PATH + 2 * MENU_ARGS + 64];
    size_t len = output_write(o->format, kernel, ramdisk, args, text, sizeof(text));
    int fd = o->output ? open(o->output, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : STDOUT_FILENO;
    bool ok = len && fd >= 0 && write(fd, text, len) == (ssize_t)len;

    if (!len)
        return fail(f, "the kernel's name or arguments cannot be told to the caller");
    if (o->output && fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok ? 0 : fail(f, "cannot write the answer: %s", strerror(errno));
}

static int deliver(const struct boot_options *o, const struct boot_files *files, struct fail *f)
{
    char kernel[256], ramdisk[256];
    const bool has_ramdisk = files->ramdisk >= 0;

    if (o->request.name_only)
        return answer(o, files->kernel_name, files->ramdisk_name[0] ? files->ramdisk_name : NULL,
                      files->args, f);
    if (keep(files->kernel, o->directory, "kernel", kernel, f))
        return -1;
    if (has_ramdisk && keep(files->ramdisk, o->directory, "ramdisk", ramdisk, f)) {
        unlink(kernel);
        return -1;
    }
    if (answer(o, kernel, has_ramdisk ? ramdisk : NULL, files->args, f) == 0)
        return 0;
    unlink(kernel);
    if (has_ramdisk)
        unlink(ramdisk);
    return -1;
}

int main(int argc, char **argv)
{
    struct boot_options o;
    struct boot_files files;
    struct fail f;
    int disk, ret;

    if (boot_options(argc - 1, argv + 1, &o, &f))
        return report(&f);
    if (o.help || !o.disk) {
        fputs(usage, o.help ? stdout : stderr);
        return o.help ? 0 : 2;
    }
    disk = open(o.disk, O_RDONLY | O_CLOEXEC);
    if (disk < 0) {
        fail(&f, "cannot open %s: %s", o.disk, strerror(errno));
        return report(&f);
    }
    if (o.list)
        return list(disk);
    if ((o.interactive || isatty(STDIN_FILENO)) && !o.quiet && !o.request.entry)
        o.request.choose = choose;
    if (boot_load(disk, &o.request, &files, &f))
        return report(&f);
    ret = deliver(&o, &files, &f);
    boot_close(&files);
    return ret ? report(&f) : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of boot menus; see menu_read.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bootloader/child.h"
#include "bootloader/entries.h"
#include "bootloader/menu_read.h"

/* In pygrub's order: what was written for it (menu.lst, by xen-create-image) goes first. */
static const struct place {
    enum menu_kind kind;
    const char *dir, *file;
} places[] = {
    {MENU_GRUB1, "/boot/grub", "menu.lst"},
    {MENU_GRUB1, "/boot/grub", "grub.conf"},
    {MENU_GRUB1, "/grub", "menu.lst"},
    {MENU_GRUB1, "/grub", "grub.conf"},
    {MENU_GRUB2, "/boot/grub", "grub.cfg"},
    {MENU_GRUB2, "/grub", "grub.cfg"},
    {MENU_GRUB2, "/boot/grub2", "grub.cfg"},
    {MENU_GRUB2, "/grub2", "grub.cfg"},
    {MENU_SYSLINUX, "/boot/extlinux", "extlinux.conf"},
    {MENU_SYSLINUX, "/extlinux", "extlinux.conf"},
    {MENU_SYSLINUX, "/boot/syslinux", "syslinux.cfg"},
    {MENU_SYSLINUX, "/syslinux", "syslinux.cfg"},
    {MENU_SYSLINUX, "", "extlinux.conf"},
    {MENU_SYSLINUX, "", "syslinux.cfg"},
};

static void *map_file(int fd, size_t *len)
{
    struct stat st;
    void *at;

    *len = fstat(fd, &st) == 0 && st.st_size > 0 ? st.st_size : 0;
    at = *len ? mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    return at == MAP_FAILED ? NULL : at;
}

/* What the process that parses has in its memory. */
struct job {
    const struct place *place;
    const char *text;
    size_t len;
    struct menu *shared;
};

static int parse_confined(void *arg)
{
    struct job *job = arg;

    menu_parse(job->place->kind, job->text, job->len, job->place->dir, job->shared);
    return 0;
}

/* @job has the menu's text. */
static int parse(struct job *job, struct menu *menu, struct fail *f)
{
    const struct place *place = job->place;

    if (child_run(parse_confined, job))
        return fail(f, "the boot menu %s/%s cannot be read", place->dir, place->file);
    memcpy(menu, job->shared, sizeof(*menu));
    menu_sanitize(menu);
    return menu->count ? 0
                       : fail(f, "the boot menu %s/%s has no entry that can be booted", place->dir,
                              place->file);
}

/* @file, which lies on @device of the image open in @fd. */
static int read_menu(int fd, const char *device, const struct place *place, int file,
                     struct menu *menu, struct fail *f)
{
    struct menu *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t len;
    char *text = map_file(file, &len), *joined = NULL;
    struct job job = {place, text, len, shared};
    int ret = -1;

    if (shared == MAP_FAILED) {
        fail(f, "there is no memory for the boot menu");
    } else if (text) {
        if (place->kind == MENU_GRUB2)
            joined = entries_join(fd, device, place->dir, text, &job.len);
        if (joined)
            job.text = joined;
        ret = parse(&job, menu, f);
    } else {
        fail(f, "the boot menu %s/%s is empty", place->dir, place->file);
    }
    free(joined);
    if (text)
        munmap(text, len);
    if (shared != MAP_FAILED)
        munmap(shared, sizeof(*shared));
    return ret;
}

/* What lies in a device's first directory, so that not every place has to be tried. */
struct top {
    char text[4096];
};

static bool list_top(int fd, const char *device, struct top *top, struct fail *f)
{
    int list = image_list(fd, device, "/", f);
    ssize_t n;

    if (list < 0)
        return false;
    n = pread(list, top->text, sizeof(top->text) - 1, 0);
    top->text[n > 0 ? n : 0] = '\0';
    close(list);
    return true;
}

static bool may_be_there(const struct place *place, const struct top *top)
{
    const char *name = place->dir[0] ? place->dir + 1 : place->file;
    char first[32];

    if (strlen(top->text) == sizeof(top->text) - 1)
        return true; /* a long list, of which there is only a part */
    memcpy(first, name, strcspn(name, "/") + 1);
    first[strcspn(name, "/")] = '\0';
    return strstr(top->text, first) != NULL;
}

int menu_read_disk(int fd, const struct image_devices *devices, struct menu *menu, struct fail *f)
{
    struct fail why;
    struct top top;
    char path[64];

    fail(f, "no boot menu (grub.cfg, menu.lst, extlinux.conf) is on the disk");
    for (unsigned int d = 0; d < devices->count; d++) {
        if (!list_top(fd, devices->name[d], &top, &why)) {
            if (errno != ENOENT)
                *f = why;
            continue;
        }
        for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
            int file;

            if (!may_be_there(&places[p], &top))
                continue;
            strcat(strcat(strcpy(path, places[p].dir), "/"), places[p].file);
            file = image_read(fd, devices->name[d], path, MENU_BYTES, &why);
            if (file < 0) {
                if (errno != ENOENT)
                    *f = why;
                continue;
            }
            if (read_menu(fd, devices->name[d], &places[p], file, menu, f) == 0) {
                close(file);
                return d;
            }
            close(file);
        }
    }
    return -1;
}

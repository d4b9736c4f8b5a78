/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot loader; see boot.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bootloader/boot.h"
#include "bootloader/menu_read.h"

void boot_close(struct boot_files *files)
{
    if (files->kernel >= 0)
        close(files->kernel);
    if (files->ramdisk >= 0)
        close(files->ramdisk);
    files->kernel = files->ramdisk = -1;
}

/*
 * Reads a file from device @first, or, where a menu names another partition than its own, from the
 * first one that has it.
 */
static int read_from(int fd, const struct image_devices *devices, unsigned int first,
                     const char *path, size_t max, struct fail *f)
{
    int file = image_read(fd, devices->name[first], path, max, f);

    for (unsigned int d = 0; file < 0 && errno == ENOENT && d < devices->count; d++)
        if (d != first)
            file = image_read(fd, devices->name[d], path, max, f);
    if (file < 0 && errno == ENOENT)
        return fail(f, "%s is on no file system of the disk", path);
    return file;
}

static int read_files(int fd, const struct boot_request *request,
                      const struct image_devices *devices, unsigned int first,
                      struct boot_files *out, struct fail *f)
{
    size_t max = request->ramdisk_max ? request->ramdisk_max : BOOT_RAMDISK_MAX;

    out->kernel = read_from(fd, devices, first, out->kernel_name, BOOT_KERNEL_MAX, f);
    if (out->kernel >= 0 && out->ramdisk_name[0])
        out->ramdisk = read_from(fd, devices, first, out->ramdisk_name, max, f);
    if (out->kernel >= 0 && (out->ramdisk >= 0 || !out->ramdisk_name[0]))
        return 0;
    boot_close(out);
    return -1;
}

static int set(char *to, size_t cap, const char *from, struct fail *f)
{
    if (snprintf(to, cap, "%s", from) < (int)cap)
        return 0;
    return fail(f, "'%.60s...' is too long", from);
}

static int take_entry(const struct boot_request *request, const struct menu *menu,
                      struct boot_files *out, struct fail *f)
{
    const struct menu_entry *entry = menu_find(menu, request->entry);
    struct menu_entry chosen;

    if (!entry)
        return fail(f, "the boot menu has no entry '%s' (pygrub --list-entries shows them)",
                    request->entry);
    if (request->choose && !request->choose(menu, entry, &chosen))
        return fail(f, "no entry of the boot menu was chosen");
    if (request->choose)
        entry = &chosen;
    memcpy(out->kernel_name, entry->kernel, sizeof(out->kernel_name));
    memcpy(out->ramdisk_name, entry->ramdisk, sizeof(out->ramdisk_name));
    memcpy(out->args, entry->args, sizeof(out->args));
    return 0;
}

/* The number of the device to look at first, or -1. */
static int find_names(int fd, const struct boot_request *request,
                      const struct image_devices *devices, struct boot_files *out, struct fail *f)
{
    struct menu *menu;
    int device;

    if (request->kernel) {
        if (set(out->kernel_name, sizeof(out->kernel_name), request->kernel, f) ||
            set(out->ramdisk_name, sizeof(out->ramdisk_name),
                request->ramdisk ? request->ramdisk : "", f))
            return -1;
        if (out->kernel_name[0] == '/' && (!out->ramdisk_name[0] || out->ramdisk_name[0] == '/'))
            return 0;
        return fail(f, "kernel and RAM disk on the disk are named by their whole path (/boot/...)");
    }
    menu = malloc(sizeof(*menu));
    device = menu ? menu_read_disk(fd, devices, menu, f) : fail(f, "out of memory");
    if (device >= 0 && take_entry(request, menu, out, f))
        device = -1;
    free(menu);
    return device;
}

static int add_args(struct boot_files *out, const char *more, struct fail *f)
{
    size_t used = strlen(out->args);

    if (!more || !*more)
        return 0;
    return set(out->args + used, sizeof(out->args) - used, used ? " " : "", f) ||
                   set(out->args + used + (used != 0), sizeof(out->args) - used - (used != 0), more,
                       f)
               ? -1
               : 0;
}

int boot_load(int fd, const struct boot_request *request, struct boot_files *out, struct fail *f)
{
    struct image_devices devices;
    int device;

    *out = (struct boot_files){.kernel = -1, .ramdisk = -1};
    if (image_devices(fd, &devices, f))
        return -1;
    device = find_names(fd, request, &devices, out, f);
    if (device < 0 || add_args(out, request->args, f))
        return -1;
    return request->name_only ? 0 : read_files(fd, request, &devices, device, out, f);
}

int boot_menu(int fd, struct menu *menu, struct fail *f)
{
    struct image_devices devices;

    return image_devices(fd, &devices, f) || menu_read_disk(fd, &devices, menu, f) < 0 ? -1 : 0;
}

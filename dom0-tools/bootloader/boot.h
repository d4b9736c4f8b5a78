/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot loader: from a guest's disk to its kernel, RAM disk and command line. */
#ifndef BOOTLOADER_BOOT_H
#define BOOTLOADER_BOOT_H

#include <stdbool.h>

#include "bootloader/menu.h"
#include "lib/fail.h"

/* Larger kernels and RAM disks are refused, bytes. */
#define BOOT_KERNEL_MAX  (256ul << 20)
#define BOOT_RAMDISK_MAX (1024ul << 20)

/* What the user may say about it; zeroed: boot what the menu preselects. */
struct boot_request {
    const char *entry;            /* number, title or id; NULL: the preselected one */
    const char *kernel, *ramdisk; /* files on the disk, instead of a menu's; NULL */
    const char *args;             /* added to the command line; NULL */
    /* Lets the user choose an entry (choose.h); false: none.  NULL: nobody is asked. */
    bool (*choose)(const struct menu *menu, const struct menu_entry *preselected,
                   struct menu_entry *chosen);
    bool name_only;     /* do not read kernel and RAM disk */
    size_t ramdisk_max; /* bytes; 0: BOOT_RAMDISK_MAX */
};

struct boot_files {
    int kernel, ramdisk; /* anonymous files; -1: none, or not read */
    char kernel_name[MENU_PATH],
        ramdisk_name[MENU_PATH]; /* on the disk; ramdisk_name may be empty */
    char args[MENU_ARGS];
};

/* Fills @out from the disk open in @fd; 0, or -1 with @f and nothing open. */
int boot_load(int fd, const struct boot_request *request, struct boot_files *out, struct fail *f);
void boot_close(struct boot_files *files);

/* The menu of the disk open in @fd; 0, or -1 with @f. */
int boot_menu(int fd, struct menu *menu, struct fail *f);

#endif

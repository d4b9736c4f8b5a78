/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot menus of guests: GRUB 2 (grub.cfg), GRUB legacy (menu.lst), extlinux and syslinux.  Pure, in
 * fixed memory and time: the text is a guest's.
 */
#ifndef BOOTLOADER_MENU_H
#define BOOTLOADER_MENU_H

#include <stdbool.h>
#include <stddef.h>

#define MENU_ENTRIES 64u
#define MENU_TITLE   256u
#define MENU_PATH    1024u
#define MENU_ARGS    2048u
/* A menu file larger than this is something else, bytes. */
#define MENU_BYTES (1u << 20)

struct menu_entry {
    char title[MENU_TITLE];  /* of a submenu's entry: "Submenu>Title" */
    char id[MENU_TITLE];     /* GRUB 2's --id, as the title; syslinux' label; or empty */
    char position[24];       /* GRUB's number: "0", "1>2" */
    char kernel[MENU_PATH];  /* within the guest's file system; empty: nothing to boot */
    char ramdisk[MENU_PATH]; /* empty: none */
    char args[MENU_ARGS];
};

struct menu {
    unsigned int count;
    char preselected[MENU_TITLE]; /* a number, title or id; empty: the first */
    unsigned int timeout;         /* seconds; 0: none */
    struct menu_entry entry[MENU_ENTRIES];
};

enum menu_kind { MENU_GRUB2, MENU_GRUB1, MENU_SYSLINUX };

/*
 * Reads @len bytes of a menu of @kind that lies in directory @dir ("/boot/extlinux").  Entries
 * without a kernel, or with a control character in what would be used of them, are left out.
 * Behind GRUB 2's text there may be entries that are files of their own: each a 0, its name, a 0, its text.
 */
void menu_parse(enum menu_kind kind, const char *text, size_t len, const char *dir,
                struct menu *menu);

/* The entry that @which names (number, title or id; NULL: the preselected one); NULL: none. */
const struct menu_entry *menu_find(const struct menu *menu, const char *which);

/*
 * Makes a menu that another process wrote safe to use: counts within bounds, every text
 * terminated and free of control characters.
 */
void menu_sanitize(struct menu *menu);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading entries of a boot menu that are files of their own (loader/entries/NAME.conf). */
#ifndef BOOTLOADER_ENTRIES_H
#define BOOTLOADER_ENTRIES_H

#include <stddef.h>

/*
 * If GRUB 2's menu @text asks for such entries: a copy of it (malloc'ed) with those that lie beside the menu's
 * directory @dir on @device, newest first, behind it as menu_parse() takes them; *@len is that of both.  NULL: it
 * asks for none, or there is no memory.
 */
char *entries_join(int fd, const char *device, const char *dir, const char *text, size_t *len);

#endif

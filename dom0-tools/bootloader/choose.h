/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot menu on the terminal. */
#ifndef BOOTLOADER_CHOOSE_H
#define BOOTLOADER_CHOOSE_H

#include "bootloader/menu.h"

/*
 * Shows @menu on standard error and reads a number from standard input; an empty line, the end of
 * the input, or the menu's time-out choose @preselected.
 */
const struct menu_entry *choose(const struct menu *menu, const struct menu_entry *preselected);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot menu on the terminal. */
#ifndef BOOTLOADER_CHOOSE_H
#define BOOTLOADER_CHOOSE_H

#include "bootloader/menu.h"

/*
 * Lets the user choose from @menu: on a terminal's whole screen, by the cursor keys; where there is
 * none that curses knows, by number, from standard input, asked for on standard error.  An empty
 * line, the end of the input and the menu's time-out choose @preselected.  False: the user gave up.
 */
bool choose(const struct menu *menu, const struct menu_entry *preselected,
            struct menu_entry *chosen);

enum screen_end { SCREEN_CHOSEN, SCREEN_LEFT, SCREEN_NONE };

/* The same on the whole screen; SCREEN_NONE: this is no terminal that curses knows. */
enum screen_end choose_on_screen(const struct menu *menu, const struct menu_entry *preselected,
                                 struct menu_entry *chosen);

#endif

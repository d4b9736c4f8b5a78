/* SPDX-License-Identifier: BSD-2-Clause */
/* A boot menu and the user that moves in it: what each key does, without a terminal. */
#ifndef BOOTLOADER_CHOOSER_H
#define BOOTLOADER_CHOOSER_H

#include "bootloader/menu.h"

struct chooser {
    const struct menu *menu;
    unsigned int marked; /* number of the entry under the bar */
    unsigned int top,
        rows;             /* number of the first one on the screen, and how many it has room for */
    unsigned int seconds; /* until the marked one is booted; 0: whenever the user says so */
    bool editing;         /* keys go to args */
    char args[MENU_ARGS]; /* the marked entry's arguments as they are being changed */
    size_t len, cursor;   /* of args, bytes */
};

enum chooser_end { CHOOSER_GOES_ON, CHOOSER_BOOTS, CHOOSER_LEAVES };

/* @menu has at least one entry, one of which is @preselected. */
void chooser_begin(struct chooser *c, const struct menu *menu,
                   const struct menu_entry *preselected);

/* The screen has @rows lines for entries (at least 1 is assumed). */
void chooser_fit(struct chooser *c, unsigned int rows);

/* @key as curses names it; whatever it is, the count-down ends. */
enum chooser_end chooser_key(struct chooser *c, int key);

/* A second has gone by without a key. */
enum chooser_end chooser_second(struct chooser *c);

/* What was chosen, after CHOOSER_BOOTS. */
void chooser_result(const struct chooser *c, struct menu_entry *chosen);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot menu on the whole screen; see choose.h. */
#include <curses.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "bootloader/choose.h"
#include "bootloader/chooser.h"

/* Lines that are not entries: heading, blank, blank, kernel, arguments, keys, count-down. */
#define OTHER_LINES 7

/*
 * @text from byte @from on, as far as the line goes.  It is a guest's: what is not ASCII could be
 * half of a letter, or a terminal's command, and is shown as '?'.
 */
static void put(int row, int column, const char *text, size_t from)
{
    const size_t len = strlen(text);

    for (; column < COLS && from < len; column++, from++) {
        const unsigned char letter = (unsigned char)text[from];

        mvaddch(row, column, letter >= ' ' && letter < 0x7f ? letter : '?');
    }
}

static void draw_entries(const struct chooser *c)
{
    for (unsigned int i = 0; i < c->rows && c->top + i < c->menu->count; i++) {
        const bool marked = c->top + i == c->marked;

        if (marked)
            attron(A_REVERSE);
        mvaddstr(2 + (int)i, 0, marked ? "* " : "  ");
        put(2 + (int)i, 2, c->menu->entry[c->top + i].title, 0);
        if (marked)
            attroff(A_REVERSE);
    }
}

/* The end of a long line is shown while it is changed: where the cursor is. */
static void draw_arguments(const struct chooser *c, int row)
{
    static const char label[] = "arguments: ";
    const size_t room = COLS > (int)sizeof(label) ? (size_t)COLS - sizeof(label) : 1;
    const size_t from = c->editing && c->cursor > room ? c->cursor - room : 0;

    mvaddstr(row, 0, label);
    put(row, sizeof(label) - 1, c->editing ? c->args : c->menu->entry[c->marked].args, from);
    curs_set(c->editing);
    if (c->editing)
        move(row, (int)(sizeof(label) - 1 + c->cursor - from));
}

static void draw(struct chooser *c)
{
    const int below = LINES > OTHER_LINES ? LINES - OTHER_LINES + 3 : 4;

    chooser_fit(c, LINES > OTHER_LINES ? (unsigned int)(LINES - OTHER_LINES) : 1);
    erase();
    mvaddstr(0, 0, "Boot menu of the guest's disk");
    draw_entries(c);
    mvaddstr(below, 0, "kernel: ");
    put(below, 8, c->menu->entry[c->marked].kernel, 0);
    mvaddstr(below + 2, 0,
             c->editing ? "Enter: boot with these arguments  Esc: as they were"
                        : "Enter: boot  Up, Down: another entry  a: change its arguments  q: quit");
    if (c->seconds)
        mvprintw(below + 3, 0, "The marked entry boots in %u s", c->seconds);
    draw_arguments(c, below + 1);
    refresh();
}

/* A key, or ERR after a second without one; false: the terminal is gone. */
static bool wait_for_key(bool hurry, int *key)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready;

    *key = getch(); /* first: curses reads more than it gives */
    if (*key != ERR)
        return true;
    ready = poll(&in, 1, hurry ? 1000 : -1);
    if (ready == 0)
        return true;
    *key = getch();
    /* A signal (the window has another size) is no end of the input; input without a key is. */
    return ready < 0 || *key != ERR;
}

static enum chooser_end converse(struct chooser *c)
{
    enum chooser_end end = CHOOSER_GOES_ON;

    while (end == CHOOSER_GOES_ON) {
        int key;

        draw(c);
        if (!wait_for_key(c->seconds != 0, &key))
            return CHOOSER_BOOTS;
        end = key == ERR ? chooser_second(c) : chooser_key(c, key);
    }
    return end;
}

enum screen_end choose_on_screen(const struct menu *menu, const struct menu_entry *preselected,
                                 struct menu_entry *chosen)
{
    SCREEN *screen = NULL;
    struct chooser c;
    enum chooser_end end;

    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
        screen = newterm(NULL, stderr, stdin);
    if (!screen)
        return SCREEN_NONE;
    chooser_begin(&c, menu, preselected);
    cbreak();
    noecho();
    nodelay(stdscr, true);
    keypad(stdscr, true);
    set_escdelay(50);
    end = converse(&c);
    endwin();
    delscreen(screen);
    if (end == CHOOSER_LEAVES)
        return SCREEN_LEFT;
    chooser_result(&c, chosen);
    return SCREEN_CHOSEN;
}

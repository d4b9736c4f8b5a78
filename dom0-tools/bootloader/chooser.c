/* SPDX-License-Identifier: BSD-2-Clause */
/* What each key does in the boot menu; see chooser.h. */
#include <curses.h>
#include <string.h>

#include "bootloader/chooser.h"

#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE       0x1b
#define DELETE       0x7f

void chooser_begin(struct chooser *c, const struct menu *menu, const struct menu_entry *preselected)
{
    *c = (struct chooser){.menu = menu,
                          .marked = (unsigned int)(preselected - menu->entry),
                          .seconds = menu->timeout};
    chooser_fit(c, 1);
}

void chooser_fit(struct chooser *c, unsigned int rows)
{
    c->rows = rows ? rows : 1;
    if (c->top + c->rows > c->menu->count) /* no empty lines while others are hidden */
        c->top = c->menu->count > c->rows ? c->menu->count - c->rows : 0;
    if (c->top > c->marked)
        c->top = c->marked;
    if (c->marked - c->top >= c->rows)
        c->top = c->marked - c->rows + 1;
}

static void mark(struct chooser *c, unsigned int number)
{
    c->marked = number < c->menu->count ? number : c->menu->count - 1;
    chooser_fit(c, c->rows);
}

static void edit(struct chooser *c)
{
    strcpy(c->args, c->menu->entry[c->marked].args);
    c->len = c->cursor = strlen(c->args);
    c->editing = true;
}

static void remove_at(struct chooser *c, size_t at)
{
    if (at >= c->len)
        return;
    memmove(&c->args[at], &c->args[at + 1], c->len - at);
    c->len--;
    c->cursor = at;
}

static void insert(struct chooser *c, char letter)
{
    if (c->len + 1 >= sizeof(c->args))
        return;
    memmove(&c->args[c->cursor + 1], &c->args[c->cursor], c->len - c->cursor + 1);
    c->args[c->cursor++] = letter;
    c->len++;
}

static enum chooser_end key_of_line(struct chooser *c, int key)
{
    if (key == '\n' || key == '\r' || key == KEY_ENTER)
        return CHOOSER_BOOTS;
    if (key == ESCAPE)
        c->editing = false;
    else if (key == KEY_LEFT || key == CTRL('b'))
        c->cursor -= c->cursor != 0;
    else if (key == KEY_RIGHT || key == CTRL('f'))
        c->cursor += c->cursor != c->len;
    else if (key == KEY_HOME || key == CTRL('a'))
        c->cursor = 0;
    else if (key == KEY_END || key == CTRL('e'))
        c->cursor = c->len;
    else if (key == KEY_DC || key == CTRL('d'))
        remove_at(c, c->cursor);
    else if ((key == KEY_BACKSPACE || key == CTRL('h') || key == DELETE) && c->cursor)
        remove_at(c, c->cursor - 1);
    else if (key == CTRL('k'))
        c->args[c->len = c->cursor] = '\0';
    else if (key >= ' ' && key < DELETE)
        insert(c, (char)key);
    return CHOOSER_GOES_ON;
}

static enum chooser_end key_of_list(struct chooser *c, int key)
{
    if (key == '\n' || key == '\r' || key == KEY_ENTER)
        return CHOOSER_BOOTS;
    if (key == 'q')
        return CHOOSER_LEAVES;
    if (key == KEY_UP || key == 'k' || key == CTRL('p'))
        mark(c, c->marked ? c->marked - 1 : 0);
    else if (key == KEY_DOWN || key == 'j' || key == CTRL('n'))
        mark(c, c->marked + 1);
    else if (key == KEY_PPAGE)
        mark(c, c->marked > c->rows ? c->marked - c->rows : 0);
    else if (key == KEY_NPAGE)
        mark(c, c->marked + c->rows);
    else if (key == KEY_HOME || key == 'g')
        mark(c, 0);
    else if (key == KEY_END || key == 'G')
        mark(c, c->menu->count - 1);
    else if (key == 'a' || key == 'e')
        edit(c);
    return CHOOSER_GOES_ON;
}

enum chooser_end chooser_key(struct chooser *c, int key)
{
    if (key == KEY_RESIZE) /* the window's doing, not the user's */
        return CHOOSER_GOES_ON;
    c->seconds = 0;
    return c->editing ? key_of_line(c, key) : key_of_list(c, key);
}

enum chooser_end chooser_second(struct chooser *c)
{
    if (!c->seconds)
        return CHOOSER_GOES_ON;
    return --c->seconds ? CHOOSER_GOES_ON : CHOOSER_BOOTS;
}

void chooser_result(const struct chooser *c, struct menu_entry *chosen)
{
    *chosen = c->menu->entry[c->marked];
    if (c->editing)
        memcpy(chosen->args, c->args, sizeof(chosen->args));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot menu and its user: what keys do, and the whole screen on a terminal. */
#include <curses.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "bootloader/choose.h"
#include "bootloader/chooser.h"

static struct menu menu;
static struct chooser c;
static struct menu_entry chosen;

static void with(unsigned int entries, unsigned int preselected)
{
    memset(&menu, 0, sizeof(menu));
    menu.count = entries;
    for (unsigned int i = 0; i < entries; i++) {
        snprintf(menu.entry[i].title, MENU_TITLE, "Title %u", i);
        snprintf(menu.entry[i].kernel, MENU_PATH, "/boot/k%u", i);
        snprintf(menu.entry[i].args, MENU_ARGS, "root=%u", i);
    }
    chooser_begin(&c, &menu, &menu.entry[preselected]);
    chooser_fit(&c, 4);
}

static void press(const int *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(chooser_key(&c, keys[i]), CHOOSER_GOES_ON, "key %zu", i);
}
#define PRESS(...) press((const int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

static void type(const char *text)
{
    for (; *text; text++)
        PRESS(*text);
}

static const char *boots(void)
{
    cr_assert_eq(chooser_key(&c, '\n'), CHOOSER_BOOTS);
    chooser_result(&c, &chosen);
    return chosen.args;
}

Test(choose, keys_move_the_mark_within_the_menu)
{
    with(10, 2);
    PRESS(KEY_DOWN, 'j', KEY_UP);
    cr_assert_str_eq(boots(), "root=3");
    PRESS(KEY_END, KEY_DOWN, KEY_NPAGE);
    cr_assert_str_eq(boots(), "root=9");
    PRESS(KEY_PPAGE);
    cr_assert_str_eq(boots(), "root=5");
    PRESS(KEY_HOME, KEY_UP, KEY_PPAGE);
    cr_assert_str_eq(boots(), "root=0");
}

/* Whatever was pressed and whatever size the window has, the marked entry is one of those shown. */
Test(choose, the_mark_is_on_the_screen)
{
    static const int keys[] = {KEY_UP, KEY_DOWN, KEY_PPAGE, KEY_NPAGE, KEY_HOME,      KEY_END,
                               'a',    KEY_LEFT, 'x',       KEY_DC,    KEY_BACKSPACE, 0x1b,
                               'k',    1,        KEY_RIGHT, 11,        KEY_RESIZE};

    srand(1);
    for (unsigned int entries = 1; entries <= MENU_ENTRIES; entries += 9) {
        with(entries, entries - 1);
        for (unsigned int i = 0; i < 20000; i++) {
            if (rand() % 50 == 0)
                chooser_fit(&c, (unsigned int)rand() % 70);
            else
                PRESS(keys[(size_t)rand() % (sizeof(keys) / sizeof(*keys))]);
            cr_assert_lt(c.marked, entries);
            cr_assert(c.top <= c.marked && c.marked - c.top < c.rows);
            if (entries >= c.rows)
                cr_assert_leq(c.top + c.rows, entries, "an empty line while others are hidden");
            if (c.editing)
                cr_assert(c.cursor <= c.len && c.len < MENU_ARGS && strlen(c.args) == c.len);
        }
    }
}

Test(choose, arguments_are_changed_or_left)
{
    with(3, 1);
    PRESS('a');
    type(" single");
    PRESS(KEY_HOME);
    type("quiet ");
    PRESS(KEY_DC, 'R', KEY_END, KEY_BACKSPACE);
    cr_assert_str_eq(boots(), "quiet Root=1 singl");
    PRESS(1, KEY_RIGHT, KEY_RIGHT, KEY_LEFT,
          11); /* to the start, one to the right, cut off the rest */
    cr_assert_str_eq(boots(), "q");
    PRESS(0x1b);
    cr_assert_str_eq(boots(), "root=1");
    cr_assert_str_eq(menu.entry[1].args, "root=1");
}

Test(choose, arguments_have_an_end)
{
    with(1, 0);
    PRESS('e');
    for (unsigned int i = 0; i < 2 * MENU_ARGS; i++)
        PRESS('x');
    cr_assert_eq(strlen(boots()), MENU_ARGS - 1);
}

Test(choose, count_down_boots_the_marked_one_unless_a_key_is_pressed)
{
    menu.timeout = 3;
    with(2, 1);
    c.seconds = 3;
    cr_assert_eq(chooser_second(&c), CHOOSER_GOES_ON);
    PRESS(KEY_RESIZE);
    cr_assert_eq(chooser_second(&c), CHOOSER_GOES_ON);
    cr_assert_eq(chooser_second(&c), CHOOSER_BOOTS);
    c.seconds = 3;
    PRESS('x');
    for (unsigned int i = 0; i < 10; i++)
        cr_assert_eq(chooser_second(&c), CHOOSER_GOES_ON);
    cr_assert_eq(chooser_key(&c, 'q'), CHOOSER_LEAVES);
}

/* choose() on a terminal of its own, whose user types @keys; what it showed is in shown[]. */
static char shown[65536];
static int terminal(const char *term, const char *keys)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    struct pollfd in = {.events = POLLIN};
    size_t len = 0;
    int master, status;
    ssize_t n;
    pid_t pid = forkpty(&master, NULL, NULL, &size);

    if (pid == 0) {
        setenv("TERM", term, 1);
        if (!choose(&menu, &menu.entry[menu.count - 1], &chosen))
            _exit(99);
        _exit((int)strtoul(chosen.args + strlen("root="), NULL, 10));
    }
    cr_assert_gt(pid, 0);
    in.fd = master;
    while (poll(&in, 1, 10000) == 1 &&
           (n = read(master, shown + len, sizeof(shown) - 1 - len)) > 0) {
        len += (size_t)n;
        shown[len] = '\0';
        if (keys && strstr(shown, "Title 1")) {
            cr_assert_eq(write(master, keys, strlen(keys)), (ssize_t)strlen(keys));
            keys = NULL;
        }
    }
    close(master);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(choose, on_a_terminals_whole_screen)
{
    with(3, 0);
    strcpy(menu.entry[0].title, "Titel \xc2\x9b"
                                "31m");
    cr_expect_eq(terminal("vt100", "\033OA\n"), 1);
    cr_expect(strstr(shown, "Title 1") && strstr(shown, "Boot menu of the guest's disk") &&
              strstr(shown, "kernel: /boot/k2"));
    cr_expect(strstr(shown, "Titel ??31m"), "a guest's bytes do not reach the terminal");
    cr_expect_eq(terminal("vt100", "a7\n"), 27);
    cr_expect_eq(terminal("vt100", "q"), 99);
    menu.timeout = 1;
    cr_expect_eq(terminal("vt100", NULL), 2);
    cr_expect(strstr(shown, "boots in 1 s"));
}

Test(choose, by_number_where_curses_does_not_know_the_terminal)
{
    with(3, 0);
    cr_expect_eq(terminal("no-such-terminal", "7\n2\n"), 1);
    cr_expect(strstr(shown, "There is no entry 7"));
}

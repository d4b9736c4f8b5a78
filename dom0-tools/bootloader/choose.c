/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking for an entry; see choose.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bootloader/choose.h"

static void show(const struct menu *menu, const struct menu_entry *preselected)
{
    for (unsigned int i = 0; i < menu->count; i++)
        fprintf(stderr, "%c%3u  %s\n", &menu->entry[i] == preselected ? '*' : ' ', i + 1,
                menu->entry[i].title);
    fprintf(stderr, "Number of the entry to boot");
    if (menu->timeout)
        fprintf(stderr, " (* after %u s)", menu->timeout);
    fprintf(stderr, ": ");
    fflush(stderr);
}

/* A line without its end; false: nobody has typed one. */
static bool read_line(char *line, size_t cap, unsigned int seconds)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    size_t len = 0;
    int wait = seconds && seconds < 3600 ? (int)seconds * 1000 : -1, ready;

    while ((ready = poll(&in, 1, wait)) < 0 && errno == EINTR)
        ;
    while (ready > 0 && read(STDIN_FILENO, &line[len], 1) == 1 && line[len] != '\n' &&
           line[len] != '\r')
        if (len + 1 < cap)
            len++;
    line[len] = '\0';
    return ready > 0 && len != 0;
}

static const struct menu_entry *choose_by_number(const struct menu *menu,
                                                 const struct menu_entry *preselected)
{
    char line[16], *end;

    for (;;) {
        unsigned long number;

        show(menu, preselected);
        if (!read_line(line, sizeof(line), menu->timeout)) {
            fputc('\n', stderr);
            return preselected;
        }
        number = strtoul(line, &end, 10);
        if (!*end && number >= 1 && number <= menu->count)
            return &menu->entry[number - 1];
        fprintf(stderr, "There is no entry %s.\n", line);
    }
}

bool choose(const struct menu *menu, const struct menu_entry *preselected,
            struct menu_entry *chosen)
{
    const enum screen_end end = choose_on_screen(menu, preselected, chosen);

    if (end == SCREEN_NONE)
        *chosen = *choose_by_number(menu, preselected);
    return end != SCREEN_LEFT;
}

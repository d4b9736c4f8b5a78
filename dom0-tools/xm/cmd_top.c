/* SPDX-License-Identifier: BSD-2-Clause */
/* xm top, also installed as xentop: who uses how much, on the whole screen or in lines (-b). */
#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/commands.h"
#include "xm/top.h"
#include "xm/xm.h"

#define DELAY_S 3

enum { OPT_DELAY, OPT_NETWORKS, OPT_DISKS, OPT_REPEAT, OPT_VCPUS, OPT_BATCH, OPT_ROUNDS, OPT_FULL };

static const struct option_row options[] = {
    [OPT_DELAY] = {'d', "delay", "SECONDS", "between measurements (default 3)"},
    [OPT_NETWORKS] = {'n', "networks", NULL, "also a line a network interface"},
    [OPT_DISKS] = {'x', "vbds", NULL, "also a line a disk"},
    [OPT_REPEAT] = {'r', "repeat-header", NULL, "the heading before each domain"},
    [OPT_VCPUS] = {'v', "vcpus", NULL, "also the time of each vCPU"},
    [OPT_BATCH] = {'b', "batch", NULL, "print lines, for scripts"},
    [OPT_ROUNDS] = {'i', "iterations", "N", "end after so many measurements"},
    [OPT_FULL] = {'f', "full-name", NULL, "names uncut"},
    {'z', "dom0-first", NULL, "accepted for compatibility: dom0 is first"},
    {0},
};

/* A whole number of at least 1; 0 if it is none. */
static unsigned int number(const char *text, unsigned int absent)
{
    char *end;
    unsigned long n = text ? strtoul(text, &end, 10) : absent;

    return text && (end == text || *end || n > 1000000) ? 0 : n;
}

static int batch(struct toolstack *ts, const struct top_options *o, unsigned int delay,
                 unsigned int rounds)
{
    struct top before = {0}, now;

    for (unsigned int i = 0; !rounds || i < rounds; i++) {
        if (i)
            store_pause(delay * 1000);
        if (top_measure(ts, &before, &now))
            return xm_report(ts);
        top_free(&before);
        before = now;
        top_print(ts, &now, o, stdout);
        if (fflush(stdout) != 0)
            break;
    }
    top_free(&before);
    return XM_OK;
}

static void draw(struct toolstack *ts, const struct top *top, const struct top_options *o)
{
    char *text = NULL, *line, *rest;
    size_t len;
    FILE *out = xalloc_check(open_memstream(&text, &len));
    int row = 3;

    top_print(ts, top, o, out);
    fclose(out);
    erase();
    mvprintw(0, 0, "%s - %d domains", ts->program, top->count);
    mvprintw(1, 0, "Mem: %lluk total, %lluk used, %lluk free    CPUs: %u", top->total_kib,
             top->total_kib - top->free_kib, top->free_kib, top->cpus);
    for (line = strtok_r(text, "\n", &rest); line && row < LINES - 1;
         line = strtok_r(NULL, "\n", &rest))
        mvaddnstr(row++, 0, line, COLS);
    mvaddstr(LINES - 1, 0, "N: networks  B: disks  V: vcpus  R: repeat header  Q: quit");
    refresh();
    free(text);
}

/* False: the user wants to leave. */
static bool take_key(int key, struct top_options *o)
{
    switch (key | 0x20) {
    case 'q':
        return false;
    case 'n':
        o->networks = !o->networks;
        break;
    case 'b':
        o->disks = !o->disks;
        break;
    case 'v':
        o->vcpus = !o->vcpus;
        break;
    case 'r':
        o->repeat_header = !o->repeat_header;
        break;
    }
    return true;
}

static int screen(struct toolstack *ts, struct top_options *o, unsigned int delay,
                  unsigned int rounds)
{
    struct top before = {0}, now;
    int ret = 0, key = ERR;

    if (!newterm(NULL, stdout, stdin))
        return xm_error("cannot use this terminal (-b prints lines)");
    cbreak();
    noecho();
    timeout(delay * 1000);
    for (unsigned int i = 0; (!rounds || i < rounds) && (key == ERR || take_key(key, o)); i++) {
        ret = top_measure(ts, &before, &now);
        if (ret)
            break;
        top_free(&before);
        before = now;
        draw(ts, &now, o);
        key = getch();
    }
    endwin();
    top_free(&before);
    return ret ? xm_report(ts) : XM_OK;
}

static int run(struct toolstack *ts, const struct args *args)
{
    const char *const *v = args->value;
    struct top_options o = {.full_names = v[OPT_FULL],
                            .networks = v[OPT_NETWORKS],
                            .disks = v[OPT_DISKS],
                            .vcpus = v[OPT_VCPUS],
                            .repeat_header = v[OPT_REPEAT]};
    unsigned int delay = number(v[OPT_DELAY], DELAY_S), rounds = number(v[OPT_ROUNDS], 0);

    if (delay == 0 || (v[OPT_ROUNDS] && rounds == 0))
        return xm_error("'%s' is not a whole number from 1",
                        delay == 0 ? v[OPT_DELAY] : v[OPT_ROUNDS]);
    if (!xm_need(ts))
        return XM_FAILED;
    return v[OPT_BATCH] ? batch(ts, &o, delay, rounds) : screen(ts, &o, delay, rounds);
}

const struct command cmd_top = {
    .name = "top",
    .synopsis = "",
    .help = "Watch what the host and the domains use",
    .options = options,
    .harmless = true,
    .run = run,
};

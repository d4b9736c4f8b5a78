/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GRUB 2's grub.cfg.  Its commands are carried out as far as a menu needs: variables, conditions,
 * menus, and within an entry what names kernel, RAM disk and arguments.  Functions are passed over,
 * a loop is gone through once, and a condition that asks for files is false.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/grub2_words.h"

#define DEPTH         32u
#define ENTRIES_BYTES (128u << 10) /* of entries as files, as a script */

enum block_kind { BLOCK_IF, BLOCK_SKIP, BLOCK_ENTRY, BLOCK_SUBMENU };

struct block {
    enum block_kind kind;
    bool active;                /* its commands count */
    bool outer;                 /* those around it count */
    bool done;                  /* of an if: a branch has counted */
    unsigned int item;          /* of a submenu: how many entries it has so far */
    size_t title, id, position; /* of a submenu: lengths before it */
};

struct run {
    struct script script;
    struct span files; /* entries that are files; none: not yet, or not again */
    struct menu *menu;
    struct menu_entry *entry; /* the one that is being read */
    unsigned int modules;     /* of a hypervisor's entry, so far */
    unsigned int items;       /* of the outermost menu */
    struct block block[DEPTH];
    unsigned int depth;
    bool lost; /* blocks are nested too deeply: the rest is not read */
    char title[MENU_TITLE], id[MENU_TITLE], position[24]; /* of the submenus around */
};

static struct block *top(struct run *r)
{
    return r->depth ? &r->block[r->depth - 1] : NULL;
}

static bool active(struct run *r)
{
    return !r->depth || top(r)->active;
}

static struct block *push(struct run *r, enum block_kind kind, bool counts)
{
    bool outer = active(r);

    if (r->depth == DEPTH) {
        r->lost = true;
        return NULL;
    }
    r->block[r->depth++] = (struct block){.kind = kind,
                                          .active = outer && counts,
                                          .outer = outer,
                                          .done = counts,
                                          .title = strlen(r->title),
                                          .id = strlen(r->id),
                                          .position = strlen(r->position)};
    return top(r);
}

/* The @count words after "[", without "]". */
static bool test(const char *const *word, unsigned int count)
{
    if (count && strcmp(word[count - 1], "]") == 0)
        count--;
    if (count && strcmp(word[0], "!") == 0)
        return !test(word + 1, count - 1);
    if (count == 1)
        return word[0][0] != '\0';
    if (count == 2)
        return (strcmp(word[0], "-n") == 0 && word[1][0]) ||
               (strcmp(word[0], "-z") == 0 && !word[1][0]);
    if (count != 3)
        return false;
    if (strcmp(word[1], "=") == 0 || strcmp(word[1], "==") == 0)
        return strcmp(word[0], word[2]) == 0;
    if (strcmp(word[1], "!=") == 0)
        return strcmp(word[0], word[2]) != 0;
    return strcmp(word[1], "-eq") == 0 && atol(word[0]) == atol(word[2]);
}

static bool condition(const char *const *word, unsigned int count)
{
    if (!count)
        return false;
    if (strcmp(word[0], "!") == 0)
        return !condition(word + 1, count - 1);
    if (strcmp(word[0], "[") == 0 || strcmp(word[0], "test") == 0)
        return test(word + 1, count - 1);
    return strcmp(word[0], "true") == 0;
}

static bool append(char *to, size_t cap, const char *text, char between)
{
    size_t used = strlen(to);
    int n = used ? snprintf(to + used, cap - used, "%c%s", between, text)
                 : snprintf(to, cap, "%s", text);

    if (n >= 0 && (size_t)n < cap - used)
        return true;
    to[used] = '\0';
    return false;
}

/* The value of "--id ID" or "--id=ID" (its own word may be a variable that is empty). */
static const char *id_of(const struct command *c)
{
    for (unsigned int i = 1; i < c->count; i++) {
        if (strncmp(c->word[i], "--id=", 5) == 0)
            return c->word[i] + 5;
        if (strcmp(c->word[i], "--id") == 0 && i + 1 < c->count)
            return c->word[i + 1];
    }
    return "";
}

/* The number of the next entry of the menu that is being read. */
static unsigned int next_item(struct run *r)
{
    for (unsigned int i = r->depth; i-- > 0;)
        if (r->block[i].kind == BLOCK_SUBMENU)
            return r->block[i].item++;
    return r->items++;
}

static void begin_submenu(struct run *r, const struct command *c)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", next_item(r));
    if (push(r, BLOCK_SUBMENU, true)) {
        append(r->title, sizeof(r->title), c->count > 1 ? c->word[1] : "", '>');
        append(r->id, sizeof(r->id), id_of(c), '>');
        append(r->position, sizeof(r->position), number, '>');
    }
}

static void begin_entry(struct run *r, const struct command *c)
{
    struct menu_entry *entry = menu_add(r->menu);
    char number[16];

    snprintf(number, sizeof(number), "%u", next_item(r));
    push(r, BLOCK_ENTRY, true);
    r->entry = entry;
    r->modules = 0;
    if (!entry)
        return;
    strcpy(entry->title, r->title);
    strcpy(entry->id, r->id);
    strcpy(entry->position, r->position);
    append(entry->title, sizeof(entry->title), c->count > 1 ? c->word[1] : "", '>');
    if (!*id_of(c) || !append(entry->id, sizeof(entry->id), id_of(c), '>'))
        entry->id[0] = '\0';
    append(entry->position, sizeof(entry->position), number, '>');
}

static void end_block(struct run *r, bool brace)
{
    struct block *b = top(r);

    if (!b || (b->kind == BLOCK_IF) == brace)
        return;
    if (b->kind == BLOCK_ENTRY)
        r->entry = NULL;
    r->title[b->title] = r->id[b->id] = r->position[b->position] = '\0';
    r->depth--;
}

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void set_kernel(struct run *r, const struct command *c, unsigned int first)
{
    struct menu_entry *entry = r->entry;
    unsigned int i = first;

    entry->kernel[0] = entry->args[0] = '\0';
    while (i < c->count && strncmp(c->word[i], "--", 2) == 0)
        i++;
    if (i == c->count || !span_path(entry->kernel, MENU_PATH, span_of(c->word[i]), ""))
        return;
    while (++i < c->count)
        if (!menu_add_arg(entry, span_of(c->word[i])))
            entry->kernel[0] = '\0'; /* half a command line starts something else */
}

/* The last one: what comes before it is microcode for the machine's processor. */
static void set_ramdisk(struct run *r, const struct command *c)
{
    if (c->count > 1)
        span_path(r->entry->ramdisk, MENU_PATH, span_of(c->word[c->count - 1]), "");
}

static bool one_of(const char *word, const char *first, const char *second, const char *third)
{
    return strcmp(word, first) == 0 || strcmp(word, second) == 0 || strcmp(word, third) == 0;
}

static void entry_command(struct run *r, const struct command *c)
{
    if (c->broken) {
        if (strncmp(c->count ? c->word[0] : "", "linux", 5) == 0)
            r->entry->kernel[0] = '\0';
    } else if (one_of(c->word[0], "linux", "linux16", "linuxefi")) {
        set_kernel(r, c, 1);
    } else if (one_of(c->word[0], "initrd", "initrd16", "initrdefi")) {
        set_ramdisk(r, c);
    } else if (one_of(c->word[0], "module", "module2", "xen_module")) {
        /* A dom0's entry: the hypervisor's modules are what a guest boots by itself. */
        if (r->modules++ == 0)
            set_kernel(r, c, 1);
        else
            set_ramdisk(r, c);
    }
}

/* Blocks are kept track of everywhere, also in what does not count.  False: an ordinary command. */
static bool block_command(struct run *r, struct command *c)
{
    const char *word = c->count ? c->word[0] : "";
    struct block *b = top(r);

    if (strcmp(word, "if") == 0) {
        push(r, BLOCK_IF, condition(c->word + 1, c->count - 1));
    } else if (strcmp(word, "elif") == 0 || strcmp(word, "else") == 0) {
        if (b && b->kind == BLOCK_IF) {
            b->active =
                b->outer && !b->done && (word[2] == 's' || condition(c->word + 1, c->count - 1));
            b->done |= b->active;
        }
    } else if (strcmp(word, "fi") == 0) {
        end_block(r, false);
    } else if (strcmp(word, "}") == 0) {
        end_block(r, true);
    } else if (c->opens && strcmp(word, "submenu") == 0 && active(r) && !r->entry) {
        begin_submenu(r, c);
    } else if (c->opens && strcmp(word, "menuentry") == 0 && active(r) && !r->entry) {
        begin_entry(r, c);
    } else if (c->opens) {
        push(r, BLOCK_SKIP, false);
    } else {
        return false;
    }
    return true;
}

static void drop_first(struct command *c)
{
    c->count--;
    memmove(c->word, c->word + 1, c->count * sizeof(c->word[0]));
}

static void run_command(struct run *r, struct command *c);

/* blscfg: as if the entries' text stood here. */
static void run_entries(struct run *r)
{
    static char text[ENTRIES_BYTES];
    static struct command c;
    const struct span rest = r->script.rest;

    r->script.rest = (struct span){text, grub2_entries(r->files, text, sizeof(text))};
    r->files.len = 0;
    while (!r->lost && script_next(&r->script, &c))
        run_command(r, &c);
    r->script.rest = rest;
}

static void run_command(struct run *r, struct command *c)
{
    static const char *const before[] = {"then", "else", "do"};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        if (c->count < 2 || strcmp(c->word[0], before[i]) != 0)
            continue;
        if (before[i][0] == 'e') {
            struct command only = {.count = 1, .word = {"else"}};

            block_command(r, &only);
        }
        drop_first(c);
        break;
    }
    if (block_command(r, c) || !active(r) || !c->count)
        return;
    if (r->entry)
        entry_command(r, c);
    if (c->broken)
        return;
    if (strcmp(c->word[0], "blscfg") == 0 && !r->entry && r->files.len)
        run_entries(r);
    else if (strcmp(c->word[0], "set") == 0 && c->count == 2)
        script_set(&r->script, c->word[1]);
    else if (c->count == 1 && strchr(c->word[0], '='))
        script_set(&r->script, c->word[0]);
}

void grub2_parse(struct span text, struct menu *menu)
{
    static const char *const known[] = {"grub_platform=xen", "grub_cpu=x86_64", "root=hd0",
                                        "prefix=/boot/grub"};
    static struct run r;
    static struct command c;

    memset(&r, 0, sizeof(r));
    span_until(&text, '\0', &r.script.rest);
    r.files = text;
    r.menu = menu;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        script_set(&r.script, known[i]);
    while (!r.lost && script_next(&r.script, &c))
        run_command(&r, &c);
    span_copy(menu->preselected, sizeof(menu->preselected),
              span_of(script_get(&r.script, "default", strlen("default"))));
    menu->timeout = strtoul(script_get(&r.script, "timeout", strlen("timeout")), NULL, 10);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* GRUB legacy's menu.lst: what xen-create-image and others write for pygrub. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/parse.h"

/* "kernel [--type=...] FILE ARGS" */
static void set_kernel(struct menu_entry *entry, struct span rest)
{
    struct span word;

    entry->args[0] = entry->kernel[0] = '\0';
    do {
        if (!span_word(&rest, &word))
            return;
    } while (word.len > 2 && memcmp(word.at, "--", 2) == 0);
    if (!span_path(entry->kernel, sizeof(entry->kernel), word, ""))
        return;
    while (span_word(&rest, &word))
        if (!menu_add_arg(entry, word))
            entry->kernel[0] = '\0'; /* half a command line starts something else */
}

static void entry_line(struct menu_entry *entry, struct span key, struct span rest,
                       bool *hypervisor)
{
    struct span word = rest;

    if (span_is(key, "kernel")) {
        set_kernel(entry, rest);
        *hypervisor = true; /* if modules follow: then they are kernel and RAM disk */
    } else if (span_is(key, "initrd") || (span_is(key, "module") && !*hypervisor)) {
        if (span_word(&rest, &word))
            span_path(entry->ramdisk, sizeof(entry->ramdisk), word, "");
    } else if (span_is(key, "module")) {
        set_kernel(entry, rest);
        *hypervisor = false;
    }
}

void grub1_parse(struct span text, struct menu *menu)
{
    struct menu_entry *entry = NULL;
    struct span line, key;
    unsigned int titles = 0;
    bool hypervisor = false;
    char number[16];

    while (span_line(&text, &line)) {
        if (!span_word(&line, &key) || key.at[0] == '#')
            continue;
        if (line.len && line.at[0] == '=') { /* "default = 0" */
            line.at++;
            line.len--;
        } else if (memchr(key.at, '=', key.len)) { /* "default=0" */
            size_t len = (const char *)memchr(key.at, '=', key.len) - key.at;

            line.len = line.at + line.len - (key.at + len + 1);
            line.at = key.at + len + 1;
            key.len = len;
        }
        if (span_is(key, "title")) {
            entry = menu_add(menu);
            hypervisor = false;
            if (entry) {
                span_copy(entry->title, sizeof(entry->title), line);
                snprintf(entry->position, sizeof(entry->position), "%u", titles);
            }
            titles++;
        } else if (entry) {
            entry_line(entry, key, line, &hypervisor);
        } else if (span_is(key, "default") && !span_is(line, "saved")) {
            span_copy(menu->preselected, sizeof(menu->preselected), line);
        } else if (span_is(key, "timeout") && span_copy(number, sizeof(number), line)) {
            menu->timeout = strtoul(number, NULL, 10);
        }
    }
}

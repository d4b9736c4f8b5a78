/* SPDX-License-Identifier: BSD-2-Clause */
/* Any boot menu of a guest: bounded, terminated texts that the answer's formats can carry. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/menu.h"
#include "bootloader/output.h"

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check_text(const char *text, size_t cap)
{
    must(strnlen(text, cap) < cap);
    for (; *text; text++)
        must(!iscntrl((unsigned char)*text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct menu menu;
    static char answer[16384];

    if (!size)
        return 0;
    menu_parse(data[0] % 3, (const char *)data + 1, size - 1, "/boot/extlinux", &menu);
    must(menu.count <= MENU_ENTRIES);
    check_text(menu.preselected, MENU_TITLE);
    for (unsigned int i = 0; i < menu.count; i++) {
        const struct menu_entry *e = &menu.entry[i];

        check_text(e->title, MENU_TITLE);
        check_text(e->kernel, MENU_PATH);
        check_text(e->ramdisk, MENU_PATH);
        check_text(e->args, MENU_ARGS);
        must(e->kernel[0] == '/');
        must(output_write(OUTPUT_SIMPLE0, e->kernel, e->ramdisk, e->args, answer, sizeof(answer)));
        must(menu_find(&menu, e->position) != NULL);
    }
    must(!menu.count || menu_find(&menu, NULL));
    return 0;
}

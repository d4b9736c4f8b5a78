/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyboards by libxkbcommon; see keys.h. */
#include <stdlib.h>
#include <string.h>

#include <linux/input-event-codes.h>
#include <xkbcommon/xkbcommon.h>

#include "fb/keys.h"

#define XKB_TO_LINUX 8 /* what X's key codes are higher than Linux' */
#define LEVEL_SHIFT  1u
#define LEVEL_ALTGR  2u

/* Names of QEMU's key maps (which xm's are) that are not the country's. */
static const char *layout_of(const char *name)
{
    static const char *const other[][2] = {
        {"en-us", "us"}, {"en-gb", "gb"}, {"de-ch", "ch"}, {"fr-ch", "ch"}, {"fr-be", "be"},
        {"nl-be", "be"}, {"fr-ca", "ca"}, {"pt-br", "br"}, {"da", "dk"},    {"sv", "se"},
        {"ja", "jp"},    {"et", "ee"},    {"sl", "si"},    {"es", "es"},
    };

    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        if (strcmp(name, other[i][0]) == 0)
            return other[i][1];
    return name;
}

static const struct key *find(const struct keys *keys, uint32_t sym)
{
    for (unsigned int i = 0; i < keys->count; i++)
        if (keys->key[i].sym == sym)
            return &keys->key[i];
    return NULL;
}

/* The first key with a symbol is the one that is pressed for it. */
static void add_level(struct keys *keys, struct xkb_keymap *map, xkb_keycode_t code,
                      unsigned int level)
{
    const xkb_keysym_t *syms;
    int n = xkb_keymap_key_get_syms_by_level(map, code, 0, level, &syms);

    if (n != 1 || keys->count == KEYS_MAX || find(keys, syms[0]))
        return;
    keys->key[keys->count++] = (struct key){.sym = syms[0],
                                            .code = (uint16_t)(code - XKB_TO_LINUX),
                                            .shift = level & LEVEL_SHIFT,
                                            .altgr = level & LEVEL_ALTGR};
}

bool keys_load(struct keys *keys, const char *name)
{
    struct xkb_rule_names names = {
        .rules = "evdev", .model = "pc105", .layout = layout_of(name), .variant = ""};
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    struct xkb_keymap *map =
        context ? xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS) : NULL;

    *keys = (struct keys){0};
    for (unsigned int level = 0; map && level < 4; level++)
        for (xkb_keycode_t code = XKB_TO_LINUX + 1; code < XKB_TO_LINUX + KEY_CODES; code++)
            add_level(keys, map, code, level);
    xkb_keymap_unref(map);
    xkb_context_unref(context);
    return keys->count != 0;
}

void keys_event(struct keys *keys, uint32_t sym, bool down, keys_send send)
{
    const struct key *key = find(keys, sym);
    bool shift, altgr;

    if (!key)
        return;
    if (key->code == KEY_LEFTSHIFT || key->code == KEY_RIGHTSHIFT)
        keys->shift = down;
    if (key->code == KEY_RIGHTALT)
        keys->altgr = down;
    /* Viewers that send symbols only, or have another keyboard, do not hold what this one needs. */
    shift = down && key->shift && !keys->shift;
    altgr = down && key->altgr && !keys->altgr;
    if (shift)
        send(KEY_LEFTSHIFT, true);
    if (altgr)
        send(KEY_RIGHTALT, true);
    send(key->code, down);
    if (altgr)
        send(KEY_RIGHTALT, false);
    if (shift)
        send(KEY_LEFTSHIFT, false);
}

void keys_forget(struct keys *keys)
{
    keys->shift = keys->altgr = false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* From what viewers press (X keysyms) to the keys of a keyboard (Linux' key codes). */
#ifndef FB_KEYS_H
#define FB_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#define KEYS_MAX  1024u
#define KEY_CODES 256u /* of Linux' that a keyboard has */

struct key {
    uint32_t sym;
    uint16_t code;
    bool shift, altgr; /* what must be held for it */
};

struct keys {
    unsigned int count;
    struct key key[KEYS_MAX];
    bool shift, altgr; /* held by the viewer */
};

/* Reads the keyboard of key map @name ("en-us", "de"); false if there is none such. */
bool keys_load(struct keys *keys, const char *name);

/* Where key events go: press or release of a Linux key code. */
typedef void (*keys_send)(uint16_t code, bool down);

/* A viewer has pressed or released @sym: sends the keys for it, and held keys that it lacks. */
void keys_event(struct keys *keys, uint32_t sym, bool down, keys_send send);

/* The viewer is gone: nothing is held by it any more. */
void keys_forget(struct keys *keys);

#endif

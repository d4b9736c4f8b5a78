/* SPDX-License-Identifier: BSD-2-Clause */
/* Frame buffer specifications; see vfb.h.  The options are those of xl.cfg(5) and of xm. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "conf/vfb.h"
#include "conf/words.h"

/* The highest display: 5900 + this is the last TCP port. */
#define DISPLAY_MAX 59635u

static int set_bool(bool *field, struct word key, struct word value, struct fail *f)
{
    *field = word_in(value.at, value.len, "1|yes|True|true");
    if (*field || word_in(value.at, value.len, "0|no|False|false"))
        return 0;
    return fail(f, "%.*s=%.*s is neither 0 nor 1", (int)key.len, key.at, (int)value.len, value.at);
}

struct parse {
    struct vfb_spec *out;
    bool display_given, unused_given;
};

static int set_display(struct parse *p, struct word value, struct fail *f)
{
    unsigned long display;

    if (!word_number(value, DISPLAY_MAX, &display))
        return fail(f, "display '%.*s' is not a number from 0 to %u (port 5900 is display 0)",
                    (int)value.len, value.at, DISPLAY_MAX);
    p->out->display = display;
    p->display_given = true;
    return 0;
}

/* "0.0.0.0", "0.0.0.0:1" (xl), "::1" */
static int set_listen(struct parse *p, struct word value, struct fail *f)
{
    struct vfb_spec *out = p->out;
    const char *colon = memchr(value.at, ':', value.len);
    uint8_t raw[16];

    if (colon && !memchr(colon + 1, ':', value.at + value.len - (colon + 1))) {
        struct word display = {colon + 1, value.at + value.len - (colon + 1)};

        if (set_display(p, display, f))
            return -1;
        value.len = colon - value.at;
    }
    if (word_store(&out->listen, value, f))
        return -1;
    if (inet_pton(AF_INET, out->listen, raw) == 1 || inet_pton(AF_INET6, out->listen, raw) == 1 ||
        strcmp(out->listen, "localhost") == 0)
        return 0;
    return fail(f, "vnclisten=%s is not an address (write 127.0.0.1 or 0.0.0.0)", out->listen);
}

/* It becomes a file's name: letters, digits and '-' only. */
static int set_keymap(struct vfb_spec *out, struct word value, struct fail *f)
{
    if (word_store(&out->keymap, value, f))
        return -1;
    if (value.len && value.len < 32 &&
        strspn(out->keymap, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
            value.len)
        return 0;
    return fail(f, "keymap=%s is not the name of a key map (like en-us or de)", out->keymap);
}

static int set_videoram(struct vfb_spec *out, struct word value, struct fail *f)
{
    unsigned long mib;

    if (!word_number(value, 256, &mib) || mib == 0)
        return fail(f, "videoram=%.*s is out of range (1 to 256 MiB)", (int)value.len, value.at);
    out->videoram_mib = mib;
    return 0;
}

static int refuse_window(struct word key, struct word value, struct fail *f)
{
    bool wanted;

    if (set_bool(&wanted, key, value, f))
        return -1;
    return wanted ? fail(f, "windows of dom0 (%.*s=1) are not supported (write vnc=1)",
                         (int)key.len, key.at)
                  : 0;
}

static int set_type(struct vfb_spec *out, struct word value, struct fail *f)
{
    out->vnc = true;
    if (word_is(value, "vnc"))
        return 0;
    return fail(f, "type=%.*s is not supported (write type=vnc)", (int)value.len, value.at);
}

static int set_option(struct parse *p, struct word key, struct word value, struct fail *f)
{
    struct vfb_spec *out = p->out;

    if (word_is(key, "vnc"))
        return set_bool(&out->vnc, key, value, f);
    if (word_is(key, "vnclisten"))
        return set_listen(p, value, f);
    if (word_is(key, "vncdisplay"))
        return set_display(p, value, f);
    p->unused_given |= word_is(key, "vncunused");
    if (word_is(key, "vncunused"))
        return set_bool(&out->unused, key, value, f);
    if (word_is(key, "vncpasswd"))
        return word_store(&out->password, value, f);
    if (word_is(key, "keymap"))
        return set_keymap(out, value, f);
    if (word_is(key, "videoram"))
        return set_videoram(out, value, f);
    if (word_is(key, "type"))
        return set_type(out, value, f);
    if (word_is(key, "sdl"))
        return refuse_window(key, value, f);
    /* For sdl, or for features of the emulated display */
    if (word_in(key.at, key.len, "opengl|display|xauthority|serial|monitor|uuid|vncviewer"))
        return 0;
    return fail(f, "unknown frame buffer option '%.*s='", (int)key.len, key.at);
}

int vfb_parse(const char *text, struct vfb_spec *out, struct fail *f)
{
    struct parse p = {.out = out};
    struct word word, key, value;

    *out = (struct vfb_spec){.vnc = true, .unused = true};
    while (word_next(&text, ',', &word)) {
        if (word.len == 0)
            continue;
        if (!word_split(word, &key, &value))
            fail(f, "'%.*s' is not of the form option=value", (int)word.len, word.at);
        else if (set_option(&p, key, value, f) == 0)
            continue;
        vfb_free(out);
        return -1;
    }
    if (!p.unused_given) /* who names a display wants that one */
        out->unused = !p.display_given;
    return 0;
}

void vfb_free(struct vfb_spec *vfb)
{
    free(vfb->listen);
    free(vfb->password);
    free(vfb->keymap);
    *vfb = (struct vfb_spec){0};
}

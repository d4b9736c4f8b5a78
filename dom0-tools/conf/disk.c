/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk specifications; see disk.h.  The grammar is that of xl-disk-configuration(5). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/disk.h"
#include "conf/vdev.h"
#include "conf/words.h"

/* The parameters that may be given by place, in xl's order; each only once. */
enum { TARGET = 1, FORMAT = 2, VDEV = 4, ACCESS = 8, BACKEND = 16 };

struct parse {
    struct disk_spec *out;
    struct fail *f;
    unsigned int given;
    bool classic; /* a prefix was there: target, vdev, access, back-end domain by place */
};

static const char *const formats[] = {
    [DISK_RAW] = "raw", [DISK_QCOW] = "qcow", [DISK_QCOW2] = "qcow2", [DISK_QED] = "qed",
    [DISK_VHD] = "vhd", [DISK_VHDX] = "vhdx", [DISK_VMDK] = "vmdk",
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const char *disk_format_name(enum disk_format format)
{
    return formats[format];
}

/* Notes that a parameter is there. */
static int once(struct parse *p, unsigned int what, const char *name)
{
    if (p->given & what)
        return fail(p->f, "%s is given twice", name);
    p->given |= what;
    return 0;
}

static int set_access(struct parse *p, struct word word)
{
    if (once(p, ACCESS, "the access mode"))
        return -1;
    if (word.len == 0)
        return 0;
    p->out->writable = word_in(word.at, word.len, "w|rw|w!");
    p->out->shared = word_is(word, "w!");
    if (p->out->writable || word_in(word.at, word.len, "r|ro"))
        return 0;
    return fail(p->f, "access mode '%.*s' is not one of r, w, w!", (int)word.len, word.at);
}

static int set_devtype(struct parse *p, struct word word)
{
    p->out->cdrom = word_is(word, "cdrom");
    if (p->out->cdrom || word_is(word, "disk"))
        return 0;
    return fail(p->f, "device type '%.*s' is not cdrom or disk", (int)word.len, word.at);
}

static int set_vdev(struct parse *p, struct word word)
{
    const char *colon;

    if (once(p, VDEV, "the virtual device"))
        return -1;
    word_skip(&word, "ioemu:"); /* old files for HVM guests */
    word_skip(&word, "/dev/");  /* xm took it off, too */
    colon = memchr(word.at, ':', word.len);
    if (colon) { /* "hdc:cdrom" */
        struct word type = {colon + 1, word.at + word.len - (colon + 1)};

        word.len = colon - word.at;
        if (set_devtype(p, type))
            return -1;
    }
    if (word_store(&p->out->vdev, word, p->f))
        return -1;
    if (!vdev_parse(p->out->vdev, &p->out->number))
        return fail(p->f, "'%s' is not a virtual disk (write xvda, xvdb, ... or 0xNNN)",
                    p->out->vdev);
    return 0;
}

/* What stands in the format's place: the next word, if xm's "file:" or "phy:" was forgotten. */
static int no_format(struct parse *p, struct word word)
{
    char text[16];
    uint32_t number;

    snprintf(text, sizeof(text), "%.*s", (int)word.len, word.at);
    if (word.len < sizeof(text) && vdev_parse(text, &number))
        return fail(
            p->f,
            "'%s' stands where the format is expected (write 'file:PATH,VDEV,MODE', phy: for "
            "a device, or 'PATH,raw,VDEV,MODE')",
            text);
    return fail(p->f, "'%.*s' is not an image format (write raw)", (int)word.len, word.at);
}

static int set_format(struct parse *p, struct word word)
{
    if (once(p, FORMAT, "the format"))
        return -1;
    if (word.len == 0 || word_is(word, "aio"))
        return 0;
    for (size_t i = 0; i < FORMATS; i++) {
        if (word_is(word, formats[i])) {
            p->out->format = i;
            return 0;
        }
        if (strlen(formats[i]) == word.len && strncasecmp(formats[i], word.at, word.len) == 0)
            return fail(p->f, "'%.*s' is not an image format (write %s)", (int)word.len, word.at,
                        formats[i]);
    }
    return no_format(p, word);
}

static int set_target(struct parse *p, struct word word)
{
    if (p->given & TARGET && p->out->target && p->out->target[0])
        return once(p, TARGET, "the path");
    p->given |= TARGET;
    return word_store(&p->out->target, word, p->f);
}

static int set_backend(struct parse *p, struct word word)
{
    if (once(p, BACKEND, "the back-end's domain"))
        return -1;
    return word_in(word.at, word.len, "|0|Domain-0") ? 0 : word_store(&p->out->backend, word, p->f);
}

static int set_backend_type(struct parse *p, struct word word)
{
    static const char *const types[] = {
        [DISK_BACKEND_PHY] = "phy", [DISK_BACKEND_QDISK] = "qdisk", [DISK_BACKEND_TAP] = "tap"};

    for (size_t i = 1; i < sizeof(types) / sizeof(types[0]); i++) {
        if (word_is(word, types[i])) {
            p->out->backend_type = i;
            return 0;
        }
    }
    return fail(p->f, "back-end type '%.*s' is unknown (phy, qdisk and tap are)", (int)word.len,
                word.at);
}

static int set_pair(struct parse *p, struct word key, struct word value)
{
    if (word_is(key, "vdev"))
        return set_vdev(p, value);
    if (word_is(key, "access"))
        return set_access(p, value);
    if (word_is(key, "format"))
        return set_format(p, value);
    if (word_is(key, "script"))
        return word_store(&p->out->script, value, p->f);
    if (word_is(key, "backendtype"))
        return set_backend_type(p, value);
    if (word_is(key, "backend"))
        return set_backend(p, value);
    if (word_is(key, "devtype"))
        return set_devtype(p, value);
    if (word_is(key, "specification"))
        return word_is(value, "xen") ? 0 : fail(p->f, "only specification=xen is supported");
    return fail(p->f, "unknown disk option '%.*s='", (int)key.len, key.at);
}

/* True if the word is a flag, which is then set. */
static bool take_flag(struct parse *p, struct word word)
{
    struct disk_spec *out = p->out;

    if (word_is(word, "cdrom"))
        out->cdrom = true;
    else if (word_is(word, "discard") || word_is(word, "no-discard"))
        out->discard = word_is(word, "discard");
    else if (word_is(word, "trusted") || word_is(word, "untrusted"))
        out->untrusted = word_is(word, "untrusted");
    else if (word_is(word, "direct-io-safe"))
        out->direct_io_safe = true;
    else
        return false;
    return true;
}

/* A word without a name goes to the first parameter that has not been given. */
static int set_by_place(struct parse *p, struct word word)
{
    /* xend's empty CD drive has no format: ",hdc:cdrom,r" */
    if (!(p->given & FORMAT) && p->given & TARGET && !p->out->target[0] &&
        memchr(word.at, ':', word.len))
        p->given |= FORMAT;
    if (!(p->given & TARGET))
        return set_target(p, word);
    if (!(p->given & FORMAT))
        return set_format(p, word);
    if (!(p->given & VDEV))
        return word.len ? set_vdev(p, word) : 0;
    if (!(p->given & ACCESS))
        return set_access(p, word);
    if (word.len == 0)
        return 0;
    if (p->classic && !(p->given & BACKEND))
        return set_backend(p, word);
    return fail(p->f, "unknown disk option '%.*s'", (int)word.len, word.at);
}

static int parse_words(struct parse *p, const char *text)
{
    struct word word, key, value;

    for (const char *start = text; word_next(&text, ',', &word); start = text) {
        int ret;

        /* A path by place may hold '='. */
        bool path = !(p->given & TARGET) && (p->classic || word.at[0] == '/');

        if (path || !word_split(word, &key, &value)) {
            ret = !path && take_flag(p, word) ? 0 : set_by_place(p, word);
        } else if (word_is(key, "target")) { /* takes the rest of the text, commas and all */
            value.at = strchr(start, '=') + 1;
            value.len = strlen(value.at);
            return set_target(p, value);
        } else {
            ret = set_pair(p, key, value);
        }
        if (ret)
            return -1;
    }
    return 0;
}

/* Takes off "tap:", "aio:", "phy:", ...; each may follow another.  Returns what is left. */
static const char *take_prefixes(struct parse *p, const char *text)
{
    static const struct {
        const char *prefix;
        enum disk_kind kind;
        enum disk_format format;
        const char *script;
    } table[] = {
        {"file:", DISK_FILE, DISK_RAW, NULL},        {"phy:", DISK_PHY, DISK_RAW, NULL},
        {"tap:", DISK_FILE, DISK_RAW, NULL},         {"tap2:", DISK_FILE, DISK_RAW, NULL},
        {"tapdisk:", DISK_FILE, DISK_RAW, NULL},     {"aio:", DISK_FILE, DISK_RAW, NULL},
        {"sync:", DISK_FILE, DISK_RAW, NULL},        {"ioemu:", DISK_FILE, DISK_RAW, NULL},
        {"raw:", DISK_FILE, DISK_RAW, NULL},         {"qcow:", DISK_FILE, DISK_QCOW, NULL},
        {"qcow2:", DISK_FILE, DISK_QCOW2, NULL},     {"vhd:", DISK_FILE, DISK_VHD, NULL},
        {"vmdk:", DISK_FILE, DISK_VMDK, NULL},       {"qed:", DISK_FILE, DISK_QED, NULL},
        {"vhdx:", DISK_FILE, DISK_VHDX, NULL},       {"iscsi:", DISK_ANY, DISK_RAW, "block-iscsi"},
        {"nbd:", DISK_ANY, DISK_RAW, "block-nbd"},   {"enbd:", DISK_ANY, DISK_RAW, "block-enbd"},
        {"drbd:", DISK_ANY, DISK_RAW, "block-drbd"},
    };
    size_t i = 0;

    while (i < sizeof(table) / sizeof(table[0])) {
        if (strncmp(text, table[i].prefix, strlen(table[i].prefix)) != 0) {
            i++;
            continue;
        }
        text += strlen(table[i].prefix);
        p->classic = true;
        p->given |= FORMAT;
        p->out->kind = table[i].kind;
        if (table[i].format != DISK_RAW)
            p->out->format = table[i].format;
        if (table[i].script) {
            p->out->script = strdup(table[i].script);
            return p->out->script ? text : NULL;
        }
        i = 0;
    }
    return text;
}

/* "vg/lv" means /dev/vg/lv: xl says so of every path, xm of phy: only. */
static int complete_path(struct parse *p)
{
    struct disk_spec *out = p->out;
    char *full;

    if (out->script || !out->target[0] || out->target[0] == '/')
        return 0;
    if (out->kind == DISK_FILE)
        return fail(p->f, "path '%s' must begin with /", out->target);
    full = malloc(strlen(out->target) + sizeof("/dev/"));
    if (!full)
        return fail(p->f, "out of memory");
    strcpy(full, "/dev/");
    strcat(full, out->target);
    free(out->target);
    out->target = full;
    return 0;
}

static int check_complete(struct parse *p)
{
    struct disk_spec *out = p->out;

    if (!out->vdev && p->classic)
        return fail(p->f, "'PATH,VDEV,MODE' is expected after the prefix, e.g. xvda,w");
    if (!out->target && !(out->target = strdup("")))
        return fail(p->f, "out of memory");
    if (!out->target[0] && !out->cdrom)
        return fail(p->f, "the path of the image or device is missing");
    if (!out->vdev)
        return fail(p->f, "the virtual device (xvda, ...) is missing%s",
                    strchr(out->target, ',') ? " (target= takes the rest of the text: put it last)"
                                             : "");
    if (out->cdrom)
        out->writable = out->shared = false;
    return complete_path(p);
}

int disk_spec_parse(const char *text, struct disk_spec *out, struct fail *f)
{
    struct parse p = {.out = out, .f = f};
    const char *rest;
    int ret;

    *out = (struct disk_spec){.discard = true};
    rest = take_prefixes(&p, text + strspn(text, " \t"));
    out->writable = !p.classic; /* the default of xl, but not of xm */
    if (!rest)
        ret = fail(f, "out of memory");
    else
        ret = parse_words(&p, rest) ? -1 : check_complete(&p);
    if (ret)
        disk_free(out);
    return ret;
}

int disk_parse(const char *text, struct disk_spec *out, struct fail *f)
{
    if (disk_spec_parse(text, out, f))
        return -1;
    if (out->format == DISK_RAW || out->format == DISK_QCOW2 || !out->writable || out->script ||
        out->backend)
        return 0;
    fail(f, "images of format %s can only be read (mode r; or convert it: qemu-img convert -O raw)",
         formats[out->format]);
    disk_free(out);
    return -1;
}

void disk_free(struct disk_spec *disk)
{
    free(disk->target);
    free(disk->vdev);
    free(disk->script);
    free(disk->backend);
    *disk = (struct disk_spec){0};
}

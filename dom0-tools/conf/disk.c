/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk specifications; see disk.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/disk.h"
#include "conf/vdev.h"
#include "conf/words.h"

static int replace(char **field, struct word word, struct fail *f)
{
    free(*field);
    *field = word_dup(word);
    return *field ? 0 : fail(f, "out of memory");
}

static int set_access(struct disk_spec *out, struct word word, struct fail *f)
{
    if (word_is(word, "r") || word_is(word, "ro")) {
        out->writable = false;
        return 0;
    }
    out->writable = true;
    out->shared = word_is(word, "w!");
    if (out->shared || word_is(word, "w") || word_is(word, "rw"))
        return 0;
    return fail(f, "access mode '%.*s' is not one of r, w, w!", (int)word.len, word.at);
}

static int set_vdev(struct disk_spec *out, struct word word, struct fail *f)
{
    char *colon;

    if (replace(&out->vdev, word, f))
        return -1;
    colon = strchr(out->vdev, ':');
    if (colon) { /* "hdc:cdrom" */
        out->cdrom = strcmp(colon + 1, "cdrom") == 0;
        if (!out->cdrom && strcmp(colon + 1, "disk") != 0)
            return fail(f, "device type '%s' is not cdrom or disk", colon + 1);
        *colon = '\0';
    }
    if (!vdev_parse(out->vdev, &out->number))
        return fail(f, "'%s' is not a virtual disk (write xvda, xvdb, ... or 0xNNN)", out->vdev);
    return 0;
}

static int set_format(struct word word, struct fail *f)
{
    if (word.len == 0 || word_is(word, "raw") || word_is(word, "aio"))
        return 0;
    if (word_in(word.at, word.len, "qcow|qcow2|vhd|qed"))
        return fail(f, "image format %.*s is not supported (convert it: qemu-img convert -O raw)",
                    (int)word.len, word.at);
    return fail(f, "'%.*s' is not an image format (write raw)", (int)word.len, word.at);
}

static int check_complete(const struct disk_spec *out, struct fail *f)
{
    if (!out->target || !out->target[0])
        return fail(f, "the path of the image or device is missing");
    if (out->target[0] != '/')
        return fail(f, "path '%s' must begin with /", out->target);
    if (!out->vdev)
        return fail(f, "the virtual device (xvda, ...) is missing");
    return 0;
}

/* Strips a classic prefix; returns its length, 0 if there is none, -1 with a message. */
static int classic_prefix(const char *text, enum disk_kind *kind, struct fail *f)
{
    static const struct {
        const char *prefix;
        enum disk_kind kind;
    } good[] = {
        {"file:", DISK_FILE},     {"phy:", DISK_PHY},
        {"tap:aio:", DISK_FILE},  {"tap2:tapdisk:aio:", DISK_FILE},
        {"tap2:aio:", DISK_FILE}, {"tap:tapdisk:aio:", DISK_FILE},
    };
    static const char *const bad[] = {
        "tap:", "tap2:", "drbd:", "nbd:", "iscsi:", "vbd:", "qcow:", "qcow2:", "vhd:"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (strncmp(text, good[i].prefix, strlen(good[i].prefix)) == 0) {
            *kind = good[i].kind;
            return strlen(good[i].prefix);
        }
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (strncmp(text, bad[i], strlen(bad[i])) == 0)
            return fail(f, "'%.*s' disks are not supported (use file: or phy:)",
                        (int)strcspn(text, ",/"), text);
    return 0;
}

static int parse_classic(const char *rest, struct disk_spec *out, struct fail *f)
{
    struct word target, vdev, mode = {"r", 1}, backend;

    if (!word_next(&rest, ',', &target) || !word_next(&rest, ',', &vdev))
        return fail(f, "'PATH,VDEV,MODE' is expected after the prefix, e.g. xvda,w");
    word_next(&rest, ',', &mode);
    if (word_next(&rest, ',', &backend) && !word_in(backend.at, backend.len, "0|Domain-0"))
        return fail(f, "back-ends in domain '%.*s' are not supported", (int)backend.len,
                    backend.at);
    if (replace(&out->target, target, f) || set_vdev(out, vdev, f) || set_access(out, mode, f))
        return -1;
    if (out->kind == DISK_PHY && out->target[0] != '/') { /* "phy:vg/lv" means /dev/vg/lv */
        char *full = malloc(strlen(out->target) + sizeof("/dev/"));

        if (!full)
            return fail(f, "out of memory");
        strcpy(full, "/dev/");
        strcat(full, out->target);
        free(out->target);
        out->target = full;
    }
    return check_complete(out, f);
}

static int xl_pair(struct disk_spec *out, struct word key, struct word value, struct fail *f)
{
    if (word_is(key, "vdev"))
        return set_vdev(out, value, f);
    if (word_is(key, "access"))
        return set_access(out, value, f);
    if (word_is(key, "format"))
        return set_format(value, f);
    if (word_is(key, "script"))
        return replace(&out->script, value, f);
    if (word_is(key, "backendtype"))
        return word_in(value.at, value.len, "phy|qdisk|tap")
                   ? 0
                   : fail(f, "back-end type '%.*s' is unknown", (int)value.len, value.at);
    if (word_is(key, "backend"))
        return word_in(value.at, value.len, "0|Domain-0")
                   ? 0
                   : fail(f, "back-ends in other domains are not supported");
    if (word_is(key, "devtype")) {
        out->cdrom = word_is(value, "cdrom");
        return 0;
    }
    return fail(f, "unknown disk option '%.*s='", (int)key.len, key.at);
}

static int xl_flag(struct disk_spec *out, struct word word, struct fail *f)
{
    if (word_is(word, "cdrom"))
        out->cdrom = true;
    else if (word_is(word, "discard"))
        out->discard = true;
    else if (word_is(word, "no-discard"))
        out->discard = false;
    else if (!word_in(word.at, word.len, "direct-io-safe|trusted|untrusted"))
        return fail(f, "unknown disk option '%.*s'", (int)word.len, word.at);
    return 0;
}

/* xl: up to four positional fields (target, format, vdev, access), then options in any order. */
static int parse_xl(const char *rest, struct disk_spec *out, struct fail *f)
{
    unsigned int position = 0;
    struct word word, key, value;
    int ret = 0;

    out->writable = true; /* xl-disk-configuration(5): the default is rw */
    out->discard = true;
    for (const char *start = rest; !ret && word_next(&rest, ',', &word); start = rest) {
        if (word_split(word, &key, &value)) {
            if (word_is(key, "target")) { /* takes the rest of the text, commas and all */
                value.at = strchr(start, '=') + 1;
                value.len = strlen(value.at);
                return replace(&out->target, value, f) ? -1 : check_complete(out, f);
            }
            ret = xl_pair(out, key, value, f);
        } else if (position < 4) {
            switch (position++) {
            case 0:
                ret = replace(&out->target, word, f);
                break;
            case 1:
                ret = set_format(word, f);
                break;
            case 2:
                ret = set_vdev(out, word, f);
                break;
            default:
                ret = word.len ? set_access(out, word, f) : 0;
            }
        } else {
            ret = xl_flag(out, word, f);
        }
    }
    return ret ? -1 : check_complete(out, f);
}

int disk_parse(const char *text, struct disk_spec *out, struct fail *f)
{
    int prefix, ret;

    *out = (struct disk_spec){0};
    prefix = classic_prefix(text, &out->kind, f);
    if (prefix < 0)
        return -1;
    if (prefix) {
        out->discard = true;
        ret = parse_classic(text + prefix, out, f);
    } else {
        ret = parse_xl(text, out, f);
    }
    if (ret)
        disk_free(out);
    return ret;
}

void disk_free(struct disk_spec *disk)
{
    free(disk->target);
    free(disk->vdev);
    free(disk->script);
    *disk = (struct disk_spec){0};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams that are no good.  The first byte says how: any bytes as the head or as the rest, any
 * text as the configuration, any bytes as one between processes, or a good stream with edits: lies at any place of it, cuts, records
 * taken out or doubled.  Whatever it is, the reader takes it or says why not, and leaves no
 * mapping.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/flat.h"
#include "domain/xl_config.h"
#include "fake_guest.h"
#include "lib/xalloc.h"
#include "stream/head.h"
#include "stream/restore.h"
#include "stream/save.h"

#define PAGES 40u

static void must(bool condition)
{
    if (!condition)
        abort();
}

static struct fake_machine machine;
static struct fake_file good, file;

static void make_good(void)
{
    struct stream_out out = fake_out_to(&good, &machine.fail);
    struct save s = {.guest = &machine.guest, .out = &out};

    fake_machine_reset(&machine, 0x1000);
    fake_boot(&machine, PAGES, 0, false);
    must(save_run(&s) == 0);
}

static void read_rest(void)
{
    struct stream_in in = fake_in_from(&file, &machine.fail);
    struct restore r = {.guest = &machine.guest, .in = &in, .max_pages = PAGES, .cpu = FAKE_CPU};
    int ret;

    fake_machine_reset(&machine, 0x9000);
    ret = restore_run(&r);
    must(machine.mapped == 0);
    must(ret == 0 || machine.fail.text[0]);
    if (ret == 0) {
        must(r.pages <= PAGES);
        must(fake_frame(&machine, r.store_frame) && fake_frame(&machine, r.console_frame));
        must(r.store_frame != r.console_frame);
    }
}

static void read_head(void)
{
    struct stream_in in = fake_in_from(&file, &machine.fail);
    bool json;
    char *text = stream_get_config(&in, &json);

    must(text || machine.fail.text[0]);
    if (text)
        stream_get_libxl_head(&in);
    free(text);
}

/* As the reader without rights hands it on. */
static struct conf *between_processes(struct conf *conf)
{
    static uint8_t flat[FLAT_MAX];
    struct fail why = {""};
    ssize_t len = conf ? conf_flatten(conf, flat, &why) : -1;
    struct conf *came = len < 0 ? NULL : conf_unflatten("saved", flat, len, &why);

    must(!conf || came || why.text[0]);
    conf_free(conf);
    return came;
}

/* What a reader says that somebody else's bytes have taken over. */
static void read_flat(const uint8_t *data, size_t size)
{
    struct fail why = {""};
    struct conf *conf = conf_unflatten("saved", data, size, &why);

    must(conf || why.text[0]);
    if (conf && conf_check(conf, NULL, &why))
        must(why.text[0]);
    conf_free(conf);
}

static void read_config(const char *text)
{
    struct fail why = {""};
    struct conf *conf = xl_config_read("saved", text, &why);

    must(conf || why.text[0]);
    conf = between_processes(conf);
    if (conf && conf_check(conf, NULL, &why) == 0 && conf_string(conf, "name")) {
        char *again = xl_config_print(conf);
        struct conf *same = xl_config_read("again", again, &why);

        must(same && conf_string(same, "name"));
        must(strcmp(conf_string(same, "name"), conf_string(conf, "name")) == 0);
        conf_free(same);
        free(again);
    }
    conf_free(conf);
}

struct edit {
    uint8_t kind, place[3];
    uint32_t value;
};

/* The n-th record of libxc's: its place and whole length. */
static size_t record_at(unsigned int n, size_t *len)
{
    size_t at = 8 + 24 + 16;
    struct record r;

    for (;; n--) {
        if (at + sizeof(r) > file.len)
            return *len = 0;
        memcpy(&r, file.data + at, sizeof(r));
        *len = sizeof(r) + (size_t)r.length + record_padding(r.length);
        if (*len > file.len - at)
            return *len = 0;
        if (!n)
            return at;
        at += *len;
    }
}

static void apply(const struct edit *e)
{
    size_t place = e->place[0] | e->place[1] << 8 | (size_t)e->place[2] << 16, len, at;
    uint64_t wide = (int64_t)(int32_t)e->value;

    if (place + sizeof(wide) > file.len)
        place = file.len > sizeof(wide) ? place % (file.len - sizeof(wide)) : 0;
    if (file.len < sizeof(wide))
        return;
    at = record_at(e->place[0] % 16, &len);
    switch (e->kind % 6) {
    case 0:
        file.data[place] = e->value;
        break;
    case 1:
        memcpy(file.data + place, &e->value, sizeof(e->value));
        break;
    case 2: /* in a record's first words, or a word of a page */
        place = len ? at + e->value % len / 8 * 8 : 0;
        memcpy(file.data + place, &wide, len ? sizeof(wide) : 0);
        break;
    case 3:
        file.len = place;
        break;
    case 4:
        memmove(file.data + at, file.data + at + len, file.len - at - len);
        file.len -= len;
        break;
    default:
        if (file.len + len > file.size) {
            file.size = file.len + len;
            file.data = xrealloc(file.data, file.size);
        }
        memmove(file.data + at + len, file.data + at, file.len - at);
        file.len += len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t how = size ? data[0] : 0;
    char *text;

    if (!good.len)
        make_good();
    file.len = 0;
    if (size)
        data++, size--;
    if (how % 8 == 0) {
        text = xmemdup(data, size);
        how % 16 ? read_flat(data, size) : read_config(text);
        free(text);
        return 0;
    }
    if (how % 8 <= 2) {
        struct iovec iov = {(void *)data, size};
        struct stream_out out = fake_out_to(&file, &machine.fail);

        stream_put_parts(&out, &iov, 1);
        how % 8 == 1 ? read_head() : read_rest();
        return 0;
    }
    if (file.size < good.len) {
        file.size = good.len;
        file.data = xrealloc(file.data, file.size);
    }
    memcpy(file.data, good.data, good.len);
    file.len = good.len;
    for (size_t i = 0; i + sizeof(struct edit) <= size && i < 16 * sizeof(struct edit);
         i += sizeof(struct edit)) {
        struct edit e;

        memcpy(&e, data + i, sizeof(e));
        apply(&e);
    }
    read_rest();
    return 0;
}

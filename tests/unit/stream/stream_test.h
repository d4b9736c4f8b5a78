/* SPDX-License-Identifier: BSD-2-Clause */
/* Two machines and a stream between them. */
#ifndef STREAM_TEST_H
#define STREAM_TEST_H

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "fake_guest.h"
#include "stream/restore.h"
#include "stream/save.h"

#define PAGES 80u

static struct fake_machine from, to;
static struct fake_file file;

static inline void begin(void)
{
    fake_machine_reset(&from, 0x1000);
    fake_machine_reset(&to, 0x9000);
    file = (struct fake_file){0};
}

static inline void end(void)
{
    fake_machine_free(&from);
    fake_machine_free(&to);
    free(file.data);
}

static inline int save_it(void)
{
    struct stream_out out = fake_out_to(&file, &from.fail);
    struct save s = {.guest = &from.guest, .out = &out, .xen_version = 0x40011};
    int ret = save_run(&s);

    cr_assert_eq(from.mapped, 0, "a mapping is left");
    return ret;
}

/* The ports are 21 and 22. */
static inline int restore_it(struct restore *r)
{
    struct stream_in in = fake_in_from(&file, &to.fail);
    int ret;

    *r = (struct restore){.guest = &to.guest,
                          .in = &in,
                          .max_pages = FAKE_FRAMES,
                          .store_port = 21,
                          .console_port = 22,
                          .cpu = FAKE_CPU};
    ret = restore_run(r);
    cr_assert_eq(to.mapped, 0, "a mapping is left");
    return ret;
}

/* The guest of @pages saved into the file. */
static inline void saved(uint64_t pages)
{
    fake_boot(&from, pages, 0, false);
    cr_assert_eq(save_it(), 0, "%s", from.fail.text);
}

static inline void refused(const char *why)
{
    struct restore r;

    fake_machine_reset(&to, 0x9000);
    cr_assert_eq(restore_it(&r), -1, "taken, but: %s", why);
    cr_assert(strstr(to.fail.text, why), "\"%s\" does not say \"%s\"", to.fail.text, why);
}

/* The place of the body of the first record of @type of libxc's; its length in *@len. */
static inline uint8_t *body_of(uint32_t type, uint32_t *len)
{
    size_t at = 8 + 24 + 16;

    for (;;) {
        struct record r;

        cr_assert_leq(at + sizeof(r), file.len, "no record of type %u", type);
        memcpy(&r, file.data + at, sizeof(r));
        *len = r.length;
        if (r.type == type)
            return file.data + at + sizeof(r);
        at += sizeof(r) + r.length + record_padding(r.length);
    }
}

static inline uint8_t *body(uint32_t type)
{
    uint32_t len;

    return body_of(type, &len);
}

#endif

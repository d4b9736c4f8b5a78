/* SPDX-License-Identifier: BSD-2-Clause */
/* xl's and libxl's headers: the bytes, and what is refused. */
#include "stream/head.h"
#include "stream_test.h"

static const char config[] = "{\"c_info\":{}}";

static void write_head(void)
{
    struct stream_out out = fake_out_to(&file, &from.fail);

    cr_assert_eq(stream_put_head(&out, config), 0);
}

static char *read_head(void)
{
    struct stream_in in = fake_in_from(&file, &to.fail);
    bool json;
    char *text = stream_get_config(&in, &json);

    if (text && stream_get_libxl_head(&in)) {
        free(text);
        text = NULL;
    }
    return text;
}

Test(head, bytes, .init = begin, .fini = end)
{
    static const uint8_t expected[] = {
        0x58, 0x65, 0x6e, 0x20, 0x73, 0x61, 0x76, 0x65, 0x64, 0x20, 0x64, 0x6f, 0x6d,
        0x61, 0x69, 0x6e, 0x2c, 0x20, 0x78, 0x6c, 0x20, 0x66, 0x6f, 0x72, 0x6d, 0x61,
        0x74, 0x0a, 0x20, 0x00, 0x20, 0x0d, 4,    3,    2,    1,    3,    0,    0,
        0,    0,    0,    0,    0,    18,   0,    0,    0,    14,   0,    0,    0};

    write_head();
    cr_assert_eq(memcmp(file.data, expected, sizeof(expected)), 0);
    cr_assert_str_eq((char *)file.data + sizeof(expected), config);
    cr_assert_eq(memcmp(file.data + file.len - 16, "LibxlFmt\0\0\0\2\0\0\0\0", 16), 0);
}

Test(head, round, .init = begin, .fini = end)
{
    char *text;

    write_head();
    text = read_head();
    cr_assert_str_eq(text, config);
    free(text);
    for (size_t whole = file.len, len = 0; len < whole; len++) {
        file.len = len;
        cr_assert_null(read_head());
        cr_assert(strstr(to.fail.text, "truncated"), "%zu: %s", len, to.fail.text);
    }
}

Test(head, bad, .init = begin, .fini = end)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } cases[] = {
        {3, 'X', "does not begin with"},
        {31, '\n', "does not begin with"},
        {32, 1, "order of bytes"},
        {36, 7, "newer tools"},
        {36, 1, "Xen 4.5"},
        {47, 1, "configuration would have"},
        {44, 3, "has no configuration"},
        {48, 15, "no plausible length"},
        {48, 0, "no plausible length"},
        {60, 0, "is no text"},
        {52 + sizeof(config), 'x', "libxl's header is not there"},
        {52 + sizeof(config) + 11, 3, "has version 3"},
        {52 + sizeof(config) + 15, 1, "order of bytes"},
        {52 + sizeof(config) + 15, 4, "unknown options"},
    };

    write_head();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t was = file.data[cases[i].at];

        file.data[cases[i].at] = cases[i].value;
        cr_assert_null(read_head(), "%s", cases[i].why);
        cr_assert(strstr(to.fail.text, cases[i].why), "%s: %s", cases[i].why, to.fail.text);
        file.data[cases[i].at] = was;
    }
    memcpy(file.data, "LinuxGuestRecord", 16);
    cr_assert_null(read_head());
    cr_assert(strstr(to.fail.text, "xm of Xen 4.1"), "%s", to.fail.text);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive before an initial RAM disk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <asm/ucode.h>

static uint8_t archive[1024];
static size_t length;

static void add(const char *name, const char *content)
{
    size_t n = strlen(content);

    length += (size_t)sprintf((char *)archive + length,
                              "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zX%08x", 1,
                              0100644, 0, 0, 1, 0, n, 0, 0, 0, 0, strlen(name) + 1, 0);
    strcpy((char *)archive + length, name);
    length = (length + strlen(name) + 1 + 3) & ~3ul;
    memcpy(archive + length, content, n);
    length = (length + n + 3) & ~3ul;
}

static bool find(size_t len, const char *name, const char **content, size_t *n)
{
    uint8_t *exact = malloc(len ? len : 1); /* so that ASan sees the first byte too many */
    const uint8_t *file = NULL;

    memcpy(exact, archive, len);
    bool found = ucode_cpio(exact, len, name, &file, n);
    if (found)
        *content = (const char *)archive + (file - exact);
    free(exact);
    return found;
}

static void three(void)
{
    length = 0;
    add("kernel", "");
    add("kernel/a", "first");
    add("kernel/b", "second!");
    add("TRAILER!!!", "");
}

TestSuite(cpio, .init = three);

Test(cpio, files_by_their_whole_names)
{
    const char *content;
    size_t n;

    cr_assert(find(length, "kernel/a", &content, &n));
    cr_expect_eq(n, 5);
    cr_expect_arr_eq(content, "first", 5);
    cr_assert(find(length, "kernel/b", &content, &n));
    cr_expect_eq(n, 7);
    cr_expect_arr_eq(content, "second!", 7);
    cr_expect_not(find(length, "kernel/", &content, &n));
    cr_expect_not(find(length, "kernel/ab", &content, &n));
    memcpy(archive + length, "\37\213 something compressed", 24);
    cr_expect(find(length + 24, "kernel/b", &content, &n), "what comes behind");
}

Test(cpio, cut_anywhere)
{
    const char *content;
    size_t n, end_of_b = 0;

    for (size_t len = 0; len <= length; len++)
        if (find(len, "kernel/b", &content, &n)) {
            end_of_b = (size_t)(content - (char *)archive) + n;
            cr_assert_geq(len, end_of_b);
        } else {
            cr_assert_eq(end_of_b, 0, "whole at %zu, not at %zu", end_of_b, len);
        }
    cr_expect_neq(end_of_b, 0);
}

Test(cpio, numbers_that_are_none_or_too_large)
{
    static const char *const bad[] = {"0000000g", "0000000:", "0000000/", "000000-1",
                                      "        ", "ffffffff", "7fffffff", "fffffffc"};
    const char *content;
    size_t n;

    for (unsigned field = 54; field <= 94; field += 40)
        for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            three();
            memcpy(archive + field, bad[i], 8);
            cr_expect_not(find(length, "kernel/b", &content, &n), "%s at %u", bad[i], field);
        }
    length = 0;
    add("kernel/b", "21 bytes: that is 0x15");
    memcpy(archive + 54, "0000000l", 8); /* which would be 0x15 if l were a digit */
    cr_expect_not(find(length, "kernel/b", &content, &n), "a digit of 21");
    three();
    archive[5] = '2'; /* the form with checksums */
    cr_expect_not(find(length, "kernel/a", &content, &n));
}

Test(cpio, a_short_name_at_the_end)
{
    const char *content;
    size_t n;

    length = 0;
    add("k", "");
    cr_expect_not(find(length, "kernel/microcode", &content, &n), "and nothing behind it is read");
}

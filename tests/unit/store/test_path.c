/* SPDX-License-Identifier: BSD-2-Clause */
/* Which paths are legal and what relative ones mean. */
#include <criterion/criterion.h>
#include <string.h>

#include "store/path.h"

static const char home[] = "/local/domain/7";
static struct path p;

Test(path, absolute_paths_stay)
{
    cr_assert(path_resolve(&p, "/a/b-c/D_e/0@9", home));
    cr_assert_str_eq(p.text, "/a/b-c/D_e/0@9");
    cr_assert_eq(p.base_len, 0);
    cr_assert(path_resolve(&p, "/", home));
}

Test(path, relative_paths_are_below_home)
{
    cr_assert(path_resolve(&p, "x/y", home));
    cr_assert_str_eq(p.text, "/local/domain/7/x/y");
    cr_assert_str_eq(p.text + p.base_len, "x/y");
}

Test(path, illegal_paths_are_refused)
{
    static const char *const bad[] = {"",     "//",   "/a//b", "/a/", "a/",
                                      "/a b", "/a\n", "/\xc3", "a."};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_not(path_resolve(&p, bad[i], home), "'%s'", bad[i]);
}

Test(path, lengths_are_bounded)
{
    char text[XENSTORE_ABS_PATH_MAX + 2];

    memset(text, 'a', sizeof(text));
    text[0] = '/';
    text[XENSTORE_ABS_PATH_MAX] = '\0';
    cr_assert(path_resolve(&p, text, home));
    text[XENSTORE_ABS_PATH_MAX] = 'a';
    text[XENSTORE_ABS_PATH_MAX + 1] = '\0';
    cr_assert_not(path_resolve(&p, text, home));
    text[0] = 'a';
    text[XENSTORE_REL_PATH_MAX] = '\0';
    cr_assert(path_resolve(&p, text, home));
    text[XENSTORE_REL_PATH_MAX] = 'a';
    text[XENSTORE_REL_PATH_MAX + 1] = '\0';
    cr_assert_not(path_resolve(&p, text, home));
}

Test(path, parents_and_children)
{
    cr_assert_eq(path_parent_len("/a/bc"), 2);
    cr_assert_eq(path_parent_len("/a"), 1);
    cr_assert_eq(path_parent_len("/"), 1);
    cr_assert(path_below("/", "/a"));
    cr_assert(path_below("/a", "/a"));
    cr_assert(path_below("/a", "/a/b"));
    cr_assert_not(path_below("/a", "/ab"));
    cr_assert_not(path_below("/a/b", "/a"));
}

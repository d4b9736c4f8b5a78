/* SPDX-License-Identifier: BSD-2-Clause */
/* The command lines of save, restore, suspend and resume. */
#include "verbs.h"

static char *save_file(void)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/g.save", fake_dir);
    return path;
}

static void begin(void)
{
    fake_reset();
    fake_on_write = fake_good_guests;
    cr_assert_eq(RUN("xm", "create", config_file("g", "vcpus=2")), 0, "%s", fake_err);
}

Test(save, file, .init = begin)
{
    cr_assert_eq(RUN("xm", "save", "g", save_file()), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "g"), 3, "it is gone");
    cr_assert_eq(RUN("xm", "restore", save_file()), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "g"), 0);
    assert_out("g                                            1    16     2");
    cr_assert(fake_file_exists("g.save"), "as xl: the file stays");
    cr_assert_eq(RUN("xm", "restore", save_file()), 1);
    assert_err("already");
}

Test(save, options, .init = begin)
{
    cr_assert_eq(RUN("xl", "save", "-c", "g", save_file()), 0, "%s", fake_err);
    cr_assert_eq(fake_domain(1)->flags & (XEN_DOMINF_shutdown | XEN_DOMINF_paused), 0);
    cr_assert_eq(RUN("xl", "save", "-p", "g", save_file()), 0, "%s", fake_err);
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xl", "destroy", "g"), 0);
    cr_assert_eq(RUN("xl", "restore", "-p", "-e", save_file()), 0, "%s", fake_err);
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xl", "destroy", "g"), 0);
    cr_assert_eq(RUN("xl", "restore", config_file("h", "name='h'"), save_file()), 0, "%s",
                 fake_err);
    cr_assert_eq(RUN("xl", "domid", "h"), 0, "the named config counts");
}

Test(save, refused, .init = begin)
{
    cr_assert_eq(RUN("xm", "save", "0", save_file()), 1);
    assert_err("Domain-0 cannot be saved");
    cr_assert_eq(RUN("xm", "save", "none", save_file()), 3);
    cr_assert_eq(RUN("xm", "save", "g", "/no/where"), 1);
    assert_err("/no/where");
    cr_assert_eq(fake_domain(1)->flags & XEN_DOMINF_shutdown, 0, "it was not even asked");
    cr_assert_eq(RUN("xm", "restore", "/no/where"), 1);
    assert_err("cannot open /no/where");
    cr_assert_eq(RUN("xm", "restore",
                     (char *)fake_file("text", "Not a saved domain at all, but "
                                               "a text of some length, really")),
                 1);
    assert_err("does not begin with");
}

/* The state of a managed domain is there while it is suspended, and only then. */
Test(save, managed, .init = begin)
{
    cr_assert_eq(RUN("xm", "suspend", "g"), 1);
    assert_err("not managed");
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "new", config_file("g", "")), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "start", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "resume", "g"), 1);
    assert_err("is running already");
    cr_assert_eq(RUN("xm", "suspend", "g"), 0, "%s", fake_err);
    cr_assert(fake_file_exists("managed/g.state"));
    cr_assert_eq(RUN("xm", "list", "g"), 0, "it is known still");
    cr_assert_eq(RUN("xm", "start", "g"), 1, "it would begin anew on disks that are in use");
    assert_err("is suspended");
    cr_assert_eq(RUN("xm", "resume", "-p", "g"), 0, "%s", fake_err);
    cr_assert_not(fake_file_exists("managed/g.state"));
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "resume", "g"), 1);
    assert_err("is not suspended");
    cr_assert_eq(RUN("xm", "start", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "suspend", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "delete", "g"), 0, "%s", fake_err);
    cr_assert_not(fake_file_exists("managed/g.state"), "its state goes with it");
    cr_assert_eq(RUN("xl", "suspend", "g"), 1, "xl has none");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* block-* and network-*. */
#include "verbs.h"

static void begin(void)
{
    fake_reset();
    fake_file("a.img", "");
    fake_file("b.img", "");
    cr_assert_eq(
        RUN("xm", "create", "-q", config_file("g", "name='g'; disk=['file:%s/a.img,xvda,w']")), 0,
        "%s", fake_err);
}

static char *spec(const char *name)
{
    static char text[256];

    snprintf(text, sizeof(text), "file:%s/%s", fake_dir, name);
    return text;
}

Test(block, attach_list_detach, .init = begin)
{
    cr_assert_eq(RUN("xm", "block-list", "g"), 0);
    assert_out("Vdev  BE  handle state evt-ch ring-ref BE-path                       \n"
               "51712 0   1      1     -1     -1       /local/domain/0/backend/vbd/1/51712");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("b.img"), "xvdb", "w"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out, "");
    cr_assert_eq(RUN("xm", "block-list", "g"), 0);
    assert_out("\n51728 0 ");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("b.img"), "xvdb", "w"), 1);
    assert_err("has a device xvdb already");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("a.img"), "xvdc", "w"), 1);
    assert_err("in use by domain g");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("c.img"), "xvdc", "w"), 1);
    assert_err("No such file");
    cr_assert_eq(RUN("xm", "block-detach", "g", "xvdb"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "block-detach", "g", "51728"), 1);
    assert_err("Device 51728 (vbd) is not connected to domain g");
    cr_assert_eq(RUN("xm", "block-detach", "g", "nosuch"), 1);
    cr_assert_eq(RUN("xm", "block-attach", "0", spec("b.img"), "xvdb", "w"), 1);
    cr_assert_eq(RUN("xm", "block-attach", "nosuch", spec("b.img"), "xvdb"), 3);
    cr_assert_eq(RUN("xm", "block-detach", "nosuch", "xvdb"), 3);
    cr_assert_eq(RUN("xm", "block-list", "nosuch"), 3);
}

Test(block, xl_takes_one_word, .init = begin)
{
    char word[300];

    snprintf(word, sizeof(word), "%s,xvdb,w", spec("b.img"));
    cr_assert_eq(RUN("xl", "block-attach", "g", word), 0, "%s", fake_err);
    cr_assert_eq(RUN("xl", "block-detach", "g", "xvdb", "--force"), 0);
}

Test(network, attach_list_detach, .init = begin)
{
    cr_assert_eq(RUN("xm", "network-attach", "g", "mac=00:16:3e:00:00:09", "bridge=xenbr0"), 0,
                 "%s", fake_err);
    cr_assert_str_eq(fake_out, "");
    cr_assert_eq(RUN("xm", "network-list", "g"), 0);
    assert_out("Idx BE  MAC Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path            "
               "           \n"
               "0   0   00:16:3e:00:00:09      0     1     -1    -1/-1          "
               "/local/domain/0/backend/vif/1/0");
    cr_assert_eq(RUN("xm", "network-attach", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "network-attach", "g", "bridge=nobr"), 1);
    assert_err("bridge nobr does not exist");
    cr_assert_eq(RUN("xm", "network-detach", "g", "00:16:3e:00:00:09"), 0);
    cr_assert_eq(RUN("xm", "network-detach", "g", "1"), 0);
    cr_assert_eq(RUN("xm", "network-detach", "g", "1"), 1);
}

Test(dump_core, of_both_dialects, .init = fake_reset)
{
    fake_domain_add(5, "g")->tot_pages = 1;
    fake_domain(5)->shared_info_frame = 1;
    fake_frames[0].owner = fake_frames[1].owner = 5;
    fake_frames[0].pfn = 0;
    cr_assert_eq(RUN("xm", "dump-core", "g"), 0, "%s", fake_err);
    assert_out("Dumping core of domain: g ...\n");
    cr_assert_eq(RUN("xl", "dump-core", "g"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out, "");
    cr_assert(fake_file_exists("xl-dump/g"));
    cr_assert_eq(RUN("xm", "dump-core", "-C", "-R", "g"), 1);
    assert_err("exclude each other");
    cr_assert_eq(RUN("xm", "dump-core", "0"), 1);
    cr_assert_eq(RUN("xm", "dump-core", "nosuch"), 3);
    cr_assert_eq(RUN("xm", "dump-core", "-R", "g"), 1, "its config is not kept");
    cr_assert_not_null(fake_domain(5), "so it stays");
    cr_assert_eq(RUN("xm", "dump-core", "--crash", "g"), 0, "%s", fake_err);
    cr_assert_null(fake_domain(5));
}

Test(dump_core, reset, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "create", "-q", config_file("g", "")), 0, "%s", fake_err);
    fake_domain(1)->tot_pages = 1;
    fake_domain(1)->shared_info_frame = 1;
    fake_frames[0].owner = fake_frames[1].owner = 1;
    fake_frames[0].pfn = 0;
    cr_assert_eq(RUN("xm", "dump-core", "-R", "g"), 0, "%s", fake_err);
    cr_assert_eq(fake_domain(1)->tot_pages, 16 << 8, "made anew");
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g");
}

Test(block, configure_and_discs, .init = fake_reset)
{
    char iso[128], spec[192];

    snprintf(iso, sizeof(iso), "%s", fake_file("d.iso", ""));
    cr_assert_eq(RUN("xm", "create", "-q",
                     config_file("g", "disk=['file:%s/kernel,xvda,r', ',xvdc:cdrom,r']")),
                 0, "%s", fake_err);
    snprintf(spec, sizeof(spec), "file:%s/kernel", fake_dir);
    cr_assert_eq(RUN("xm", "block-configure", "g", spec, "xvda", "w"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/mode"), "w");
    cr_assert_eq(RUN("xl", "cd-insert", "g", "xvdc", iso), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51744/params"), iso);
    cr_assert_eq(RUN("xm", "cd-eject", "g", "xvdc"), 0, "%s", fake_err);
    cr_assert_null(fake_node("/local/domain/0/backend/vbd/1/51744/params"));
    cr_assert_eq(RUN("xm", "cd-eject", "g", "xvda"), 1);
    assert_err("Error: disk xvda is not a CD drive");
    cr_assert_eq(RUN("xl", "block-configure", "g", spec, "xvda", "w"), 1, "xl has none");
}

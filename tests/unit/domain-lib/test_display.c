/* SPDX-License-Identifier: BSD-2-Clause */
/* Displays: a frame buffer and its keyboard. */
#include "domain_test.h"

#define VFB(node)  "/local/domain/0/backend/vfb/1/0/" node
#define VKBD(node) "/local/domain/0/backend/vkbd/1/0/" node

Test(display, nodes, .init = begin)
{
    cr_assert_eq(
        start("name='g'; vfb=['vnc=1,vnclisten=0.0.0.0,vncdisplay=7,vncpasswd=secret,keymap=de']"),
        1, "%s", ts.fail.text);
    cr_expect_str_eq(fake_node(VFB("vnclisten")), "0.0.0.0");
    cr_expect_str_eq(fake_node(VFB("vncdisplay")), "7");
    cr_expect_str_eq(fake_node(VFB("vncunused")), "0");
    cr_expect_str_eq(fake_node(VFB("vncpasswd")), "secret");
    cr_expect_str_eq(fake_node(VFB("keymap")), "de");
    cr_expect_str_eq(fake_node(VFB("kind")), "user");
    cr_expect_str_eq(fake_node(VKBD("frontend")), "/local/domain/1/device/vkbd/0");
    cr_expect_str_eq(fake_node("/local/domain/1/device/vfb/0/backend-id"), "0");
    teardown(&ts, 1);
    cr_expect_null(fake_node(VFB("state")));
    cr_expect_null(fake_node(VKBD("state")));
}

Test(display, refusals, .init = begin)
{
    assert_fails_with(start("name='g'; vfb=['vnc=0']"), "nobody could see it");
    assert_fails_with(start("name='g'; vnc=1; vnclisten='nowhere'"), "is not an address");
    assert_fails_with(start("name='g'; vfb=['vnc=1', 'vnc=1']"), "one frame buffer only");
    cr_assert_eq(fake_domain_count(), 1);
}

Test(display, older_form_and_defaults, .init = begin)
{
    cr_assert_eq(start("name='g'; vnc=1; vncunused=1; vncdisplay=3; keymap='fr'"), 1, "%s",
                 ts.fail.text);
    cr_expect_str_eq(fake_node(VFB("vnclisten")), "127.0.0.1");
    cr_expect_str_eq(fake_node(VFB("vncdisplay")), "3");
    cr_expect_str_eq(fake_node(VFB("vncunused")), "1");
    cr_expect_str_eq(fake_node(VFB("keymap")), "fr");
    cr_expect_null(fake_node(VFB("vncpasswd")));
    teardown(&ts, 1);
    cr_assert_eq(start("name='g'; vnc=0; keymap='fr'"), 1);
    cr_expect_null(fake_node(VFB("state")));
    teardown(&ts, 1);
    fake_file("xend-config.sxp", "(vnc-listen '::1')\n(backends kernel)\n");
    cr_assert_eq(start("name='g'; vfb=['vnc=1']"), 1, "%s", ts.fail.text);
    cr_expect_str_eq(fake_node(VFB("vnclisten")), "::1");
    cr_expect_str_eq(fake_node(VFB("kind")), "user", "Linux has no back-end for it");
}

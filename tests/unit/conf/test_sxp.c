/* SPDX-License-Identifier: BSD-2-Clause */
/* Configs as S-expressions: xend's own form, and what is wrong with others. */
#include "conf/sxp_read.h"
#include "checked.h"

static struct conf *read_sxp(const char *text)
{
    return conf_read("f", text, strlen(text), NULL, 0, &why);
}

/* What xend printed for a config with all that a PV guest may have. */
static const char whole[] =
    "(vm\n    (name web)\n    (memory 256)\n    (maxmem 512)\n    (vcpus 2)\n"
    "    (uuid 00112233-4455-6677-8899-aabbccddeeff)\n    (on_reboot restart) # and again\n"
    "    (on_xend_start ignore)\n    (bootloader )\n    (bootloader_args '-q --entry=1')\n"
    "    (oos 1)\n    (cpus ((0 1) () (3)))\n"
    "    (image\n        (linux\n            (kernel /boot/vmlinuz)\n"
    "            (ramdisk '/boot/initrd (old).img')\n            (args 'root=/dev/xvda1 ro "
    "\\'x\\'')\n"
    "            (superpages 0)\n            (notes (HV_START_LOW 4118806528) (XEN_VERSION "
    "xen-3.0))"
    "\n        )\n    )\n    (s3_integrity 1)\n    (status 2)\n"
    "    (device (vbd (uname file:/srv/a.img) (dev xvda:disk) (mode w)))\n"
    "    (device (tap2 (uname tap:qcow2:/srv/b.qcow2) (dev xvdb) (mode r) (backend 0)))\n"
    "    (device (vbd (type phy) (params /dev/vg/c) (dev xvdc) (mode w!) (bootable 1)))\n"
    "    (device (vbd (uname phy:x) (dev xvdd) (mode r) (script block-iscsi) (backend store)))\n"
    "    (device (vif (bridge xenbr0) (mac 00:16:3e:00:00:01) (script vif-bridge) (backend 0)))\n"
    "    (device (vif))\n    (device (vkbd))\n    (device (console (protocol vt100)))\n"
    "    (device (vfb (vnc 1) (vnclisten 0.0.0.0) (vncunused 1)))\n)\n";

Test(sxp, all_that_xend_says)
{
    struct conf *conf = read_sxp(whole);

    cr_assert_not_null(conf, "%s", why.text);
    cr_expect_str_eq(conf_string(conf, "name"), "web");
    cr_expect_eq(conf_number(conf, "memory"), 256);
    cr_expect_eq(conf_number(conf, "maxmem"), 512);
    cr_expect_str_eq(conf_string(conf, "bootargs"), "-q --entry=1");
    cr_expect_null(conf_find(conf, "bootloader"), "empty");
    cr_expect_null(conf_find(conf, "status"), "a running domain's");
    cr_expect_str_eq(conf_string(conf, "kernel"), "/boot/vmlinuz");
    cr_expect_str_eq(conf_string(conf, "ramdisk"), "/boot/initrd (old).img");
    cr_expect_str_eq(conf_string(conf, "cmdline"), "root=/dev/xvda1 ro 'x'");
    cr_expect_str_eq(conf_item(conf, "cpus", 0)->text, "0,1");
    cr_expect_str_eq(conf_item(conf, "cpus", 1)->text, "all");
    cr_expect_str_eq(conf_item(conf, "cpus", 2)->text, "3");
    cr_expect_str_eq(conf_item(conf, "disk", 0)->text, "file:/srv/a.img,xvda:disk,w");
    cr_expect_str_eq(conf_item(conf, "disk", 1)->text, "tap:qcow2:/srv/b.qcow2,xvdb,r");
    cr_expect_str_eq(conf_item(conf, "disk", 2)->text, "phy:/dev/vg/c,xvdc,w!");
    cr_expect_str_eq(conf_item(conf, "disk", 3)->text,
                     "phy:x,xvdd,r,script=block-iscsi,backend=store");
    cr_expect_null(conf_item(conf, "disk", 4));
    cr_expect_str_eq(conf_item(conf, "vif", 0)->text,
                     "bridge=xenbr0,mac=00:16:3e:00:00:01,script=vif-bridge");
    cr_expect_str_eq(conf_item(conf, "vif", 1)->text, "");
    cr_expect_str_eq(conf_item(conf, "vfb", 0)->text, "vnc=1,vnclisten=0.0.0.0,vncunused=1");
    cr_expect_eq(conf_check(conf, NULL, &why), 0, "%s", why.text);
    conf_free(conf);
}

/* Its values have places, and the command line is above it as above any config. */
Test(sxp, is_a_config_like_others)
{
    static char *args[] = {"memory=64", "name=other"};
    const char *text = " (domain (name web)\n (memory x) (cpus 0-3))";
    struct conf *conf = read_sxp(text);

    cr_assert_not_null(conf, "%s", why.text);
    cr_expect_str_eq(conf_string(conf, "cpus"), "0-3");
    cr_expect_eq(conf_check(conf, NULL, &why), -1);
    cr_expect_str_eq(why.text, "f:2:10: memory: 'x' is not a number");
    conf_free(conf);
    conf = conf_read("f", text, strlen(text), args, 2, &why);
    cr_assert_not_null(conf, "%s", why.text);
    cr_expect_eq(conf_number(conf, "memory"), 64);
    cr_expect_str_eq(conf_string(conf, "name"), "other");
    conf_free(conf);
}

Test(sxp, refusals)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"(", "f:1:1: the '(' here is not closed"},
        {"(vm (name web)", "f:1:1: the '(' here is not closed"},
        {"(vm (name 'web))", "f:1:11: the text that begins here has no closing quote"},
        {"(vm))", "f:1:5: one domain is expected, and nothing after it"},
        {"(vm) (vm)", "f:1:6: one domain is expected, and nothing after it"},
        {"((vm))", "f:1:1: '(vm (KEY VALUE)...)' is expected"},
        {"(VirtualMachine (name x))", "f:1:1: '(vm (KEY VALUE)...)' is expected"},
        {"(vm name)", "f:1:5: (KEY VALUE) is expected here"},
        {"(vm ('a b' c))", "f:1:5: (KEY VALUE) is expected here"},
        {"(vm (1a b))", "f:1:5: (KEY VALUE) is expected here"},
        {"(vm (import b))", "f:1:5: (KEY VALUE) is expected here"},
        {"(vm (name a b))", "f:1:5: name: one text is expected"},
        {"(vm (name (a)))", "f:1:5: name: one text is expected"},
        {"(vm (image (hvm (kernel x))))", "f:1:12: image: only PV guests are supported"},
        {"(vm (device (pci (dev 0))))", "f:1:13: device: 'pci' is not one of vbd, vif, vfb"},
        {"(vm (device x))", "f:1:13: device: '' is not one of"},
        {"(vm (device (vbd (dev xvda))))", "f:1:13: vbd: (uname file:PATH) and (dev xvda) are"},
        {"(vm (disk x) (device (vbd (uname file:/x) (dev xvda))))",
         "f:1:22: it is given as a text already"},
        {"(vm (name \x01))", "f:1:11: unexpected control character"},
        {"((((((((((((((((((", "f:1:17: lists are nested too deeply"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct conf *conf = read_sxp(bad[i].text);

        cr_expect_null(conf, "%s", bad[i].text);
        cr_expect_eq(strncmp(why.text, bad[i].why, strlen(bad[i].why)), 0, "%s: got '%s'",
                     bad[i].text, why.text);
        conf_free(conf);
    }
}

/* A few kilobytes of text stay a few kilobytes. */
Test(sxp, values_are_bounded)
{
    char *text = malloc(1 << 20), *at = text + sprintf(text, "(vm (name x)");

    for (int i = 0; i < 30000; i++)
        at += sprintf(at, "(a b)");
    sprintf(at, ")");
    cr_assert_null(read_sxp(text));
    cr_expect_not_null(strstr(why.text, "the values grow too large"), "%s", why.text);
    free(text);
}

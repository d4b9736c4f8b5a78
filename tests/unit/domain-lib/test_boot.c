/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests that bring their kernel on their disk. */
#include "domain_test.h"

#define DISK "name='g'; disk=['file:%s/a.img,xvda,w'];"

Test(boot, pygrub_by_any_path, .init = begin)
{
    static const char *const paths[] = {"pygrub", "/usr/bin/pygrub",
                                        "/usr/lib/xen-4.17/bin/pygrub"};
    char text[256];

    fake_file("a.img", "root=/dev/xvda2 ro");
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof(text), "kernel=''; extra='quiet'; bootloader='%s'; " DISK, paths[i],
                 "%s");
        cr_assert_eq(start(text), 1, "%s", ts.fail.text);
        cr_assert_str_eq(fake_node("%s/image/kernel", fake_node("/local/domain/1/vm")),
                         "/boot/vmlinuz");
        cr_assert_str_eq(fake_node("%s/image/cmdline", fake_node("/local/domain/1/vm")),
                         "root=/dev/xvda2 ro quiet");
        teardown(&ts, 1);
    }
    cr_assert_str_eq(fake_boot, "entry (null), kernel (null), ramdisk (null) of 16777216, ask 0");
}

Test(boot, what_the_config_asks_for, .init = begin)
{
    cr_assert_eq(
        start("kernel=''; bootloader='pygrub'; bootentry='1>2'; bootargs='-q  --entry 7';" DISK), 1,
        "%s", ts.fail.text);
    cr_assert_str_eq(fake_boot, "entry 1>2, kernel (null), ramdisk (null) of 16777216, ask 0");
    teardown(&ts, 1);
    cr_assert_eq(start("kernel='/boot/k'; ramdisk='/boot/r'; bootloader='pygrub';" DISK), 1, "%s",
                 ts.fail.text);
    cr_assert_str_eq(fake_boot, "entry (null), kernel /boot/k, ramdisk /boot/r of 16777216, ask 0");
}

static bool nobody(const struct menu *menu, const struct menu_entry *preselected,
                   struct menu_entry *chosen)
{
    (void)menu, (void)preselected, (void)chosen;
    return false;
}

/* At a terminal (create -c), unless the config has chosen already. */
Test(boot, menu_is_shown_at_a_terminal, .init = begin)
{
    static const char *const cases[][2] = {
        {"", "ask 1"}, {"bootargs='-q';", "ask 0"}, {"bootentry='1';", "ask 0"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct creation c;
        struct conf *conf;
        char text[256];

        snprintf(text, sizeof(text), "kernel=''; bootloader='pygrub'; %s" DISK, cases[i][0], "%s");
        conf = config(text);
        cr_assert_eq(creation_prepare(&ts, conf, &c), 0, "%s", ts.fail.text);
        c.choose_boot = nobody;
        cr_assert_eq(creation_load(&ts, &c), 0, "%s", ts.fail.text);
        cr_expect(strstr(fake_boot, cases[i][1]), "%s: %s", cases[i][0], fake_boot);
        creation_free(&c);
        conf_free(conf);
    }
}

Test(boot, refusals, .init = begin)
{
    char text[2048];

    assert_fails_with(start("bootloader='/usr/bin/grub9';" DISK), "the only boot loader is pygrub");
    assert_fails_with(start("bootloader='pygrub'; name='g'"), "no disk to boot from");
    assert_fails_with(start("bootloader='pygrub'; bootargs='--nonsense';" DISK),
                      "bootargs: pygrub has no option '--nonsense'");
    assert_fails_with(start("bootloader='pygrub'; bootloader_args=['-x'];" DISK),
                      "bootloader_args: pygrub has no option '-x'");
    snprintf(text, sizeof(text), "bootloader='pygrub'; extra='%0999d';" DISK, 0, "%s");
    fake_file("a.img", "a command line that with the config's has too many bytes");
    assert_fails_with(start(text), "are the most that a guest can be given");
    cr_assert_eq(fake_domain_count(), 1);
}

Test(boot, nothing_left_after_any_failure, .init = begin)
{
    static const char guest[] = "bootloader='pygrub'; kernel='';" DISK;
    unsigned int total, nodes = fake_node_count("/");

    fake_fail(0);
    cr_assert_eq(start(guest), 1, "%s", ts.fail.text);
    total = fake_calls();
    teardown(&ts, 1);
    for (unsigned int n = 1; n <= total; n++) {
        fake_fail(n);
        cr_assert_eq(start(guest), -1, "call %u may fail unnoticed", n);
        cr_assert_eq(fake_node_count("/"), nodes, "call %u", n);
        cr_assert_eq(fake_domain_count(), 1, "call %u", n);
    }
}

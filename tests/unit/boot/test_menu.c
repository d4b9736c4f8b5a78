/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot menus of the three kinds, as they are written and as nobody should write them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/menu.h"

#define KERNEL "/boot/vmlinuz-6.1.0-18-amd64"

static struct menu menu;

static void parse(enum menu_kind kind, const char *text)
{
    menu_parse(kind, text, strlen(text), "/boot/extlinux", &menu);
}

/* Entry @i is "kernel|ramdisk|args". */
static void expect(unsigned int i, const char *title, const char *want)
{
    char got[5000];
    const struct menu_entry *e = &menu.entry[i];

    cr_assert_lt(i, menu.count);
    snprintf(got, sizeof(got), "%s|%s|%s", e->kernel, e->ramdisk, e->args);
    cr_expect_str_eq(e->title, title);
    cr_expect_str_eq(got, want);
}

static const char *debian(void)
{
    static char text[16384];
    FILE *in = fopen("menus/grub.cfg", "r");

    cr_assert_not_null(in);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    return text;
}

Test(grub2, debian)
{
    parse(MENU_GRUB2, debian());
    cr_assert_eq(menu.count, 3);
    cr_expect_eq(menu.timeout, 5);
    cr_expect_str_eq(menu.preselected, "0");
    expect(0, "Debian GNU/Linux",
           KERNEL "|/boot/initrd.img-6.1.0-18-amd64|root=/dev/xvda2 ro console=hvc0 quiet");
    cr_expect_str_eq(menu.entry[0].id, "gnulinux-simple-5a1c");
    cr_expect_str_eq(menu.entry[2].position, "1>1");
    cr_expect_str_eq(menu.entry[2].args, "root=/dev/xvda2 ro single dis_ucode_ldr");
}

Test(grub2, entries_by_number_title_and_id)
{
    static const char *const names[] = {
        "1>0",
        "Debian GNU/Linux, with Linux 6.1.0-18-amd64",
        "Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux 6.1.0-18-amd64",
        "gnulinux-advanced-5a1c>gnulinux-6.1.0-18-amd64-advanced-5a1c",
    };

    parse(MENU_GRUB2, debian());
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_expect_eq(menu_find(&menu, names[i]), &menu.entry[1], "%s", names[i]);
    cr_expect_eq(menu_find(&menu, NULL), &menu.entry[0]);
    cr_expect_null(menu_find(&menu, "7"));
    strcpy(menu.preselected, "gone with its kernel");
    cr_expect_eq(menu_find(&menu, NULL), &menu.entry[0]);
}

Test(grub2, conditions)
{
    parse(MENU_GRUB2, "a=1\n"
                      "if [ $a = 2 ]; then set k=/two; elif [ \"$a\" == 1 ] ; then set k=/one\n"
                      "elif true; then set k=/three\nelse set k=/four; fi\n"
                      "if ! [ -s $prefix/x ] ; then k=${k}b; fi\n"
                      "if [ x != x ]; then menuentry no { linux /no\n }\n fi\n"
                      "if [ -n \"$k\" ]; then if false; then k=/wrong; else menuentry yes { linux "
                      "($root)$k a\\ b 'c  d'; }\n fi; fi\n");
    cr_assert_eq(menu.count, 1);
    expect(0, "yes", "/oneb||a b c  d");
}

Test(grub2, other_words_for_the_same)
{
    parse(MENU_GRUB2, "menuentry \"UEFI\" { linuxefi (hd0,gpt1)/k ro\ninitrdefi /ucode /i\n}\n"
                      "menuentry 'Xen' {\nmultiboot2 /xen.gz placeholder ${xen_rm_opts}\n"
                      "module2 /vmlinuz placeholder root=/dev/xvda\nmodule2 --nounzip /initrd\n}\n"
                      "menuentry chain { chainloader +1 }\n");
    cr_assert_eq(menu.count, 2);
    expect(0, "UEFI", "/k|/i|ro");
    expect(1, "Xen", "/vmlinuz|/initrd|placeholder root=/dev/xvda");
}

static void parse_with_entries(const char *text, const char *entries, size_t len)
{
    static char all[300000];
    const size_t script = strlen(text);

    memcpy(all, text, script);
    memcpy(all + script, entries, len);
    menu_parse(MENU_GRUB2, all, script + len, "/boot/grub2", &menu);
}

Test(grub2, entries_as_files)
{
    static const char entries[] =
        "\0new\0title It's new\nlinux /k2\ninitrd /ucode\ninitrd /i2 $more\n"
        "options $opts\noptions\tquiet\r\nother x\n"
        "\0nothing\0title no kernel\noptions x\n\0old\0# linux /no\nversion 1\nLinux /k1";

    parse_with_entries("opts='root=/dev/a ro'\nmenuentry first { linux /k0\n}\nblscfg non-default\n"
                       "blscfg\nmenuentry last { linux /k9\n}\nset default=old\n",
                       entries, sizeof(entries) - 1);
    cr_assert_eq(menu.count, 4);
    expect(1, "Its new", "/k2|/i2|root=/dev/a ro quiet");
    cr_expect_str_eq(menu.entry[1].id, "new");
    cr_expect_str_eq(menu.entry[1].position, "1");
    expect(2, "1", "/k1||");
    expect(3, "last", "/k9||");
    cr_expect_eq(menu_find(&menu, NULL), &menu.entry[2], "by its file's name");
    parse_with_entries("menuentry only { linux /k0\n}\n", entries, sizeof(entries) - 1);
    cr_expect_eq(menu.count, 1, "nobody asked for them");
}

Test(grub2, entry_as_file_without_title)
{
    static const char entries[] = "\0plain\0linux /k";

    parse_with_entries("blscfg\n", entries, sizeof(entries) - 1);
    cr_assert_eq(menu.count, 1);
    expect(0, "plain", "/k||");
}

Test(grub2, hostile_entries)
{
    static const char again[] = "\0a\0linux /k\noptions }\nblscfg\nlinux x";
    static char text[280000];
    size_t n = 0;

    parse_with_entries("blscfg\n", again, sizeof(again) - 1);
    cr_expect_leq(menu.count, 1);
    for (unsigned int i = 0; i < MENU_ENTRIES; i++) { /* more than all of them may have */
        n += sprintf(text + n, "%cx%clinux /k\noptions ", 0, 0);
        memset(text + n, 'a', 1900);
        n += 1900;
        n += sprintf(text + n, "\ninitrd /");
        memset(text + n, 'i', 1000);
        n += 1000;
    }
    parse_with_entries("blscfg\n", text, n);
    cr_assert(menu.count > 20 && menu.count < MENU_ENTRIES);
    for (unsigned int i = 0; i < menu.count; i++)
        cr_expect(strlen(menu.entry[i].args) == 1900 && strlen(menu.entry[i].ramdisk) == 1001,
                  "half an entry is none");
}

Test(grub2, hostile)
{
    static char text[200000];
    size_t n = 0;

    parse(MENU_GRUB2, "menuentry 'a\nb' { linux /k\n}\nmenuentry c { linux \"/k\nx\"\n}\n"
                      "menuentry d { linux relative\n}\nmenuentry 'open { linux /k");
    cr_expect_eq(menu.count, 1, "a name without a device begins at the top");
    expect(0, "d", "/relative||");
    for (int i = 0; i < 5000; i++) /* deeper than any menu */
        n += sprintf(text + n, "submenu %d {\n", i);
    parse(MENU_GRUB2, text);
    cr_expect_eq(menu.count, 0);
    n = sprintf(text, "menuentry x { linux /k ");
    memset(text + n, 'a', 9000); /* half a command line would start something else */
    strcpy(text + n + 9000, "\n}\nmenuentry y { linux /k2\n}\n");
    parse(MENU_GRUB2, text);
    cr_assert_eq(menu.count, 1);
    expect(0, "y", "/k2||");
    for (int i = n = 0; i < 200; i++)
        n += sprintf(text + n, "menuentry e%d { linux /k\n}\n", i);
    parse(MENU_GRUB2, text);
    cr_expect_eq(menu.count, MENU_ENTRIES);
}

Test(grub1, xen_tools)
{
    parse(MENU_GRUB1, "# a comment\ndefault         1\ntimeout 2\n\n"
                      "title           Debian GNU/Linux\nroot            (hd0,0)\n"
                      "kernel          /boot/vmlinuz root=/dev/xvda2 ro \ninitrd /boot/initrd\n\n"
                      "title  Debian (Single-User)\nroot (hd0,0)\n"
                      "kernel (hd0,0)/boot/vmlinuz root=/dev/xvda2 ro single\n");
    cr_assert_eq(menu.count, 2);
    expect(0, "Debian GNU/Linux", "/boot/vmlinuz|/boot/initrd|root=/dev/xvda2 ro");
    expect(1, "Debian (Single-User)", "/boot/vmlinuz||root=/dev/xvda2 ro single");
    cr_expect_eq(menu_find(&menu, NULL), &menu.entry[1]);
    cr_expect_eq(menu.timeout, 2);
}

/* The guide's own menu: a hypervisor with its modules; "default=0". */
Test(grub1, hypervisor_and_equals)
{
    parse(MENU_GRUB1, "default=0\ntimeout = 3\ntitle Xen\r\nkernel /xen.gz dom0_mem=512M\n"
                      "module /vmlinuz-3.0 ro root=/dev/vg/a rhgb\nmodule /initramfs-3.0.img\n"
                      "title other\nkernel --no-mem-option /k quiet\n");
    cr_assert_eq(menu.count, 2);
    expect(0, "Xen", "/vmlinuz-3.0|/initramfs-3.0.img|ro root=/dev/vg/a rhgb");
    expect(1, "other", "/k||quiet");
    cr_expect_eq(menu.timeout, 3);
}

Test(grub1, hostile)
{
    static char text[4000] = "kernel /early\ntitle t\nkernel\ntitle u\nkernel /k ";

    memset(text + strlen(text), 'a', 3000);
    parse(MENU_GRUB1, text);
    cr_expect_eq(menu.count, 0);
    parse(MENU_GRUB1, "title a\x1b[2J\nkernel /k\ntitle b\nkernel /k \x07\ntitle c\nkernel /k");
    cr_assert_eq(menu.count, 1);
    expect(0, "c", "/k||");
}

Test(syslinux, extlinux)
{
    parse(MENU_SYSLINUX, "DEFAULT two\nTIMEOUT 50\nappend quiet\n"
                         "label one\n menu label ^One\n kernel vmlinuz\n append ro initrd=i.img\n"
                         "label two\n linux /vmlinuz\n initrd /initrd\nLABEL three\nlinux /k\n"
                         "append -\nlabel none\nlocalboot 0\n");
    cr_assert_eq(menu.count, 3);
    expect(0, "One", "/boot/extlinux/vmlinuz|/boot/extlinux/i.img|ro");
    expect(1, "two", "/vmlinuz|/initrd|quiet");
    expect(2, "three", "/k||");
    cr_expect_eq(menu_find(&menu, NULL), &menu.entry[1]);
    cr_expect_eq(menu.timeout, 5);
    parse(MENU_SYSLINUX, "label a\nlinux /a\nlabel b\nmenu default\nlinux /b\n");
    cr_expect_eq(menu_find(&menu, NULL), &menu.entry[1]);
}

/* What a process that read a hostile menu may have written. */
Test(menu, sanitized)
{
    struct menu *m = malloc(sizeof(*m));

    memset(m, 'x', sizeof(*m));
    menu_sanitize(m);
    cr_expect_eq(m->count, 0, "no kernel is a whole path");
    memset(m, '/', sizeof(*m));
    menu_sanitize(m);
    cr_expect_eq(m->count, MENU_ENTRIES);
    cr_expect_eq(strlen(m->entry[MENU_ENTRIES - 1].args), MENU_ARGS - 1);
    m->count = 1;
    strcpy(m->entry[0].args, "a\nb");
    menu_sanitize(m);
    cr_expect_eq(m->count, 0);
    free(m);
}

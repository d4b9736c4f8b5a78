/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the documented forms, and that nonsense changes nothing and is named. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/hcall.h>
#include <hv/lib.h>

#include "fakes.h"

#define MB(x) ((int64_t)(x) << 20)

Test(cmdline, dom0_mem)
{
    static const struct {
        const char *text;
        int64_t mem, min, max;
    } t[] = {
        {"dom0_mem=512M", MB(512), 0, 0},
        {"dom0_mem=1024M,max:1024M", MB(1024), 0, MB(1024)},
        {"dom0_mem=min:64m,max:2G,1g", MB(1024), MB(64), MB(2048)},
        {"dom0_mem=-256M", -MB(256), 0, 0},
        {"dom0_mem=1048576", MB(1024), 0, 0},
        {"dom0_mem=0x400k", MB(1), 0, 0},
        {"dom0_mem=max:-1G", 0, 0, -MB(1024)},
        {"dom0_mem=536870912B", MB(512), 0, 0},
    };

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        forget();
        cmdline_parse(t[i].text);
        cr_expect_eq(cmdline.dom0_mem, t[i].mem, "%s", t[i].text);
        cr_expect_eq(cmdline.dom0_mem_min, t[i].min, "%s", t[i].text);
        cr_expect_eq(cmdline.dom0_mem_max, t[i].max, "%s", t[i].text);
        cr_expect_str_empty(said, "%s", t[i].text);
    }
}

static const char *const bad[] = {
    "dom0_mem",
    "dom0_mem=",
    "dom0_mem=12Q",
    "dom0_mem=1G,",
    "dom0_mem=max:",
    "dom0_mem=9999999999G",
    "dom0_mem=1G2",
    "dom0_mem=--1",
    "dom0_max_vcpus=",
    "dom0_max_vcpus=0",
    "dom0_max_vcpus=65",
    "dom0_max_vcpus=4-2",
    "dom0_max_vcpus=x",
    "com1=",
    "com1=115200,7e1",
    "com1=115200,8n1,99999999",
    "com1=7,8n1",
    "console=",
    "console=com9",
    "console=com1,",
    "loglvl=",
    "loglvl=loud",
    "loglvl=all/",
    "guest_loglvl=info/x",
    "noreboot=maybe",
    "dom0_vcpus_pin=2",
    "com1=115200/",
    "dom0_mem=0x",
    "gnttab=",
    "gnttab=max-ver:0",
    "gnttab=max-ver:3",
    "gnttab=max-ver:4294967297",
    "gnttab=no-transitive",
    "crashkernel=",
    "crashkernel=0",
    "crashkernel=-64M",
    "crashkernel=64M@",
    "crashkernel=64M@-1M",
    "crashkernel=64M@0",
    "crashkernel=64M<",
    "crashkernel=64M<0",
    "crashkernel=64M,below=",
    "crashkernel=64M,above=1G",
    "crashkernel=64M@16M<1G",
    "crashkernel=512M-2G:64M",
    "ucode=",
    "ucode=0",
    "ucode=2,",
    "ucode=--2",
    "ucode=-scan",
    "ucode=scan=maybe",
    "ucode=128",
    "ucode=2x",
    "vga=",
    "vga=keep,",
    "vga=gfx-1024x768x32",
    "vga=text-80x50",
    "vga=ask",
    "vga=keep,mode-0x101",
    "vga=currently",
    "console=vga,com2",
};

Test(cmdline, bad_values_are_named_and_change_nothing)
{
    cmdline_parse("");
    struct cmdline defaults = cmdline;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        forget();
        cmdline_parse(bad[i]);
        cr_expect_eq(memcmp(&cmdline, &defaults, sizeof(cmdline)), 0, "%s", bad[i]);
        cr_expect(strstr(said, "bad value") && strstr(said, bad[i]), "%s: %s", bad[i], said);
    }
}

Test(cmdline, the_usual_line)
{
    forget();
    cmdline_parse(
        "  dom0_mem=1024M,max:1024M loglvl=all guest_loglvl=all  com1=115200,8n1 console=com1,vga "
        "dom0_max_vcpus=2-4 dom0_vcpus_pin noreboot ");
    cr_expect_str_empty(said);
    cr_expect_eq(cmdline.loglvl, LOG_DEBUG);
    cr_expect_eq(cmdline.guest_loglvl, LOG_DEBUG);
    cr_expect_eq(cmdline.com1_baud, 115200);
    cr_expect_eq(cmdline.com1_port, 0x3f8);
    cr_expect(cmdline.console_serial && cmdline.console_vga);
    cr_expect_eq(cmdline.dom0_max_vcpus_min, 2);
    cr_expect_eq(cmdline.dom0_max_vcpus, 4);
    cr_expect(cmdline.dom0_vcpus_pin && cmdline.noreboot);
    cr_expect_str_eq(cmdline_text + strlen(cmdline_text) - 9, "noreboot ");
}

Test(cmdline, forms)
{
    cmdline_parse("com1=38400/1843200,8n1,0x2f8,3 dom0_max_vcpus=-3 noreboot=off loglvl=error/info "
                  "console=vga");
    cr_expect_eq(cmdline.com1_baud, 38400);
    cr_expect_eq(cmdline.com1_port, 0x2f8);
    cr_expect_eq(cmdline.dom0_max_vcpus, 3);
    cr_expect_eq(cmdline.dom0_max_vcpus_min, 0);
    cr_expect_not(cmdline.noreboot);
    cr_expect_eq(cmdline.loglvl, LOG_ERR);
    cr_expect_eq(cmdline.loglvl_limited, LOG_INFO);
    cr_expect_not(cmdline.console_serial);
    cr_expect_eq(cmdline.gnttab_max_ver, 2);
    cmdline_parse("gnttab=max-ver:1,transitive,no-transfer");
    cr_expect_eq(cmdline.gnttab_max_ver, 1);
    cmdline_parse("gnttab=max-ver:2");
    cr_expect_eq(cmdline.gnttab_max_ver, 2);
    cr_expect(!cmdline.crash_size && !cmdline.crash_at && !cmdline.crash_below);
    cmdline_parse("crashkernel=64M");
    cr_expect(cmdline.crash_size == 64 << 20 && !cmdline.crash_at && !cmdline.crash_below);
    cmdline_parse("crashkernel=64M@32M");
    cr_expect(cmdline.crash_size == 64 << 20 && cmdline.crash_at == 32 << 20 &&
              !cmdline.crash_below);
    for (unsigned i = 0; i < 2; i++) {
        cmdline_parse(i ? "crashkernel=64M<1G" : "crashkernel=64M,below=1G");
        cr_expect(cmdline.crash_size == 64 << 20 && !cmdline.crash_at &&
                  cmdline.crash_below == 1 << 30);
    }
    cmdline_parse("ucode=nmi=0,-1");
    cr_expect_eq(cmdline.ucode_module, -1);
    cr_expect_not(cmdline.ucode_scan);
    cmdline_parse("ucode=scan");
    cr_expect(cmdline.ucode_scan && !cmdline.ucode_module);
    cmdline_parse("ucode=scan,2,scan=no");
    cr_expect(!cmdline.ucode_scan && cmdline.ucode_module == 2);
    cmdline_parse("com1=auto dom0_max_vcpus=5");
    cr_expect_eq(cmdline.com1_baud, 0);
    cr_expect_eq(cmdline.dom0_max_vcpus, 5);
    cr_expect_eq(cmdline.dom0_max_vcpus_min, 5);
    cr_expect(cmdline.console_serial, "defaults are back");
}

/* Both places unless the line says where: the screen for who has no serial line. */
Test(cmdline, screen)
{
    forget();
    cmdline_parse("");
    cr_expect(cmdline.console_serial && cmdline.console_vga && !cmdline.vga_keep);
    cmdline_parse("console=com1");
    cr_expect(cmdline.console_serial && !cmdline.console_vga);
    cmdline_parse("console=vga");
    cr_expect(!cmdline.console_serial && cmdline.console_vga);
    cmdline_parse("console=vga,com1");
    cr_expect(cmdline.console_serial && cmdline.console_vga);
    cmdline_parse("vga=current console=none");
    cr_expect(!cmdline.vga_keep && !cmdline.console_serial && !cmdline.console_vga);
    cmdline_parse("vga=text-80x25,keep");
    cr_expect(cmdline.vga_keep);
    cmdline_parse("vga=keep");
    cr_expect(cmdline.vga_keep);
    cmdline_parse("vga=keep,current");
    cr_expect(cmdline.vga_keep);
    cr_expect_str_empty(said);
}

Test(cmdline, unknown_and_without_effect)
{
    char word[4000];

    forget();
    cmdline_parse("dom0_memory=1G sched=credit2");
    cr_expect(strstr(said, "unknown option 'dom0_memory=1G'"));
    cr_expect(strstr(said, "'sched=credit2' has no effect"));
    cr_expect_eq(cmdline.dom0_mem, 0);
    forget();
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = 0;
    cmdline_parse(word);
    cr_expect(strstr(said, "unknown option"));
}

/* Numbers that wrap around to good ones. */
Test(cmdline, numbers_that_overflow)
{
    static const char *const words[] = {
        "dom0_max_vcpus=18446744073709551617", "dom0_max_vcpus=0x10000000000000001",
        "dom0_max_vcpus=36893488147419103233", "dom0_max_vcpus=1-18446744073709551618"};

    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
        cmdline_parse(words[i]);
        cr_assert_eq(cmdline.dom0_max_vcpus, 0, "%s", words[i]);
    }
}

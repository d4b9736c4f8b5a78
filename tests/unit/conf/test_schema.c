/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of keys: types, ranges, refusals, near misses; and defaults taken from it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/cpulist.h"
#include "conf/ends.h"
#include "conf/near.h"
#include "conf/schema.h"
#include "conf/words.h"
#include "checked.h"

Test(schema, accepts_what_old_files_hold)
{
    cr_assert_eq(check("name='a'\nmemory='256'\nvcpus=2\nbuilder='linux'\non_poweroff='preserve'\n"
                       "cpus=['0','1-2',3]\ndisk=[]\nvif='bridge=x'"),
                 0, "%s", why.text);
    cr_assert_str_empty(warnings);
}

Test(schema, types_and_ranges)
{
    refuse("memory=0", "f:1:8: memory: 0 is out of range (1 to 16777216)");
    refuse("memory='lots'", "f:1:8: memory: 'lots' is not a number");
    refuse("\nvcpus=[2]", "f:2:7: vcpus: a number is expected, not a list");
    refuse("name=5", "f:1:6: name: text between quotes is expected, not a number");
    refuse("disk=[5]", "f:1:7: disk: text between quotes is expected, not a number");
    refuse("on_reboot='explode'", "f:1:11: on_reboot: 'explode' is not one of destroy|restart");
    refuse("type='hvm'", "f:1:6: type: only PV guests are supported, not 'hvm'");
    refuse("bootloader=5", "f:1:12: bootloader: text between quotes is expected, not a number");
}

Test(schema, unknown_keys_only_warn)
{
    cr_assert_eq(check("memroy=5\nzzzzzz=1\nsoundhw='x'"), 0);
    cr_assert(strstr(warnings, "f:1:1: unknown key memroy is ignored (did you mean memory?)"), "%s",
              warnings);
    cr_assert(strstr(warnings, "f:2:1: unknown key zzzzzz is ignored\n"), "%s", warnings);
    cr_assert(strstr(warnings, "f: no effect in a PV guest: soundhw\n"), "%s", warnings);
}

Test(schema, defaults)
{
    struct conf *conf = conf_parse("f", "", 0, &why);

    cr_assert_eq(conf_number(conf, "memory"), 128);
    cr_assert_eq(conf_number(conf, "vcpus"), 1);
    cr_assert_eq(conf_number(conf, "maxmem"), -1);
    cr_assert_str_eq(conf_string(conf, "on_reboot"), "restart");
    cr_assert_null(conf_string(conf, "kernel"));
    conf_free(conf);
}

Test(schema, every_row_is_complete_and_unique)
{
    for (size_t i = 0; schema_get(i); i++) {
        const struct schema_key *key = schema_get(i);

        cr_assert_eq(schema_find(key->name), key, "%s twice", key->name);
        cr_assert_not_null(key->help);
        if (key->type == SCHEMA_NUMBER)
            cr_assert_lt(key->min, key->max);
    }
}

Test(near, distance)
{
    cr_assert_eq(near_distance("memory", "memory"), 0);
    cr_assert_eq(near_distance("memory", "memroy"), 1, "swapped neighbours are one edit");
    cr_assert_eq(near_distance("test1_disk.img", "test1disk.img"), 1);
    cr_assert_eq(near_distance("", "abc"), 3);
    cr_assert_eq(near_distance("kitten", "sitting"), 3);
}

static const char *nearest(const char *word, const char *candidate)
{
    static struct near near;

    near_init(&near, word);
    near_try(&near, candidate);
    return near_best(&near);
}

/* R19, C13: a word that shares half its letters is another word. */
Test(near, proposals_are_close)
{
    cr_assert_str_eq(nearest("memroy", "memory"), "memory");
    cr_assert_str_eq(nearest("lst", "list"), "list");
    cr_assert_null(nearest("ls", "list"));
    cr_assert_null(nearest("restore", "destroy"));
    cr_assert_null(nearest("acpi", "cpu"));
    cr_assert_null(nearest("apic", "pci"));
}

/* The keys that the compatibility contract marks M or S, its classic and its xl names. */
static const char contract[] =
    "name|kernel|ramdisk|root|extra|memory|maxmem|vcpus|uuid|builder|description|cmdline|maxvcpus|"
    "type|ip|gateway|netmask|hostname|interface|dhcp|nfs_server|nfs_root|bootloader|bootargs|"
    "bootloader_args|bootentry|cpus|cpu|cpus_soft|cpu_weight|cpu_cap|pool|on_poweroff|on_reboot|"
    "on_crash|on_shutdown|on_watchdog|disk|vif|vfb|vnc|vnclisten|vncunused|vncdisplay|vncpasswd|"
    "keymap|sdl|vcpu_avail|cpuid|tsc_mode|nomigrate|on_xend_start|on_xend_stop|localtime|"
    "rtc_timeoffset|pci|vscsi|vusb|vtpm|irq|ioports|soundhw|seclabel|features";

Test(schema, has_every_key_of_the_contract)
{
    const char *rest = contract;
    struct word word;

    while (word_next(&rest, '|', &word)) {
        char *name = word_dup(word);

        cr_expect_not_null(schema_find(name), "%s", name);
        free(name);
    }
}

Test(schema, booleans)
{
    struct conf *conf = checked("localtime=False\nnomigrate=0\nvncunused='1'\nvnc=0");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_number(conf, "vncunused"), 1);
    cr_assert_eq(conf_number(conf, "localtime"), 0);
    cr_assert_str_empty(warnings);
    conf_free(conf);
    refuse("localtime=2", "f:1:11: localtime: 2 is out of range (0 to 1)");
    refuse("localtime='yes'", "f:1:11: localtime: 'yes' is not a number");
    accept("localtime=1", "Warning: f:1:11: localtime: has no effect: a PV guest's clock is UTC\n");
    accept("rtc_timeoffset=0\non_xend_start='start'\non_xend_stop='suspend'", "");
    accept("driver_domain=1",
           "Warning: f:1:15: driver_domain: has no effect: a guest that runs 'xl devd' is one\n");
    accept("rtc_timeoffset=-5",
           "Warning: f:1:16: rtc_timeoffset: has no effect: a PV guest's clock is the host's\n");
}

Test(schema, names_and_identities)
{
    accept("name='web-1.example.com'\nuuid='00112233-4455-6677-8899-aabbccddeeff'", "");
    accept("uuid='00112233445566778899AABBCCDDEEFF'", "");
    refuse("name='a b'", "f:1:6: name: 'a b' cannot be a domain's name");
    refuse("name='12'", "f:1:6: name: '12' cannot be a domain's name");
    refuse("name='a/b'", "f:1:6: name: 'a/b' cannot be a domain's name");
    refuse("uuid='00112233'", "f:1:6: uuid: '00112233' is not a UUID");
    refuse("uuid='0011223344556677-8899-aabbccddeeff0'", "f:1:6: uuid: '0011");
    refuse("uuid='g0112233-4455-6677-8899-aabbccddeeff'", "f:1:6: uuid: 'g0112233");
}

Test(schema, sets_of_cpus)
{
    accept("cpus='0-3,^2'\ncpus_soft=[]", "");
    accept("cpu=-1", "");
    accept("cpus=[0,'1-2','all']", "");
    refuse("cpus='3-1'", "f:1:6: cpus: '3-1' is not a set of CPUs (like 0-3,^2 or all)");
    refuse("cpus=['0','x']", "f:1:11: cpus: 'x' is not a set of CPUs");
    refuse("cpus=[-2]", "f:1:7: cpus: there is no CPU -2");
    refuse("cpus=[0,-1]", "f:1:9: cpus: there is no CPU -1");
    refuse("cpus=4096", "f:1:6: cpus: there is no CPU 4096");
    refuse("cpus=[[1]]", "f:1:7: cpus: text between quotes is expected, not a list");
}

Test(schema, ends_of_domains)
{
    accept("on_poweroff='preserve'\non_reboot='rename-restart'\non_crash='coredump-restart'", "");
    accept("on_poweroff='coredump-destroy'", "");
    accept("on_poweroff='destroy'\non_shutdown='restart'",
           "Warning: f:2:13: on_shutdown: has no effect beside on_poweroff\n");
    refuse("on_crash='soft-reset'",
           "f:1:10: on_crash: soft-reset is for fully virtualised guests only (write restart)");
    refuse("on_xend_stop='explode'", "f:1:14: on_xend_stop: 'explode' is not one of ignore|");
}

static void ends(const char *text, const char *key, const char *xm, const char *xl)
{
    struct conf *conf = checked(text);

    cr_assert_not_null(conf, "%s", why.text);
    cr_expect_str_eq(conf_end_action(conf, key, false), xm, "%s: %s", text, key);
    cr_expect_str_eq(conf_end_action(conf, key, true), xl, "%s: %s", text, key);
    conf_free(conf);
}

Test(schema, actions_at_ends)
{
    ends("", "on_poweroff", "destroy", "destroy");
    ends("", "on_reboot", "restart", "restart");
    ends("", "on_crash", "restart", "destroy");
    ends("on_crash=''", "on_crash", "restart", "destroy");
    ends("on_crash='preserve'", "on_crash", "preserve", "preserve");
    ends("on_shutdown='preserve'", "on_poweroff", "preserve", "preserve");
    ends("on_shutdown='preserve'\non_poweroff='restart'", "on_poweroff", "restart", "restart");
    ends("on_shutdown='preserve'", "on_reboot", "restart", "restart");
}

/* The sets of three vCPUs as text, below 8 CPUs. */
static void cpus(const char *text, const char *key, const char *a, const char *b, const char *c)
{
    struct conf *conf = checked(text);
    const char *want[] = {a, b, c};
    struct cpuset sets[3];
    char got[64];

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_cpus(conf, key, sets, 3, &why), a ? 1 : 0, "%s", text);
    for (int i = 0; a && i < 3; i++)
        cr_expect_str_eq(cpuset_print(&sets[i], 8, "all", got, sizeof(got)), want[i], "%s", text);
    conf_free(conf);
}

Test(schema, cpus_of_each_vcpu)
{
    cpus("", "cpus", NULL, NULL, NULL);
    cpus("cpu=-1", "cpu", NULL, NULL, NULL);
    cpus("cpu=2", "cpu", "2", "2", "2");
    cpus("cpus='0-3,^1'", "cpus", "0,2-3", "0,2-3", "0,2-3");
    cpus("cpus=['0','1-2',5]", "cpus", "0", "1-2", "5");
    cpus("cpus=['0',3]", "cpus", "0", "3", "3");
    cpus("cpus_soft='all'", "cpus_soft", "all", "all", "all");
}

Test(schema, kinds_of_guests_come_first)
{
    refuse("memory='x'\ntype='pvh'", "f:2:6: type: only PV guests are supported, not 'pvh'");
    refuse("memory='x'\nkernel='/usr/lib/xen/boot/hvmloader'",
           "f:2:8: kernel: hvmloader starts fully virtualised guests");
    refuse("vif=[{'a':'b'}]\nbuilder='hvm'", "f:2:9: builder: only PV guests are supported");
}

Test(schema, given_again)
{
    accept("memory=1\nmemory=2",
           "Warning: f:2:8: memory: is given again: this value replaces that of line 1\n");
    accept("extra='a'\nextra=extra+' b'", "");
    accept("memory=''\n", "");
}

Test(schema, frame_buffers)
{
    refuse("vfb=['sdl=1']", "f:1:6: vfb: 'sdl=1': windows of dom0 (sdl=1) are not supported");
    refuse("vfb=['vnc=1','vnc=1']", "f:1:14: vfb: a guest has one frame buffer only");
}

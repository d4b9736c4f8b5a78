/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations that people wrote and reported as bugs; each test is named after its case in the
 * collection (C1, C3, ...), with what has to happen.
 */
#include "conf/vif.h"
#include "checked.h"

/* What `create FILE args...` makes of the text. */
static struct conf *created(const char *text, char **args, size_t count)
{
    struct conf *conf = conf_read("f", text, strlen(text), args, count, &why);
    size_t len;
    FILE *warn;

    free(warnings);
    warn = open_memstream(&warnings, &len);
    if (conf && conf_check(conf, warn, &why)) {
        conf_free(conf);
        conf = NULL;
    }
    fclose(warn);
    return conf;
}
#define CREATED(text, ...)                                                                         \
    created(text, (char *[]){__VA_ARGS__}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *))

Test(cases, c1_repeated_devices_on_the_command_line_add_up)
{
    struct conf *conf = CREATED("disk = ['file:/old,xvda,w']", "name=x", "kernel=/vmlinuz",
                                "disk=file:/nonexist1,xvda,w", "disk=file:/a.img,xvdb,w",
                                "vif=", "vif=bridge=nobr", "vif=['bridge=xenbr0','bridge=xenbr1']");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_str_eq(conf_item(conf, "disk", 0)->text, "file:/nonexist1,xvda,w");
    cr_assert_str_eq(conf_item(conf, "disk", 1)->text, "file:/a.img,xvdb,w");
    cr_assert_null(conf_item(conf, "disk", 2), "the file's own list is replaced");
    cr_assert_str_eq(conf_item(conf, "vif", 0)->text, "", "vif= is a NIC with all defaults");
    cr_assert_str_eq(conf_item(conf, "vif", 1)->text, "bridge=nobr");
    cr_assert_str_eq(conf_item(conf, "vif", 3)->text, "bridge=xenbr1");
    conf_free(conf);
}

Test(cases, c1_an_error_in_any_of_them_is_told)
{
    cr_assert_null(CREATED("", "name=x", "disk=file:/a,nodisk,w", "disk=file:/a,xvdb,w"));
    cr_assert_str_eq(why.text, "command line: disk: 'file:/a,nodisk,w': 'nodisk' is not a virtual "
                               "disk (write xvda, xvdb, ... or 0xNNN)");
}

Test(cases, c1_other_keys_are_replaced_and_numbers_are_text_where_text_belongs)
{
    struct conf *conf =
        CREATED("memory = 64\nextra = 'quiet'", "memory=128", "memory=256", "extra=3", "name=web");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_number(conf, "memory"), 256);
    cr_assert_str_eq(conf_string(conf, "extra"), "3");
    cr_assert_str_eq(conf_string(conf, "name"), "web");
    cr_assert_str_empty(warnings);
    conf_free(conf);
}

Test(cases, variables_of_the_command_line)
{
    struct conf *conf = CREATED("name = 'web%d' % vmid", "vmid=4");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_str_eq(conf_string(conf, "name"), "web4");
    cr_assert_str_empty(warnings);
    conf_free(conf);
    cr_assert_null(CREATED("name = 'web'", "nonsense"));
    cr_assert_str_eq(why.text, "'nonsense' is not of the form key=value");
}

Test(cases, c3_tsc_mode_by_number)
{
    static const char *const words[] = {"default", "always_emulate", "native", "native_paravirt"};
    char text[32];

    for (int i = 0; i < 4; i++) {
        struct conf *conf;

        snprintf(text, sizeof(text), i % 2 ? "tsc_mode = '%d'" : "tsc_mode = %d", i);
        conf = checked(text);
        cr_assert_not_null(conf, "%s", why.text);
        cr_assert_str_eq(conf_string(conf, "tsc_mode"), words[i]);
        conf_free(conf);
    }
    accept("tsc_mode = 'native'", "");
    refuse("tsc_mode = 4", "f:1:12: tsc_mode: 4 is not the number of one of default|always");
    refuse("tsc_mode = -1", "f:1:12: tsc_mode: -1 is not the number");
    refuse("tsc_mode = 'fast'", "f:1:12: tsc_mode: 'fast' is not one of default|always_emulate");
    refuse("tsc_mode = [1]", "f:1:12: tsc_mode: text between quotes is expected, not a list");
}

Test(cases, c5_empty_is_absent)
{
    accept("pci=[]", "");
    accept("irq=[]\nioports=[]", "");
    accept("bootloader=\"\"", "");
    accept("pci=['']\nvscsi=''\nvfb=[]\nvnc=0\ncpuid=''\nkernel=''\non_reboot=''\ncpus=''\nvif=''",
           "");
    refuse("pci=['01:00.0']", "f:1:5: pci: PCI devices cannot be given to guests");
}

Test(cases, c7_a_missing_comma_is_named_at_its_place)
{
    refuse("disk = [ \"file:/a.img,xvda,w\"\n         \"file:/a.img,xvdb,w\" ]",
           "f:1:30: a comma is missing here, between two strings of a list");
    refuse("vif=['' 'bridge=x']", "f:1:8: a comma is missing here");
    accept("disk = [ 'file:/a.img,' +\n 'xvda,w', ('file:/b.img,' 'xvdb,w') ]", "");
    accept("extra = 'a '\\\n'b'", "");
}

Test(cases, c9_python_statements_are_called_that)
{
    refuse("import os, re", "f:1:1: 'import' is a Python statement: only key = value is read");
    refuse("def f(var, val):\n    pass", "f:1:1: 'def' is a Python statement");
    refuse("if 1:\n    name = 'x'", "f:1:1: 'if' is a Python statement");
    refuse("print \"x\"", "f:1:1: 'print' is a Python statement");
    refuse("for i in a:", "f:1:1: 'for' is a Python statement");
    accept("import_me = 1", "Warning: f:1:1: unknown key import_me is ignored\n");
}

Test(cases, c11_only_vif_bridge_has_a_linux_bridge)
{
    cr_assert(vif_script_wants_bridge("vif-bridge"));
    cr_assert(vif_script_wants_bridge("/etc/xen/scripts/vif-bridge"));
    cr_assert_not(vif_script_wants_bridge("vif-openvswitch"));
    cr_assert_not(vif_script_wants_bridge("/opt/vif-bridge-vlan"));
    cr_assert_not(vif_script_wants_bridge("vif-bridge/other"));
    accept("vif=['script=vif-openvswitch,bridge=xenbr0.42']", "");
}

Test(cases, c13_keys_of_other_guests_are_one_line)
{
    accept("acpi=1\napic=1\npae=1\ntimer_mode=2\nserial=\"pty\"\nusb=1",
           "f: no effect in a PV guest: acpi, apic, pae, timer_mode, serial, usb\n");
    accept("acpii=1", "Warning: f:1:1: unknown key acpii is ignored\n");
    accept("apic_x=1", "Warning: f:1:1: unknown key apic_x is ignored\n");
}

Test(cases, c15_prefixes_of_virtual_devices)
{
    accept("disk=['file:/a.img,/dev/xvda1,w']", "");
    accept("disk=['file:/a.img,ioemu:hda,w']", "");
    accept("disk=['/a.img,raw,/dev/xvdb,rw']", "");
    refuse("disk=['file:/a.img,ioemu:hdz,w']",
           "f:1:7: disk: 'file:/a.img,ioemu:hdz,w': 'hdz' is not a virtual disk");
    refuse("disk=['file:/a.img,hdc:tape,w']",
           "f:1:7: disk: 'file:/a.img,hdc:tape,w': device type 'tape' is not cdrom or disk");
}

Test(cases, c17_a_stray_zero)
{
    refuse("name='a'\nmemory=1\n\n\n0\n", "f:5:1: unexpected number (a line is: key = value)");
}

Test(cases, c19_formats_are_refused_by_name)
{
    refuse("disk=['/x.qcow2,QCOW2,xvda,rw']",
           "f:1:7: disk: '/x.qcow2,QCOW2,xvda,rw': 'QCOW2' is not an image format (write qcow2)");
    refuse("disk=['tap2:vhd:/x,xvda1,w']",
           "f:1:7: disk: 'tap2:vhd:/x,xvda1,w': images of format vhd can only be read (mode r; or "
           "convert it: qemu-img convert -O raw)");
    refuse(
        "disk=['format=vmdk,vdev=xvda,target=/x']",
        "f:1:7: disk: 'format=vmdk,vdev=xvda,target=/x': images of format vmdk can only be read");
}

Test(cases, c21_two_devices_that_are_alike)
{
    accept("vif=['mac=00:16:3e:00:00:01,bridge=xenbr0',\n'mac=00-16-3E-00-00-01,bridge=xenbr0']",
           "Warning: f:2:1: vif: two NICs have the MAC address 00:16:3e:00:00:01: on one network "
           "neither works\n");
    accept("vif=['ip=10.0.0.300']", "Warning: f:1:6: vif: ip=10.0.0.300 is not an IP address\n");
    accept("vif=['ip=10.0.0.3 10.0.1.0/24 fe80::1/64']", "");
    accept("vif=['ip=10.0.0.3/33']", "Warning: f:1:6: vif: ip=10.0.0.3/33 is not an IP address\n");
    accept("vif=['ip=10.0.0.3','ip=10.0.0.3']",
           "Warning: f:1:20: vif: two NICs have ip=10.0.0.3\n");
    accept("disk=['file:/a,sda1,w','file:/b,xvda1,w']",
           "Warning: f:1:24: disk: sda1 and xvda1 have the same name in a Linux guest, which will "
           "see one of them\n");
    accept("disk=['file:/a,xvda,w','file:/b,xvda1,w']",
           "Warning: f:1:24: disk: xvda and xvda1 have the same name in a Linux guest, which will "
           "see one of them\n");
    accept("disk=['file:/a,sda1,w','file:/b,sda2,w','file:/c,hdb,w','file:/d,hdc,w']", "");
    refuse("disk=['file:/a,xvda,w','file:/b,0xca00,w']", "f:1:24: disk: 0xca00 is given twice");
}

/* R4: two guests on one interface name lose the network; in one config it is the same mistake. */
Test(cases, r4_an_interface_name_twice)
{
    refuse("vif=['vifname=web','vifname=web']", "f:1:20: vif: vifname=web is given twice");
    refuse("vif=['devid=1','devid=1']", "f:1:16: vif: devid=1 is given twice");
    accept("vif=['vifname=web','vifname=web2','']", "");
}

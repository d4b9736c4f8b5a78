/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases of the collection of reports whose answer is given by the whole command, not by the language alone
 * (conf/test_cases.c, conf/test_files.c).  Each is named after its case.
 */
#include <errno.h>

#include "verbs.h"

/* "%s" of @fmt is the temporary directory. */
static char *in_dir(const char *fmt)
{
    static char text[8][256];
    static unsigned int n;
    char *ret = text[n++ % 8];

    snprintf(ret, sizeof(text[0]), fmt, fake_dir);
    return ret;
}

#define DRY_RUN "xm", "create", "-n", "/dev/null", "name=x", "memory=16", in_dir("kernel=%s/kernel")

Test(cases, c1_each_device_of_the_command_line_counts, .init = fake_reset)
{
    char *good = in_dir("disk=file:%s/a.img,xvdb,w");

    fake_file("a.img", "");
    fake_file("b.img", "");
    cr_assert_eq(RUN(DRY_RUN, "disk=file:/nonexist1,xvda,w", good), 1);
    assert_err("command line: disk: /nonexist1: No such file");
    cr_assert_eq(RUN(DRY_RUN, "vif=", "vif=bridge=nobr", "vif=bridge=xenbr0"), 1);
    assert_err("command line: vif: bridge nobr does not exist");
    cr_assert_eq(RUN("xm", "create", "/dev/null", "name=x", "memory=16", in_dir("kernel=%s/kernel"),
                     in_dir("disk=file:%s/b.img,xvda,w"), good, "vif=", "vif=bridge=xenbr0"),
                 0, "%s", fake_err);
    cr_assert_not_null(fake_node("/local/domain/1/device/vbd/51712/state"));
    cr_assert_not_null(fake_node("/local/domain/1/device/vbd/51728/state"));
    cr_assert_not_null(fake_node("/local/domain/1/device/vif/0/state"));
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/1/bridge"), "xenbr0");
}

Test(cases, c5_empty_is_absent, .init = fake_reset)
{
    cr_assert_eq(
        RUN("xm", "create", config_file("g", "pci=[]; irq=[]; ioports=[]; bootloader=\"\"")), 0,
        "%s", fake_err);
    cr_assert_str_eq(fake_err, "");
}

Test(cases, c11_bridge_of_another_script, .init = fake_reset)
{
    fake_script("vif-openvswitch", 0);
    cr_assert_eq(RUN(DRY_RUN, "vif=script=vif-openvswitch,bridge=xenbr0.42"), 0, "%s", fake_err);
    cr_assert_eq(RUN(DRY_RUN, "vif=bridge=xenbr0.42"), 1);
    assert_err("bridge xenbr0.42 does not exist");
}

Test(cases, c21_warnings_are_said_and_the_guest_starts, .init = fake_reset)
{
    char *file = config_file("g", "vif=['mac=00:16:3e:00:00:01', 'mac=00:16:3e:00:00:01']");

    cr_assert_eq(RUN("xm", "create", "-n", file), 0);
    assert_err("two NICs have the MAC address 00:16:3e:00:00:01");
    cr_assert_eq(RUN("xm", "create", "-q", file), 0);
    cr_assert_str_eq(fake_err, "");
}

Test(cases, r4_one_interface_name, .init = fake_reset)
{
    cr_assert_eq(RUN(DRY_RUN, "vif=vifname=web", "vif=vifname=web"), 1);
    assert_err("vifname=web is given twice");
    cr_assert_eq(RUN("xm", "create", config_file("m2", "vif=['vifname=web,bridge=xenbr0']")), 0);
    cr_assert_eq(RUN("xm", "create", config_file("m3", "vif=['vifname=web,bridge=xenbr0']")), 1);
    assert_err("the interface name web is in use by domain m2");
    cr_assert_eq(fake_domain_count(), 2);
}

Test(cases, r9_who_is_not_root, .init = fake_reset)
{
    static const int errors[] = {EACCES, EPERM};
    char *file = config_file("g", "");

    for (int i = 0; i < 2; i++) {
        fake_refusal = errors[i];
        cr_assert_eq(RUN("xm", "info"), 1);
        cr_assert_str_eq(fake_err, "Error: permission denied (run xm as root)\n");
        cr_assert_eq(RUN("xm", "list"), 1);
        cr_assert_str_eq(fake_err, "Error: permission denied (run xm as root)\n");
        cr_assert_eq(RUN("xm", "create", file), 1);
        cr_assert_str_eq(fake_err, "Error: permission denied (run xm as root)\n");
    }
    cr_assert_eq(RUN("xm", "create", "-n", file), 0, "a dry run needs no hypervisor");
    fake_refusal = ENOENT;
    cr_assert_eq(RUN("xm", "list"), 1);
    assert_err("is this dom0, and is xen-privcmd loaded?");
}

Test(cases, r17_who_holds_the_memory, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "create", config_file("m1", "")), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "create", config_file("m2", "memory=99999")), 1);
    assert_err("99999 MiB wanted, but only 1008 MiB are free (Domain-0 holds 512 MiB, m1 holds 16 "
               "MiB)");
}

/*
 * The whole files by `xm create -n`, their paths and devices replaced by what is there: what the plan makes
 * of the rest (sizes, CPUs, displays), and that a file's own mistake is the command's failure.
 */
static const struct {
    const char *file, *refusal; /* NULL: planned */
} planned[] = {
    {"01-lenny", NULL},
    {"03-guest1", ":2:11: builder: 'pv' is not one of linux|generic"},
    {"07-linux_guest", NULL},
    {"09-netbsd", NULL},
    {"11-dom01", NULL},
    {"13-hardy", NULL},
    {"15-vm1", NULL},
    {"17-exadata", ":4:11: builder: only PV guests are supported"},
    {"17-exadata-texts", NULL},
    {"19-ethercalc", NULL},
    {"21-clickos", NULL},
    {"23-osv", ":2:11: builder: only PV guests are supported"},
    {"27-xmexample.hvm", ":3:1: 'import' is a Python statement"},
    {"29-extra", NULL},
    {"31-cpus", NULL},
    {"33-crlf", NULL},
    {"35-cirros", NULL},
    {"37-xmexample2", ":4:1: 'def' is a Python statement"},
    {"39-xen-tools", NULL},
    {"50-xmexample.nbd", NULL},
    {"50-xlexample.pvlinux", NULL},
    {"ganeti-pv", NULL},
    {"guide-test2", NULL},
};

Test(cases, whole_files, .init = fake_reset)
{
    fake_file("a.img", "");
    for (size_t i = 0; i < sizeof(planned) / sizeof(planned[0]); i++) {
        const char *refusal = planned[i].refusal;
        char path[64];
        int ret;

        snprintf(path, sizeof(path), "../conf/files/%s", planned[i].file);
        ret = RUN("xm", "create", "-n", path, in_dir("kernel=%s/kernel"),
                  "ramdisk=", in_dir("disk=file:%s/a.img,xvda,w"), "vif=bridge=xenbr0");
        cr_expect_eq(ret, refusal ? 1 : 0, "%s: %s", path, fake_err);
        cr_expect_not_null(strstr(refusal ? fake_err : fake_out, refusal ? refusal : "(vm\n"),
                           "%s: %s", path, fake_err);
    }
    cr_expect_eq(fake_domain_count(), 1, "nothing is started");
}

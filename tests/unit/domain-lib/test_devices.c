/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices: what one domain may have, what two may not share, coming and going at run time. */
#include <sys/stat.h>

#include "domain/config_file.h"
#include "domain/disk.h"
#include "domain/paths.h"
#include "domain_test.h"

Test(devices, one_config, .init = begin)
{
    assert_fails_with(start("name='g'; disk=['file:%s/c.img,xvda,w']"), "No such file");
    assert_fails_with(start("name='g'; disk=['phy:%s/a.img,xvda,w']"), "not a block device");
    assert_fails_with(start("name='g'; disk=['file:%s,xvda,r']"), "neither an image file");
    assert_fails_with(start("name='g'; vif=['bridge=nobr']"), "bridge nobr does not exist");
    assert_fails_with(start("name='g'; vif=['vifname=abcdefghijklmnop']"), "vifname");
    assert_fails_with(start("name='g'; vif=['script=nosuch']"), "No such file");
    cr_assert_eq(fake_domain_count(), 1);
}

/* What bridge= means to another script is that script's affair (VLANs, Open vSwitch). */
Test(devices, bridge_of_another_script, .init = begin)
{
    fake_script("vif-openvswitch", 0);
    cr_assert_eq(start("name='g'; vif=['script=vif-openvswitch,bridge=ovsbr0.42']"), 1, "%s",
                 ts.fail.text);
}

Test(devices, sharing, .init = begin)
{
    cr_assert_eq(start("name='one'; disk=['file:%s/a.img,xvda,w']"), 1);
    assert_fails_with(start("name='two'; disk=['file:%s/a.img,xvda,w']"), "in use by domain one");
    assert_fails_with(start("name='two'; disk=['file:%s/a.img,xvda,r']"), "in use by domain one");
    cr_assert_eq(start("name='two'; disk=['file:%s/a.img,xvda,w!']"), 2);
    cr_assert_eq(start("name='r1'; disk=['file:%s/b.img,xvda,r']"), 3);
    cr_assert_eq(start("name='r2'; disk=['file:%s/b.img,xvda,r']"), 4);
}

/* `link` in the fake host's folder leads to `file` there. */
static void soft_link(const char *file, const char *link)
{
    char from[256], to[256];

    snprintf(from, sizeof(from), "%s/%s", fake_dir, file);
    snprintf(to, sizeof(to), "%s/%s", fake_dir, link);
    cr_assert_eq(symlink(from, to), 0);
}

/* Case R13: an image is one whatever it is called. */
Test(devices, sharing_by_other_names, .init = begin)
{
    char image[256], name[256];

    cr_assert_eq(start("name='one'; disk=['file:%s/a.img,xvda,w']"), 1);
    soft_link("a.img", "soft.img");
    snprintf(image, sizeof(image), "%s/a.img", fake_dir);
    snprintf(name, sizeof(name), "%s/hard.img", fake_dir);
    cr_assert_eq(link(image, name), 0);
    assert_fails_with(start("name='two'; disk=['file:%s/soft.img,xvda,w']"),
                      "soft.img is in use by domain one (write w! as its mode");
    assert_fails_with(start("name='two'; disk=['file:%s/hard.img,xvda,r']"),
                      "hard.img is in use by domain one (write w! as its mode");
    cr_assert_eq(fake_domain_count(), 2);
    cr_assert_eq(start("name='two'; disk=['file:%s/hard.img,xvda,w!']"), 2, "%s", ts.fail.text);
}

/* Case R13, too: neither does one guest's own second disk go unnoticed until xend opens it. */
Test(devices, one_image_twice_in_one_config, .init = begin)
{
    soft_link("a.img", "soft.img");
    assert_fails_with(start("name='g'; disk=['file:%s/a.img,xvda,w','file:%s/soft.img,xvdb,w']"),
                      "soft.img is the same image or device as xvda (write w! as its mode");
    assert_fails_with(start("name='g'; disk=['file:%s/soft.img,xvda,r','file:%s/a.img,xvdb,w']"),
                      "a.img is the same image or device as xvda");
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w','file:%s/soft.img,xvdb,w!']"), 1,
                 "%s", ts.fail.text);
    cr_assert_eq(start("name='h'; disk=['file:%s/b.img,xvda,r','file:%s/b.img,xvdb,r']"), 2, "%s",
                 ts.fail.text);
    cr_assert_eq(start("name='i'; vif=['bridge=xenbr0']; disk=[',hdc:cdrom,r']"), 3, "%s",
                 ts.fail.text);
}

/* Case R4: a second guest of one vifname took the first one off the net. */
Test(devices, names_and_addresses_of_others, .init = begin)
{
    cr_assert_eq(start("name='one'; vif=['vifname=web,mac=00:16:3e:00:00:01,bridge=xenbr0']"), 1);
    assert_fails_with(start("name='two'; vif=['vifname=web,bridge=xenbr0']"),
                      "interface name web is in use by domain one");
    assert_fails_with(start("name='two'; vif=['mac=00:16:3e:00:00:01,bridge=xenbr0']"),
                      "address 00:16:3e:00:00:01 is in use by domain one");
    assert_fails_with(start("name='two'; vif=['mac=00:16:3e:00:00:01']"),
                      "address 00:16:3e:00:00:01 is in use by domain one");
    assert_fails_with(start("name='two'; vif=['vifname=xenbr0']"), "dom0 has an interface called");
    fake_script("vif-route", 0);
    cr_assert_eq(start("name='two'; vif=['mac=00:16:3e:00:00:01,script=vif-route,ip=10.0.0.2']"),
                 2);
    assert_fails_with(start("name='three'; vif=['script=vif-route,ip=10.0.0.2']"),
                      "IP address 10.0.0.2 is in use by domain two");
    cr_assert_eq(start("name='three'; vif=['ip=10.0.0.2','ip=10.0.1.0/24']"), 3, "%s",
                 ts.fail.text);
    cr_assert_eq(start("name='four'; vif=['ip=10.0.1.0/24']"), 4, "a network is for many");
}

Test(devices, xend_must_run, .init = begin)
{
    paths.run = fake_file("none/x", ""); /* no lock file there */
    assert_fails_with(start("name='g'; disk=['file:%s/a.img,xvda,w']"), "xend is not running");
}

static void broken_backends(const char *path)
{
    if (strcmp(path, "/local/domain/0/backend/vbd/1/51712/state") == 0 &&
        strcmp(fake_node("%s", path), "1") == 0)
        fake_node_set("no good", "/local/domain/0/error/backend/vbd/1/51712/error");
}

Test(devices, backend_error_is_shown, .init = begin)
{
    fake_on_write = broken_backends;
    assert_fails_with(start("name='g'; disk=['file:%s/a.img,xvda,w']"),
                      "Device xvda (vbd) could not be connected: no good");
}

static void complaining_script(const char *path)
{
    fake_good_backends(path);
    if (strcmp(path, "/local/domain/0/backend/vif/1/0/state") == 0)
        fake_node_set("no such VLAN", "/local/domain/0/backend/vif/1/0/hotplug-error");
}

Test(devices, hotplug_error_counts_even_if_the_script_ended_well, .init = begin)
{
    fake_on_write = complaining_script;
    assert_fails_with(start("name='g'; vif=['bridge=xenbr0']"), "no such VLAN");
}

/* A script that notes what it is called with; it complains on stderr if the file `refuse` is there. */
static void noting_script(const char *name)
{
    char text[512], file[64];

    snprintf(text, sizeof(text),
             "#!/bin/sh\necho \"$*: $script $XENBUS_TYPE $XENBUS_PATH $XENBUS_BASE_PATH "
             "${vif-none} ${netdev-none}\" >>%s/calls\n"
             "[ ! -e %s/refuse ] || { echo why >&2; echo more >&2; exit 1; }\n",
             fake_dir, fake_dir);
    snprintf(file, sizeof(file), "scripts/%s", name);
    chmod(fake_file(file, text), 0755);
}

/* As the scripts of others expect it; and xend's words for one that fails, with its own. */
Test(devices, environment_of_scripts, .init = begin)
{
    char want[768];

    noting_script("vif-noting");
    noting_script("block-noting");
    cr_assert_eq(start("name='g'; vif=['script=vif-noting','script=vif-noting,gatewaydev=eth7']"),
                 1, "%s", ts.fail.text);
    cr_assert_eq(teardown(&ts, 1), 0);
    for (size_t i = 0, len = 0; i < 4; i++)
        len +=
            snprintf(want + len, sizeof(want) - len,
                     "%s type_if=vif: %s/scripts/vif-noting vif backend/vif/1/%zu backend "
                     "vif1.%zu %s\n",
                     i < 2 ? "online" : "offline", fake_dir, i % 2, i % 2, i % 2 ? "eth7" : "none");
    cr_assert_str_eq(fake_read("calls"), want);
    fake_file("calls", "");
    fake_file("refuse", "");
    assert_fails_with(start("name='g'; disk=['script=block-noting,vdev=xvda,target=x']"),
                      "Device 51712 (vbd) could not be connected. Hotplug scripts not working: ");
    cr_assert_not_null(strstr(ts.fail.text, "scripts/block-noting add: why"), "%s", ts.fail.text);
    snprintf(want, sizeof(want),
             "add: %s/scripts/block-noting vbd backend/vbd/1/51712 backend none", fake_dir);
    cr_assert_not_null(strstr(fake_read("calls"), want), "%s", fake_read("calls"));
}

static void silent_backends(const char *path)
{
    if (fake_node("%s", path) && strcmp(fake_node("%s", path), "5") == 0)
        fake_node_set("6", "%s", path);
}

Test(devices, backend_that_does_not_answer, .init = begin)
{
    fake_on_write = silent_backends;
    assert_fails_with(start("name='g'; disk=['file:%s/a.img,xvda,w']"),
                      "did not answer within 100");
}

/* ---- at run time ---- */

static int attach(uint32_t domid, const struct device_class *class, const char *fmt)
{
    char spec[256];

    snprintf(spec, sizeof(spec), fmt, fake_dir);
    return device_attach_spec(&ts, domid, class, spec);
}

static int detach(uint32_t domid, const struct device_class *class, const char *who, bool force)
{
    struct device_at at = device_at(&ts, class, domid, class->find(&ts, domid, who));

    return device_detach(&ts, &at, force);
}

Test(run_time, disk, .init = begin)
{
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), 1);
    assert_fails_with(attach(1, &class_disk, "file:%s/b.img,xvda,w"), "has a device xvda already");
    assert_fails_with(attach(1, &class_disk, "file:%s/a.img,xvdb,w"), "in use by domain g");
    cr_assert_eq(attach(1, &class_disk, "file:%s/b.img,xvdb,w"), 0, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/1/device/vbd/51728/state"), "1");
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "b.img"), "kept over a reboot");
    cr_assert_eq(detach(1, &class_disk, "xvdb", false), 0);
    cr_assert_eq(fake_node_count("/local/domain/1/device/vbd/51728"), 0);
    cr_assert_eq(fake_node_count("/local/domain/0/backend/vbd/1/51728"), 0);
    cr_assert_null(strstr(fake_read("run/domains/1.cfg"), "b.img"));
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "a.img"));
}

Test(run_time, nic, .init = begin)
{
    cr_assert_eq(start("name='g'; vif=['bridge=xenbr0']"), 1);
    cr_assert_eq(attach(1, &class_nic, "mac=00:16:3e:00:00:09,bridge=xenbr0"), 0, "%s",
                 ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/1/mac"), "00:16:3e:00:00:09");
    cr_assert_eq(detach(1, &class_nic, "00:16:3E:00:00:09", false), 0);
    cr_assert_not_null(strstr(fake_read("scripts.log"), "offline vif1.1"));
    cr_assert_null(strstr(fake_read("run/domains/1.cfg"), "00:16:3e:00:00:09"));
    cr_assert_eq(attach(1, &class_nic, ""), 0, "%s", ts.fail.text);
    cr_assert_not_null(fake_node("/local/domain/0/backend/vif/1/1/mac"));
}

Test(run_time, nic_numbers, .init = begin)
{
    cr_assert_eq(start("name='g'; vif=['devid=4', '']"), 1, "%s", ts.fail.text);
    cr_assert_not_null(fake_node("/local/domain/0/backend/vif/1/4/mac"));
    cr_assert_not_null(fake_node("/local/domain/0/backend/vif/1/5/mac"), "after the highest");
    assert_fails_with(attach(1, &class_nic, "devid=5"), "already");
    assert_fails_with(start("name='h'; vif=['', 'devid=0']"), "number of another NIC");
    assert_fails_with(start("name='h'; vif=['devid=255', '']"), "no number after 255");
}

static void stubborn_guest(const char *path)
{
    (void)path; /* the back-end waits for a front-end that keeps the device */
}

Test(run_time, guest_that_does_not_let_go, .init = begin)
{
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), 1);
    fake_on_write = stubborn_guest;
    fake_node_set("4", "/local/domain/1/device/vbd/51712/state");
    assert_fails_with(detach(1, &class_disk, "51712", false), "did not let go of device 51712");
    cr_assert_str_eq(fake_node("/local/domain/1/device/vbd/51712/state"), "4");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/state"), "4", "served again");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/online"), "1");
    cr_assert_eq(detach(1, &class_disk, "51712", true), 0);
    cr_assert_eq(fake_node_count("/local/domain/0/backend/vbd/1/51712"), 0);
}

Test(run_time, nothing_left_after_a_failed_attach, .init = begin)
{
    unsigned int nodes, total;

    cr_assert_eq(start("name='g'"), 1);
    nodes = fake_node_count("/");
    fake_fail(0);
    cr_assert_eq(attach(1, &class_nic, "bridge=xenbr0"), 0);
    total = fake_calls();
    cr_assert_eq(detach(1, &class_nic, "0", false), 0);
    for (unsigned int n = 1; n <= total; n++) {
        fake_fail(n);
        cr_assert_eq(attach(1, &class_nic, "bridge=xenbr0"), -1, "call %u", n);
        cr_assert_eq(fake_node_count("/"), nodes, "call %u", n);
    }
}

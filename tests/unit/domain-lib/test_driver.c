/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that a driver domain serves, and disks that change at run time. */
#include "domain/disk.h"
#include "domain/disk_change.h"
#include "domain/nic.h"
#include "domain/paths.h"
#include "domain/save.h"
#include "domain_test.h"
#include "lib/store.h"

/* Back-ends of domain 7 that behave. */
static void driver_backends(const char *path)
{
    unsigned int domid, id;
    char type[8], key[16] = "";
    const char *value = fake_node("%s", path);

    fake_good_backends(path);
    if (sscanf(path, "/local/domain/7/backend/%7[a-z]/%u/%u/%15s", type, &domid, &id, key) == 4 &&
        strcmp(key, "state") == 0 && value && strchr("15", value[0]))
        fake_node_set(value[0] == '1' ? "2" : "6", "%s", path);
}

static void begin_driver(void)
{
    begin();
    fake_domain_add(7, "storage");
    fake_on_write = driver_backends;
}

#define DRIVEN                                                                                     \
    "name='g'; disk=['phy:/dev/vg/only-there,xvda,w,storage']\n"                                   \
    "vif=['backend=7,bridge=br-there,script=vif-there']"

/* Nothing that is in the driver domain is looked for in dom0, and no script is run here. */
Test(driver, nodes_are_under_the_named_domain, .init = begin_driver)
{
    int domid = start(DRIVEN);

    cr_assert_eq(domid, 1, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/1/device/vbd/51712/backend"),
                     "/local/domain/7/backend/vbd/1/51712");
    cr_assert_str_eq(fake_node("/local/domain/1/device/vbd/51712/backend-id"), "7");
    cr_assert_str_eq(fake_node("/local/domain/7/backend/vbd/1/51712/params"), "/dev/vg/only-there");
    cr_assert_str_eq(fake_node("/local/domain/7/backend/vif/1/0/bridge"), "br-there");
    cr_assert_str_eq(fake_node("/libxl/1/device/vif/0/backend-id"), "7");
    cr_assert_eq(fake_node_count("/local/domain/0/backend/vbd"), 0);
    cr_assert_str_eq(fake_read("scripts.log"), "");
}

/* The guest owns its half: what it writes there as its back-end is not believed. */
Test(driver, destroyed_whatever_the_guest_says, .init = begin_driver)
{
    unsigned int nodes = fake_node_count("/");

    cr_assert_eq(start(DRIVEN), 1, "%s", ts.fail.text);
    fake_node_set("/local/domain/7/name", "/local/domain/1/device/vbd/51712/backend");
    fake_node_set("0", "/local/domain/1/device/vbd/51712/backend-id");
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_eq(fake_node_count("/"), nodes);
    cr_assert_str_eq(fake_node("/local/domain/7/name"), "storage");
}

static void count(struct toolstack *t, const struct device_at *at, void *arg)
{
    (void)t;
    (void)at;
    ++*(int *)arg;
}

/* Domains that Debian's xl made have notes of dom0's devices, too. */
Test(driver, devices_of_dom0_are_seen_once, .init = begin_driver)
{
    int seen = 0;

    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), 1);
    fake_node_set("/local/domain/0/backend/vbd/1/51712", "/libxl/1/device/vbd/51712/backend");
    cr_assert_eq(device_each(&ts, 1, count, &seen), 1);
    cr_assert_eq(seen, 1);
}

Test(driver, at_run_time, .init = begin_driver)
{
    struct device_at at;

    cr_assert_eq(start("name='g'"), 1);
    cr_assert_eq(device_attach_spec(&ts, 1, &class_disk, "phy:/dev/x,xvdb,w,storage"), 0, "%s",
                 ts.fail.text);
    assert_fails_with(device_attach_spec(&ts, 1, &class_disk, "phy:/dev/y,xvdb,w,storage"),
                      "has a device xvdb already");
    assert_fails_with(device_attach_spec(&ts, 1, &class_disk, "phy:/dev/x,xvdc,w,storage"),
                      "/dev/x is in use by domain g");
    at = device_at(&ts, &class_disk, 1, 51728);
    cr_assert_eq(at.back, 7);
    cr_assert_eq(device_detach(&ts, &at, false), 0, "%s", ts.fail.text);
    cr_assert_eq(fake_node_count("/local/domain/7/backend"), 0);
    cr_assert_eq(fake_node_count("/libxl"), 0);
}

static void script_has_run(void)
{
    cr_assert_not_null(fake_node("/local/domain/7/backend/vif/1/0/bridge"));
    store_remove(ts.xs, "/local/domain/7/backend/vif/1/0/hotplug-status");
}

/* The script that takes a NIC off its bridge runs there, and reads the nodes. */
Test(driver, nodes_stay_until_the_script_there_has_run, .init = begin_driver)
{
    struct device_at at;

    cr_assert_eq(start(DRIVEN), 1, "%s", ts.fail.text);
    at = device_at(&ts, &class_nic, 1, 0);
    fake_node_set("connected", "/local/domain/7/backend/vif/1/0/hotplug-status");
    fake_on_idle = script_has_run;
    cr_assert_eq(device_detach(&ts, &at, false), 0, "%s", ts.fail.text);
    cr_assert_eq(fake_node_count("/local/domain/7/backend/vif"), 0);
    cr_assert_str_eq(fake_read("scripts.log"), "");
}

Test(driver, cannot_be_saved_while_it_serves, .init = begin_driver)
{
    cr_assert_eq(start("name='store'"), 1, "%s", ts.fail.text);
    cr_assert_eq(start("name='g'; disk=['phy:/dev/x,xvda,w,7']"), 2, "%s", ts.fail.text);
    fake_node_set("1", "/libxl/2/device/vbd/51712/backend-id");
    cr_assert_null(save_config_of(&ts, 1));
    cr_assert_not_null(strstr(ts.fail.text, "domain 1 serves devices of other domains"));
}

/* ---- the end of a driver domain ---- */

#define BACK_7 "/local/domain/7/backend/vbd/1/51712"

/* A guest with devices of domain 7, which ends; they are connected. */
static void driver_ends(void)
{
    begin_driver();
    cr_assert_eq(start(DRIVEN), 1, "%s", ts.fail.text);
    fake_node_set("4", "/local/domain/1/device/vbd/51712/state");
    fake_node_set("4", BACK_7 "/state");
    cr_assert_eq(teardown(&ts, 7), 0, "%s", ts.fail.text);
}

Test(driver, what_it_serves_stays, .init = driver_ends)
{
    cr_assert_str_eq(fake_node(BACK_7 "/params"), "/dev/vg/only-there");
    cr_assert_str_eq(fake_node(BACK_7 "/state"), "4", "the guest does not see it");
    cr_assert_null(fake_node("/local/domain/7/name"));
    assert_fails_with(device_attach_spec(&ts, 1, &class_disk, "phy:/dev/x,xvdb,w,storage"),
                      "does not run (start it first)");
}

Test(driver, comes_back_under_its_number, .init = driver_ends)
{
    cr_assert_eq(start("name='other'"), 2, "another's is another");
    cr_assert_eq(start("name='storage'"), 7, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/7/name"), "storage");
    cr_assert_str_eq(fake_node(BACK_7 "/state"), "4");
    cr_assert_null(fake_node("/hospes/left/7"));
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_eq(teardown(&ts, 7), 0);
    cr_assert_eq(start("name='storage'"), 1, "nobody needs the number now");
}

Test(driver, number_that_another_has_got, .init = driver_ends)
{
    fake_domain_add(7, "thief");
    int domid = start("name='storage'");
    cr_assert_eq(domid, 2, "%d %s", domid, ts.fail.text);
}

/* Its guest ends first: nobody is waited for, and nothing is kept. */
Test(driver, guest_ends_while_it_is_away, .init = driver_ends)
{
    fake_on_write = NULL;
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_eq(fake_now, 0, "waited %lld ms", (long long)fake_now);
    cr_assert_eq(fake_node_count("/local/domain/7"), 0);
    cr_assert_eq(fake_node_count("/libxl"), 0);
}

static void guest_lets_go(const char *path)
{
    const char *value = fake_node("%s", path);

    if (strcmp(path, BACK_7 "/state") == 0 && value && strcmp(value, "5") == 0)
        fake_node_set("6", "/local/domain/1/device/vbd/51712/state");
}

Test(driver, device_goes_while_it_is_away, .init = driver_ends)
{
    struct device_at at = device_at(&ts, &class_disk, 1, 51712);

    fake_on_write = NULL;
    assert_fails_with(device_detach(&ts, &at, false), "the guest did not let go of device 51712");
    fake_on_write = guest_lets_go;
    cr_assert_eq(device_detach(&ts, &at, false), 0, "%s", ts.fail.text);
    cr_assert_null(fake_node(BACK_7 "/params"));
    at = device_at(&ts, &class_nic, 1, 0);
    cr_assert_eq(device_detach(&ts, &at, true), 0, "%s", ts.fail.text);
    cr_assert_eq(fake_node_count("/local/domain/7"), 0, "nothing is kept for nobody");
}

Test(driver, refusals, .init = begin_driver)
{
    assert_fails_with(start("name='g'; disk=['phy:/dev/x,xvda,w,nosuch']"),
                      "disk: domain nosuch, which is to serve it, does not run (start it first)");
    assert_fails_with(start("name='g'; disk=['script=block-x,vdev=xvda,backend=storage,target=y']"),
                      "raw images and block devices only");
    assert_fails_with(start("name='g'; disk=['format=qcow2,vdev=xvda,backend=storage,target=/y']"),
                      "raw images and block devices only");
    fake_on_write = fake_good_backends;
    assert_fails_with(start(DRIVEN), "by domain 7: its back-end did not answer within 100 s (state "
                                     "1; is xl devd there alive?)");
    fake_on_write = driver_backends;
    paths.run = fake_file("none/x", ""); /* xend does not run, and need not */
    cr_assert_eq(fake_domain_count(), 2, "nothing is left");
    cr_assert_eq(fake_node_count("/libxl"), 0);
}

/* ---- disks that a script makes ---- */

static void script_makes_it(const char *path)
{
    fake_good_backends(path);
    if (strstr(path, "/backend/vbd/1/51712/script"))
        fake_node_set("connected", "/local/domain/0/backend/vbd/1/51712/hotplug-status");
}

Test(script, makes_what_only_it_knows, .init = begin)
{
    fake_script("block-nbd", 0);
    fake_on_write = script_makes_it;
    cr_assert_eq(start("name='g'; disk=['nbd:server:export,xvda,w']"), 1, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/params"), "server:export");
    cr_assert_not_null(
        strstr(fake_node("/local/domain/0/backend/vbd/1/51712/script"), "scripts/block-nbd"));
    cr_assert_str_eq(fake_read("scripts.log"), "block-nbd add \n");
    assert_fails_with(start("name='h'; disk=['nbd:server:export,xvda,w']"), "in use by domain g");
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_str_eq(fake_read("scripts.log"), "block-nbd add \nblock-nbd remove \n");
}

/* An image that is not raw has a script of ours; two names of one image are still one. */
Test(script, shows_other_formats, .init = begin)
{
    fake_script("block-qemu", 0);
    fake_on_write = script_makes_it;
    cr_assert_eq(start("name='g'; disk=['tap:qcow2:%s/a.img,xvda,w']"), 1, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/format"), "qcow2");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/type"), "file");
    cr_assert_str_eq(fake_read("scripts.log"), "block-qemu add \n");
    assert_fails_with(start("name='h'; disk=['format=qcow2,vdev=xvda,target=%s/./a.img']"),
                      "in use by domain g");
    assert_fails_with(start("name='h'; disk=['tap:qcow2:%s/none.img,xvda,w']"), "No such file");
    assert_fails_with(start("name='h'; disk=['tap:qcow2:%s,xvda,w']"), "neither an image file");
    fake_file("xend-config.sxp", "(backends kernel)");
    assert_fails_with(start("name='h'; disk=['tap:qcow2:%s/b.img,xvda,w']"),
                      "Linux' own back-end serves raw images only");
}

Test(script, that_fails_or_is_not_there, .init = begin)
{
    unsigned int nodes = fake_node_count("/");

    assert_fails_with(start("name='g'; disk=['iscsi:iqn=x,xvda,w']"),
                      "scripts/block-iscsi: No such file");
    fake_script("block-iscsi", 3);
    assert_fails_with(start("name='g'; disk=['iscsi:iqn=x,xvda,w']"),
                      "Hotplug scripts not working: ");
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_eq(fake_node_count("/"), nodes);
}

/* ---- other images, discs and modes ---- */

#define BACK "/local/domain/0/backend/vbd/1/"

Test(change, mode_and_image, .init = begin)
{
    char spec[256];

    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w', 'file:%s/b.img,xvdb,r']"), 1);
    snprintf(spec, sizeof(spec), "file:%s/b.img,xvdb,w", fake_dir);
    cr_assert_eq(disk_change(&ts, 1, spec), 0, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node(BACK "51728/mode"), "w");
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "b.img,xvdb,w"));
    cr_assert_null(strstr(fake_read("run/domains/1.cfg"), "b.img,xvdb,r"));
    snprintf(spec, sizeof(spec), "file:%s/none,xvdb,w", fake_dir);
    assert_fails_with(disk_change(&ts, 1, spec), "No such file");
    cr_assert_str_eq(fake_node(BACK "51728/mode"), "w", "the old one has come back");
    snprintf(spec, sizeof(spec), "file:%s/b.img,xvdc,w", fake_dir);
    assert_fails_with(disk_change(&ts, 1, spec), "has no disk xvdc (block-attach");
}

Test(change, disc_in_and_out, .init = begin)
{
    char iso[128], other[128];

    snprintf(iso, sizeof(iso), "%s", fake_file("one.iso", ""));
    snprintf(other, sizeof(other), "%s", fake_file("two.iso", ""));
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w', ',xvdc:cdrom,r']"), 1, "%s",
                 ts.fail.text);
    cr_assert_null(fake_node(BACK "51744/state"), "an empty drive is no device yet");
    cr_assert_eq(cd_insert(&ts, 1, "xvdc", iso), 0, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node(BACK "51744/params"), iso);
    cr_assert_str_eq(fake_node(BACK "51744/mode"), "r");
    cr_assert_str_eq(fake_node(BACK "51744/device-type"), "cdrom");
    cr_assert_eq(cd_insert(&ts, 1, "xvdc", other), 0, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node(BACK "51744/params"), other);
    cr_assert_null(strstr(fake_read("run/domains/1.cfg"), "one.iso"));
    assert_fails_with(cd_insert(&ts, 1, "xvdc", "/nonexistent.iso"), "No such file");
    cr_assert_str_eq(fake_node(BACK "51744/params"), other, "the disc that was in it");
    cr_assert_eq(cd_eject(&ts, 1, "xvdc"), 0);
    cr_assert_null(fake_node(BACK "51744/state"));
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), ",xvdc:cdrom,r"), "the drive stays");
    cr_assert_eq(cd_eject(&ts, 1, "xvdc"), 0, "twice is fine");
    cr_assert_eq(cd_insert(&ts, 1, "xvdc", iso), 0, "%s", ts.fail.text);
    assert_fails_with(cd_insert(&ts, 1, "xvda", iso), "disk xvda is not a CD drive");
    assert_fails_with(cd_eject(&ts, 1, "xvdd"), "has no CD drive xvdd");
    assert_fails_with(cd_eject(&ts, 1, "what"), "has no CD drive what");
}

static void stubborn(const char *path)
{
    const char *value = fake_node("%s", path);

    if (value && strcmp(value, "5") != 0)
        fake_good_backends(path);
}

Test(change, a_guest_that_uses_it_keeps_it, .init = begin)
{
    char spec[256];

    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), 1);
    fake_node_set("4", "/local/domain/1/device/vbd/51712/state");
    fake_on_write = stubborn;
    snprintf(spec, sizeof(spec), "file:%s/b.img,xvda,w", fake_dir);
    assert_fails_with(disk_change(&ts, 1, spec), "the guest did not let go");
    cr_assert_not_null(strstr(fake_node(BACK "51712/params"), "a.img"));
    cr_assert_str_eq(fake_node(BACK "51712/state"), "4");
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "a.img"));
}

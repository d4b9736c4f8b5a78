/* SPDX-License-Identifier: BSD-2-Clause */
/* xend in a driver domain, number 7: whose devices it serves, and the scripts that it runs itself. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "devices.h"
#include "domain/device.h"
#include "fake.h"
#include "fake_process.h"
#include "xend/service.h"

#define VBD "/local/domain/7/backend/vbd/%u/51712/%s"
#define VIF "/local/domain/7/backend/vif/%u/0/%s"

static struct xs_handle *xs;

static void begin(void)
{
    fake_reset();
    fake_process_reset();
    fake_on_write = NULL;
    fake_file("run/devices/x", "");
    fake_permissions[0] = (struct xs_permissions){.id = 7, .perms = XS_PERM_NONE};
    fake_permissions[1] = (struct xs_permissions){.id = 1, .perms = XS_PERM_READ};
    device_set_home(7);
    xs = xs_open(0);
    service_init(xs);
}

static void new_disk(uint32_t domid, const char *kind)
{
    fake_node_set(fake_file("a.img", "x"), VBD, domid, "params");
    fake_node_set("w", VBD, domid, "mode");
    appears(VBD, domid, kind);
}

static void new_nic(uint32_t domid, int script_status)
{
    fake_node_set(fake_script("vif-test", script_status), VIF, domid, "script");
    appears(VIF, domid, "driver");
}

Test(driver, disks_of_its_own_directory, .init = begin)
{
    fake_node_set("user", "/local/domain/0/backend/vbd/1/51712/kind");
    fake_node_set("1", "/local/domain/0/backend/vbd/1/51712/state");
    service_event("/local/domain/7/backend");
    new_disk(2, "user");
    cr_assert_eq(fake_started, 0, "neither dom0's nor what says that it is");
    new_disk(1, "driver");
    cr_assert_eq(fake_started, 1, "%s", error_of("vbd", 1, 51712));
    cr_assert_not_null(
        strstr(fake_command, "hospes-blk --back /local/domain/7/backend/vbd/1/51712 "));
    new_disk(3, "driver");
    cr_assert_not_null(strstr(error_of("vbd", 3, 51712), "in use by domain ? (1)"));
    cr_assert_str_eq(fake_node(VBD, 3, "state"), "6");
}

/* The front-end's domain may read the half that says which file is opened, and no more. */
Test(driver, nodes_that_another_domain_could_have_written, .init = begin)
{
    fake_permissions[1].perms = XS_PERM_WRITE;
    new_disk(1, "driver");
    new_nic(1, 0);
    fake_permissions[1].perms = XS_PERM_READ;
    fake_permissions[0].id = 1;
    new_disk(2, "driver");
    cr_assert_eq(fake_started, 0);
    cr_assert_not_null(strstr(error_of("vbd", 1, 51712), "could have been written by another"));
    cr_assert_not_null(strstr(error_of("vbd", 2, 51712), "could have been written by another"));
    cr_assert_not_null(strstr(error_of("vif", 1, 0), "could have been written by another"));
    cr_assert_str_eq(fake_read("scripts.log"), "");
}

Test(driver, script_of_a_nic, .init = begin)
{
    fake_work_waits = true;
    new_nic(1, 0);
    cr_assert_str_eq(fake_taps, "vif1.0 ");
    cr_assert_str_eq(fake_read("scripts.log"), "vif-test online vif1.0\n");
    cr_assert_eq(fake_started, 0, "the script comes first");
    changed(VIF, 1);
    fake_work_ended();
    cr_assert_eq(fake_started, 1, "%s", error_of("vif", 1, 0));
    fake_end(false);
    cr_assert_eq(fake_started, 2);
    cr_assert_str_eq(fake_read("scripts.log"), "vif-test online vif1.0\n", "killed: no script");
    fake_node_set("connected", VIF, 1, "hotplug-status");
    fake_node_set("0", VIF, 1, "online");
    fake_node_set("6", VIF, 1, "state");
    fake_end(true);
    cr_assert_str_eq(fake_node(VIF, 1, "hotplug-status"), "connected", "it is at work");
    fake_work_ended();
    cr_assert_str_eq(fake_read("scripts.log"), "vif-test online vif1.0\nvif-test offline vif1.0\n");
    cr_assert_null(fake_node(VIF, 1, "hotplug-status"));
    cr_assert_str_eq(fake_taps, "vif1.0 ");
    xs_rm(xs, 0, "/local/domain/7/backend/vif/1/0");
    changed(VIF, 1);
    cr_assert_str_eq(fake_taps, "");
}

Test(driver, script_that_fails, .init = begin)
{
    fake_node_set("vif-test: no such bridge", VIF, 1, "hotplug-error");
    new_nic(1, 1);
    cr_assert_eq(fake_started, 0);
    cr_assert_str_eq(error_of("vif", 1, 0), "vif-test: no such bridge");
    cr_assert_str_eq(fake_node(VIF, 1, "state"), "6");
    cr_assert_str_eq(fake_taps, "");
    new_nic(2, 1);
    cr_assert_not_null(strstr(error_of("vif", 2, 0), "its script failed"));
}

/* The guest goes while the script of its NIC runs. */
Test(driver, device_that_goes_during_its_script, .init = begin)
{
    fake_work_waits = true;
    new_nic(1, 0);
    xs_rm(xs, 0, "/local/domain/7/backend/vif/1/0");
    changed(VIF, 1);
    cr_assert_str_eq(fake_taps, "vif1.0 ");
    fake_work_ended();
    cr_assert_eq(fake_started, 0);
    cr_assert_str_eq(fake_taps, "");
}

/* This domain has come in the place of one that ended: its devices are connected, and stay so. */
Test(driver, devices_of_the_domain_before, .init = begin)
{
    fake_work_waits = true;
    fake_node_set("driver", VIF, 1, "kind");
    fake_node_set("1", VIF, 1, "online");
    fake_node_set("4", VIF, 1, "state");
    fake_node_set(fake_script("vif-test", 1), VIF, 1, "script");
    service_event("/local/domain/7/backend");
    cr_assert_str_eq(fake_read("scripts.log"), "vif-test online vif1.0\n");
    cr_assert_eq(fake_started, 0);
    fake_start_fails = true;
    fake_work_ended();
    cr_assert_gt(fake_timer_ms, 0, "tried again, though its script failed");
    fake_start_fails = false;
    fake_time_passes();
    cr_assert_eq(fake_started, 1);
    cr_assert_str_eq(fake_node(VIF, 1, "state"), "4");
    cr_assert_str_eq(fake_read("scripts.log"), "vif-test online vif1.0\n", "once");
}

/* What a guest was told is written must be so when this domain is gone. */
Test(driver, disks_are_written_through_and_in_order, .init = begin)
{
    new_disk(1, "driver");
    cr_assert_not_null(strstr(fake_command, " --in-order"));
    cr_assert(fake_first_flags & O_DSYNC);
}

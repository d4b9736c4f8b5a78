/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and the processes that serve them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "devices.h"
#include "domain/back_process.h"
#include "domain/device.h"
#include "domain/paths.h"
#include "fake.h"
#include "fake_process.h"
#include "xend/service.h"
#include "xend/user.h"

#define VIF "/local/domain/0/backend/vif/%u/0/%s"
#define VBD "/local/domain/0/backend/vbd/%u/51712/%s"

static struct xs_handle *xs;

static void begin(void)
{
    fake_reset();
    fake_process_reset();
    fake_on_write = NULL; /* xend is under test */
    fake_file("run/devices/x", "");
    xs = xs_open(0);
    service_init(xs);
}

static void new_nic(uint32_t domid, const char *vifname)
{
    fake_node_set(vifname, VIF, domid, "vifname");
    appears(VIF, domid, "user");
}

static void new_disk(uint32_t domid, const char *file, const char *mode)
{
    fake_node_set(fake_file(file, "x"), VBD, domid, "params");
    fake_node_set(mode, VBD, domid, "mode");
    appears(VBD, domid, "user");
}

Test(service, disk, .init = begin)
{
    new_disk(1, "a.img", "r");
    cr_assert_eq(fake_started, 1, "%s", error_of("vbd", 1, 51712));
    cr_assert_not_null(strstr(fake_command, "hospes-blk --back /local/domain/0/backend/vbd/1/51712 "
                                            "--disk-fd 3 --log-fd 4 --stats-fd 5 --uid 18790"));
    cr_assert_not_null(strstr(fake_command, " --read-only"));
    cr_assert(fake_file_exists("run/devices/vbd-1-51712.pid"));
    cr_assert(fake_file_exists("run/devices/vbd-1-51712.stats"));
    changed(VBD, 1);
    cr_assert_eq(fake_started, 1, "served once");
    fake_file("run/devices/vbd-1-51712.stats", "counts");
    fake_end(false);
    cr_assert_eq(fake_started, 2, "killed: started again");
    cr_assert_str_eq(fake_read("run/devices/vbd-1-51712.stats"), "counts", "they go on");
    fake_node_set("0", VBD, 1, "online");
    fake_end(true);
    cr_assert_eq(fake_started, 2);
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "6");
    cr_assert_not(fake_file_exists("run/devices/vbd-1-51712.pid"));
    cr_assert_not(fake_file_exists("run/devices/vbd-1-51712.log"));
    cr_assert_not(fake_file_exists("run/devices/vbd-1-51712.stats"));
    fake_file("run/devices/vbd-2-51712.stats", "another's");
    new_disk(2, "a.img", "r");
    cr_assert_str_eq(fake_read("run/devices/vbd-2-51712.stats"), "", "of another device");
}

/* A script's disk is what the script has left in the store, once it says so. */
Test(service, disk_of_a_script, .init = begin)
{
    char image[128];

    snprintf(image, sizeof(image), "%s", fake_file("made.img", "x"));
    fake_node_set("/etc/xen/scripts/block-x", VBD, 1, "script");
    new_disk(1, "a.img", "w");
    cr_assert_eq(fake_started, 0, "the script is at work");
    fake_node_set(image, VBD, 1, "node");
    changed(VBD, 1);
    cr_assert_eq(fake_started, 0);
    fake_node_set("connected", VBD, 1, "hotplug-status");
    changed(VBD, 1);
    cr_assert_eq(fake_started, 1, "%s", error_of("vbd", 1, 51712));
    new_disk(2, "made.img", "w");
    cr_assert_not_null(strstr(error_of("vbd", 2, 51712), "in use by domain"), "it is the disk");
    fake_node_set("/etc/xen/scripts/block-x", VBD, 3, "script");
    fake_node_set("connected", VBD, 3, "hotplug-status");
    fake_node_set("ffff:1", VBD, 3, "physical-device");
    new_disk(3, "c.img", "r");
    cr_assert_not_null(strstr(error_of("vbd", 3, 51712), "/dev/block/65535:1"), "%s",
                       error_of("vbd", 3, 51712));
}

Test(service, locked_image, .init = begin)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1};
    int fd = open(fake_file("a.img", "x"), O_RDWR);

    cr_assert_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    new_disk(1, "a.img", "w");
    cr_assert_not_null(strstr(error_of("vbd", 1, 51712), "a.img is locked by another program"));
    new_disk(2, "a.img", "r");
    cr_assert_eq(fake_started, 1, "two may read");
    new_disk(3, "a.img", "w!");
    cr_assert_eq(fake_started, 2, "%s", error_of("vbd", 3, 51712));
    close(fd);
}

/* A FUSE file whose daemon has died: nobody answers any more. */
static bool make_dead(const char *file)
{
    int fd = open("/dev/fuse", O_RDWR);
    char options[64];

    snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", fd);
    if (fd < 0 || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("dead", file, "fuse", 0, options))
        return false;
    close(fd);
    return true;
}

Test(service, disk_whose_daemon_dies, .init = begin)
{
    char image[128];

    snprintf(image, sizeof(image), "%s", fake_file("shown.img", "x"));
    fake_node_set("/etc/xen/scripts/block-qemu", VBD, 1, "script");
    fake_node_set(image, VBD, 1, "node");
    fake_node_set("connected", VBD, 1, "hotplug-status");
    new_disk(1, "a.qcow2", "w");
    cr_assert_eq(fake_started, 1, "%s", error_of("vbd", 1, 51712));
    if (!make_dead(image))
        cr_skip_test("no FUSE here");
    fake_node_set("4", VBD, 1, "state");
    fake_end(false);
    cr_assert_eq(fake_started, 1, "there is nothing to open");
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "4", "the guest only waits");
    changed(VBD, 1);
    cr_assert_eq(fake_started, 1);
    cr_assert_eq(umount2(image, MNT_DETACH), 0);
    changed(VBD, 1);
    cr_assert_eq(fake_started, 2, "the script has made it anew");
    cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    make_dead(image);
    fake_end(false);
    fake_time_passes(); /* it had died a moment ago already */
    fake_node_set("error", VBD, 1, "hotplug-status");
    changed(VBD, 1);
    cr_assert_eq(fake_started, 2);
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "6", "or has given up");
    umount2(image, MNT_DETACH);
}

/* Six quick kills gave a device up; the guest then read nothing, and no error either. */
Test(service, killed_again_and_again, .init = begin)
{
    int expected[] = {0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000};

    new_disk(1, "a.img", "w");
    fake_node_set("4", VBD, 1, "state");
    for (size_t i = 0; i < sizeof(expected) / sizeof(int); i++) {
        fake_end(false);
        cr_assert_eq(fake_timer_ms, expected[i], "kill %zu: %d ms", i, fake_timer_ms);
        if (fake_timer_ms)
            fake_time_passes();
        cr_assert_eq(fake_started, i + 2);
        cr_assert_str_eq(fake_node(VBD, 1, "state"), "4", "the guest does not see it");
    }
    fake_now += 20000;
    fake_end(false);
    cr_assert_eq(fake_timer_ms, 0, "one that has lived is replaced at once");
    cr_assert_eq(fake_started, 14);
}

/* The disk is away for a while (a network file system, say): the guest waits. */
Test(service, disk_that_vanishes_and_comes_back, .init = begin)
{
    new_disk(1, "a.img", "w");
    fake_node_set("4", VBD, 1, "state");
    fake_start_fails = true;
    fake_end(false);
    for (int i = 0; i < 20; i++) {
        cr_assert_gt(fake_timer_ms, 0);
        cr_assert_leq(fake_timer_ms, 1000);
        fake_time_passes();
    }
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "4");
    cr_assert_str_eq(error_of("vbd", 1, 51712), "");
    fake_start_fails = false;
    fake_time_passes();
    cr_assert_eq(fake_started, 2);
    cr_assert_eq(fake_timer_ms, 0);
}

/* Detached, or its guest destroyed, between two tries. */
Test(service, device_that_goes_while_nobody_serves_it, .init = begin)
{
    new_disk(1, "a.img", "w");
    fake_node_set("4", VBD, 1, "state");
    fake_start_fails = true;
    fake_end(false);
    cr_assert_gt(fake_timer_ms, 0);
    fake_node_set("0", VBD, 1, "online");
    changed(VBD, 1);
    cr_assert_eq(fake_timer_ms, 0);
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "6");
    cr_assert_not(fake_file_exists("run/devices/vbd-1-51712.log"));
}

/* Its creator waits for it: no use in trying for ever. */
Test(service, device_that_cannot_begin, .init = begin)
{
    new_disk(1, "a.img", "w");
    for (int i = 0; i < 5; i++) {
        cr_assert_str_eq(error_of("vbd", 1, 51712), "");
        fake_end(false);
        if (fake_timer_ms)
            fake_time_passes();
    }
    cr_assert_not_null(strstr(error_of("vbd", 1, 51712), "ended again and again"));
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "6");
}

static long started_uid(void)
{
    const char *at = strstr(fake_command, "--uid ");

    return at ? atol(at + 6) : -1;
}

Test(service, each_has_a_user_of_its_own, .init = begin)
{
    long first, second;

    fake_file("run/devices/vbd-9-51712.pid", "1 1879050000\n"); /* of a xend before */
    service_init(xs);
    new_disk(1, "a.img", "w");
    first = started_uid();
    new_nic(1, "");
    second = started_uid();
    cr_assert_gt(first, 1879050000);
    cr_assert_gt(second, first);
    new_disk(2, "b.img", "w");
    fake_end(false);
    cr_assert_gt(started_uid(), second, "started again as the one it was");
    fake_node_set("0", VBD, 2, "online");
    fake_end(true);
    new_disk(3, "b.img", "w");
    cr_assert_gt(started_uid(), second + 1, "none comes back while it may be in use");
}

/* xend is replaced by this one while devices are served. */
Test(service, notes_of_processes, .init = begin)
{
    uid_t uid = 7;

    cr_assert_eq(back_process_note(fake_file("run/devices/a.pid", "123\n"), &uid), 123);
    cr_assert_eq(uid, 0);
    cr_assert_eq(back_process_note(fake_file("run/devices/a.pid", "123 1879048193\n"), &uid), 123);
    cr_assert_eq(uid, 1879048193);
    cr_assert_eq(back_process_note(fake_file("run/devices/a.pid", "x"), &uid), 0);
    cr_assert_eq(back_process_note("/nonexistent", &uid), 0);
}

Test(service, paths_that_others_could_have_written_are_not_opened, .init = begin)
{
    fake_permissions[1] = (struct xs_permissions){.id = 7, .perms = XS_PERM_WRITE};
    new_disk(1, "a.img", "w");
    cr_assert_eq(fake_started, 0);
    cr_assert_not_null(strstr(error_of("vbd", 1, 51712), "could have been written by another"));
    fake_permissions[1] = (struct xs_permissions){.id = 7, .perms = XS_PERM_READ};
    new_disk(2, "a.img", "w");
    cr_assert_eq(fake_started, 1);
    fake_permissions[0].id = 7;
    new_disk(3, "c.img", "w");
    cr_assert_eq(fake_started, 1);
}

/* The name may be another file's by the time that the process is started again. */
Test(service, started_again_with_the_same_file, .init = begin)
{
    new_disk(1, "a.img", "w");
    fake_node_set("4", VBD, 1, "state");
    fake_node_set("/etc/shadow", VBD, 1, "params");
    fake_end(false);
    cr_assert_eq(fake_started, 2);
    cr_assert_eq(fake_first_file.st_size, 1, "a.img has a byte");
}

Test(service, disks_of_two_guests, .init = begin)
{
    fake_node_set("one", "/local/domain/1/name");
    new_disk(1, "a.img", "w");
    new_disk(2, "a.img", "w");
    cr_assert_eq(fake_started, 1);
    cr_assert_not_null(strstr(error_of("vbd", 2, 51712), "in use by domain one (1)"));
    cr_assert_str_eq(fake_node(VBD, 2, "state"), "6");
    new_disk(3, "a.img", "w!");
    cr_assert_eq(fake_started, 2, "%s", error_of("vbd", 3, 51712));
}

Test(service, disk_that_cannot_be_opened, .init = begin)
{
    fake_node_set("user", VBD, 1, "kind");
    fake_node_set("/nonexistent", VBD, 1, "params");
    fake_node_set("1", VBD, 1, "state");
    changed(VBD, 1);
    cr_assert_not_null(strstr(error_of("vbd", 1, 51712), "cannot open /nonexistent"));
    fake_node_set("/", VBD, 2, "params");
    fake_node_set("user", VBD, 2, "kind");
    fake_node_set("1", VBD, 2, "state");
    changed(VBD, 2);
    cr_assert_not_null(strstr(error_of("vbd", 2, 51712), "neither a file nor a block device"));
}

Test(service, process_that_cannot_start, .init = begin)
{
    fake_start_fails = true;
    new_disk(1, "a.img", "w");
    cr_assert_not_null(strstr(error_of("vbd", 1, 51712), "cannot start its back-end process"));
}

/* Case R7: the script that takes the interface off its bridge found none. */
Test(service, interface_stays_until_its_node_goes, .init = begin)
{
    new_nic(1, "");
    cr_assert_str_eq(fake_taps, "vif1.0 ");
    cr_assert_not_null(strstr(fake_command, "hospes-net --back"));
    fake_node_set("0", VIF, 1, "online");
    fake_node_set("6", VIF, 1, "state");
    fake_end(true);
    cr_assert_str_eq(fake_taps, "vif1.0 ");
    xs_rm(xs, 0, "/local/domain/0/backend/vif/1/0");
    changed(VIF, 1);
    cr_assert_str_eq(fake_taps, "");
    cr_assert_not(fake_file_exists("run/devices/vif-1-0.tap"));
}

Test(service, new_device_in_place_of_a_closed_one, .init = begin)
{
    new_nic(1, "web");
    fake_node_set("6", VIF, 1, "state");
    fake_end(true);
    new_nic(1, "other");
    cr_assert_str_eq(fake_taps, "other ");
    cr_assert_eq(fake_started, 2);
}

/* Case R4: a second guest took the interface, and at its end removed it. */
Test(service, interface_of_another, .init = begin)
{
    new_nic(1, "web");
    new_nic(2, "web");
    cr_assert_eq(fake_started, 1);
    cr_assert_not_null(strstr(error_of("vif", 2, 0), "an interface called web already"));
    xs_rm(xs, 0, "/local/domain/0/backend/vif/2/0");
    changed(VIF, 2);
    cr_assert_str_eq(fake_taps, "web ");
    new_nic(3, "aninterfacenamethatistoolong");
    cr_assert_not_null(strstr(error_of("vif", 3, 0), "longer than 15"));
}

/* An xend is killed; the next one still removes the interfaces of devices that ended meanwhile. */
Test(service, interface_of_an_earlier_xend, .init = begin)
{
    fake_file("run/devices/vif-4-0.tap", "gone\n");
    fake_file("run/devices/vif-5-0.tap", "closed\n");
    fake_file("run/devices/garbage.tap", "x");
    strcpy(fake_taps, "gone closed ");
    fake_node_set("6", VIF, 5, "state");
    service_init(xs);
    cr_assert_str_eq(fake_taps, "closed ");
    xs_rm(xs, 0, "/local/domain/0/backend/vif/5/0");
    changed(VIF, 5);
    cr_assert_str_eq(fake_taps, "");
}

Test(service, device_of_an_earlier_xend_is_served_again, .init = begin)
{
    fake_file("run/devices/vif-6-0.tap", "web\n");
    fake_node_set("user", VIF, 6, "kind");
    fake_node_set("1", VIF, 6, "online");
    fake_node_set("4", VIF, 6, "state");
    strcpy(fake_taps, "web ");
    fake_file("net/web", "");
    service_init(xs);
    cr_assert_eq(fake_started, 1, "%s", error_of("vif", 6, 0));
    cr_assert_str_eq(fake_taps, "web ");
}

/* An xend that wrote no such notes has been replaced. */
Test(service, interface_without_a_note, .init = begin)
{
    fake_node_set("user", VIF, 6, "kind");
    fake_node_set("1", VIF, 6, "online");
    fake_node_set("4", VIF, 6, "state");
    strcpy(fake_taps, "vif6.0 ");
    fake_file("net/vif6.0", "");
    service_init(xs);
    cr_assert_eq(fake_started, 1, "%s", error_of("vif", 6, 0));
    cr_assert(fake_file_exists("run/devices/vif-6-0.tap"));
}

Test(service, what_is_not_ours, .init = begin)
{
    fake_node_set("kernel", VIF, 1, "kind");
    fake_node_set("1", VIF, 1, "state");
    changed(VIF, 1);
    fake_node_set("user", VBD, 1, "kind");
    fake_node_set("5", VBD, 1, "state");
    changed(VBD, 1);
    cr_assert_str_eq(fake_node(VBD, 1, "state"), "6", "nobody serves it, so it is closed");
    service_event("/local/domain/0/backend/vkbd/1/0/state");
    service_event("/local/domain/0/backend");
    cr_assert_eq(fake_started, 0);
}

/* ---- displays ---- */

#define VFB  "/local/domain/0/backend/vfb/%u/0/%s"
#define VKBD "/local/domain/0/backend/vkbd/%u/0/%s"

/* Far above what anybody else on this machine may have taken. */
#define DISPLAY "47000"

static void new_display(uint32_t domid, const char *unused)
{
    fake_node_set("user", VFB, domid, "kind");
    fake_node_set("1", VFB, domid, "online");
    fake_node_set("127.0.0.1", VFB, domid, "vnclisten");
    fake_node_set(DISPLAY, VFB, domid, "vncdisplay");
    fake_node_set(unused, VFB, domid, "vncunused");
    fake_node_set("user", VKBD, domid, "kind");
    fake_node_set("1", VKBD, domid, "online");
    fake_node_set("1", VKBD, domid, "state");
    fake_node_set("1", VFB, domid, "state");
    changed(VKBD, domid);
    changed(VFB, domid);
}

Test(display, one_process_for_screen_and_keyboard, .init = begin)
{
    char port[16];

    new_display(1, "1");
    cr_assert_eq(fake_started, 1, "%s", error_of("vfb", 1, 0));
    cr_assert_not_null(strstr(fake_command, "hospes-fb --back /local/domain/0/backend/vfb/1/0 "
                                            "--keyboard /local/domain/0/backend/vkbd/1/0 "
                                            "--listen-fd 3"));
    snprintf(port, sizeof(port), "%s", fake_node(VFB, 1, "vnc-port"));
    cr_assert_str_eq(fake_node("/local/domain/1/console/vnc-port"), port);
    fake_end(false);
    cr_assert_eq(fake_started, 2, "killed: started again");
    cr_assert_str_eq(fake_node(VFB, 1, "vnc-port"), port, "viewers find it where it was");
    fake_node_set("0", VFB, 1, "online");
    fake_end(true);
    cr_assert_str_eq(fake_node(VFB, 1, "state"), "6");
    changed(VKBD, 1);
    cr_assert_str_eq(fake_node(VKBD, 1, "state"), "6", "nobody would serve it");
}

Test(display, ports, .init = begin)
{
    new_display(1, "1");
    new_display(2, "1");
    cr_assert_eq(fake_started, 2, "%s", error_of("vfb", 2, 0));
    cr_assert_gt(atoi(fake_node(VFB, 2, "vnc-port")), atoi(fake_node(VFB, 1, "vnc-port")));
    new_display(3, "0");
    cr_assert_eq(fake_started, 2);
    cr_assert_not_null(
        strstr(error_of("vfb", 3, 0), "display " DISPLAY " (port 52900) of 127.0.0.1 is in use"),
        "%s", error_of("vfb", 3, 0));
    cr_assert_str_eq(fake_node(VKBD, 3, "state"), "6");
}

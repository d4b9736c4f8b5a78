/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk, NIC and CPU specifications, and virtual device numbers. */
#include <criterion/criterion.h>
#include <string.h>

#include "conf/cpuset.h"
#include "conf/disk.h"
#include "conf/host.h"
#include "conf/vdev.h"
#include "conf/vif.h"

static struct fail why;
static struct disk_spec disk;
static struct vif_spec vif;

static void check_vdev(const char *name, uint32_t want)
{
    uint32_t got = 0;

    cr_assert(vdev_parse(name, &got), "%s", name);
    cr_assert_eq(got, want, "%s: %u", name, got);
}

/* Numbers from the tables of xen-vbd-interface(7) */
Test(vdev, numbers)
{
    check_vdev("xvda", 51712);
    check_vdev("xvda1", 51713);
    check_vdev("xvdp15", 202 << 8 | 15 << 4 | 15);
    check_vdev("xvdq", 1 << 28 | 16 << 8);
    check_vdev("xvda16", 1 << 28 | 16);
    check_vdev("xvdaa", 1 << 28 | 26 << 8);
    check_vdev("sda", 8 << 8);
    check_vdev("sdb2", 8 << 8 | 16 | 2);
    check_vdev("hda", 3 << 8);
    check_vdev("hdb1", 3 << 8 | 64 | 1);
    check_vdev("hdc", 22 << 8);
    check_vdev("hdd3", 22 << 8 | 64 | 3);
    check_vdev("d0", 51712);
    check_vdev("d1p3", 202 << 8 | 1 << 4 | 3);
    check_vdev("0x1600", 0x1600);
    check_vdev("51712", 51712);
}

Test(vdev, refusals)
{
    static const char *const bad[] = {"",
                                      "xvd",
                                      "xvda1x",
                                      "sdq",
                                      "sda16",
                                      "hde",
                                      "hda64",
                                      "xvda256",
                                      "vda",
                                      "0",
                                      "-1",
                                      "0xffffffff",
                                      "d",
                                      "d1p",
                                      "xvdzzzzzzzzzz",
                                      "536870912",
                                      "99999999999999999999999",
                                      "xvda4294967296",
                                      "xvdmwlqkww",
                                      "sdmwlqkww",
                                      "d4294967296",
                                      "sd",
                                      "sda1x",
                                      "d0p256",
                                      "12x"};
    uint32_t got;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_not(vdev_parse(bad[i], &got), "%s", bad[i]);
}

Test(vdev, the_last_of_each_kind)
{
    check_vdev("536870911", (2u << 28) - 1);
    check_vdev("sdp15", 8 << 8 | 15 << 4 | 15);
    check_vdev("hda63", 3 << 8 | 63);
    check_vdev("hdd63", 22 << 8 | 64 | 63);
    check_vdev("xvda255", 1 << 28 | 255);
}

Test(vdev, names)
{
    char text[16];

    cr_assert_str_eq(vdev_name(51713, text), "xvda1");
    cr_assert_str_eq(vdev_name(1 << 28 | 26 << 8, text), "xvdaa");
    cr_assert_str_eq(vdev_name(8 << 8, text), "2048");
}

static void check_disk(const char *text, enum disk_kind kind, const char *target, uint32_t number,
                       bool writable)
{
    cr_assert_eq(disk_parse(text, &disk, &why), 0, "%s: %s", text, why.text);
    cr_assert_eq(disk.kind, kind, "%s", text);
    cr_assert_str_eq(disk.target, target);
    cr_assert_eq(disk.number, number, "%s", text);
    cr_assert_eq(disk.writable, writable, "%s", text);
    disk_free(&disk);
}

Test(disk, classic_notation)
{
    check_disk("file:/srv/a.img,xvda,w", DISK_FILE, "/srv/a.img", 51712, true);
    check_disk("phy:/dev/vg/lv,sda1,r", DISK_PHY, "/dev/vg/lv", 8 << 8 | 1, false);
    check_disk("phy:vg/lv, xvda , w", DISK_PHY, "/dev/vg/lv", 51712, true);
    check_disk("tap:aio:/a,xvda,w", DISK_FILE, "/a", 51712, true);
    check_disk("tap2:tapdisk:aio:/a,xvda,w", DISK_FILE, "/a", 51712, true);
    check_disk("file:/cd.iso,hdc:cdrom,r", DISK_FILE, "/cd.iso", 22 << 8, false);
}

Test(disk, flags)
{
    cr_assert_eq(disk_parse("phy:/dev/x,xvda,w!", &disk, &why), 0);
    cr_assert(disk.shared && disk.writable);
    disk_free(&disk);
    cr_assert_eq(disk_parse("file:/a,hdc:cdrom,r", &disk, &why), 0);
    cr_assert(disk.cdrom);
    disk_free(&disk);
    cr_assert_eq(disk_parse("/a,raw,xvda,rw,no-discard,script=block-x", &disk, &why), 0);
    cr_assert_not(disk.discard);
    cr_assert_str_eq(disk.script, "block-x");
    disk_free(&disk);
}

Test(disk, xl_notation)
{
    check_disk("/srv/a.img,raw,xvda,rw", DISK_ANY, "/srv/a.img", 51712, true);
    check_disk("/srv/a.img,,xvdb,ro", DISK_ANY, "/srv/a.img", 51728, false);
    check_disk("/srv/a.img,raw,xvda", DISK_ANY, "/srv/a.img", 51712, true);
    check_disk("format=raw, vdev=xvda, access=r, target=/a,b.img", DISK_ANY, "/a,b.img", 51712,
               false);
}

static void refuse_disk(const char *text, const char *message)
{
    cr_assert_eq(disk_parse(text, &disk, &why), -1, "accepted: %s", text);
    cr_assert(strstr(why.text, message), "%s: got '%s'", text, why.text);
}

Test(disk, refusals)
{
    refuse_disk("file:/a", "'PATH,VDEV,MODE' is expected");
    refuse_disk("file:/a,xvda,x", "access mode 'x'");
    refuse_disk("file:a.img,xvda,w", "must begin with /");
    refuse_disk("file:/a,vda,w", "'vda' is not a virtual disk");
    refuse_disk("tap:qcow2:/a,xvda,w", "not supported");
    refuse_disk("/a,qcow2,xvda,w", "qemu-img convert");
    refuse_disk("/a,raw,xvda,w,cache=on", "unknown disk option 'cache='");
    refuse_disk("/a,raw,xvda,w,fast", "unknown disk option 'fast'");
    refuse_disk("file:/a,xvda,w,dom5", "back-ends in domain 'dom5'");
    refuse_disk("", "missing");
}

Test(vif, everything)
{
    static const uint8_t mac[6] = {0x00, 0x16, 0x3e, 0xaB, 0x02, 0x03};

    cr_assert_eq(vif_parse("mac=00:16:3E:ab:02:03, bridge=xenbr0,ip=10.0.0.2, script=vif-nat,"
                           "vifname=web0, rate=10Mb/s, mtu=1400, type=ioemu, gatewaydev=eth0",
                           &vif, &why),
                 0, "%s", why.text);
    cr_assert(vif.has_mac);
    cr_assert_arr_eq(vif.mac, mac, 6);
    cr_assert_str_eq(vif.bridge, "xenbr0");
    cr_assert_str_eq(vif.ip, "10.0.0.2");
    cr_assert_str_eq(vif.script, "vif-nat");
    cr_assert_str_eq(vif.vifname, "web0");
    cr_assert_str_eq(vif.gatewaydev, "eth0");
    cr_assert_eq(vif.mtu, 1400);
    cr_assert_eq(vif.rate_bytes, 62500);
    cr_assert_eq(vif.rate_usecs, 50000);
    vif_free(&vif);
}

Test(vif, empty_is_fine)
{
    cr_assert_eq(vif_parse("", &vif, &why), 0);
    cr_assert_not(vif.has_mac);
    cr_assert_eq(vif_parse(" , ", &vif, &why), 0);
}

Test(vif, refusals)
{
    static const char *const bad[] = {"mac=00:16:3e:01:02",
                                      "mac=01:00:00:00:00:00",
                                      "mac=00:16:3e:01:02:0g",
                                      "vifname=averyveryverylongname",
                                      "vifname=a/b",
                                      "rate=fast",
                                      "mtu=5",
                                      "bogus=1",
                                      "justtext",
                                      "backend=5"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_eq(vif_parse(bad[i], &vif, &why), -1, "%s", bad[i]);
}

Test(vif, rates)
{
    uint64_t bytes;
    uint32_t usecs;

    cr_assert(vif_parse_rate("1MB/s@20ms", &bytes, &usecs));
    cr_assert_eq(bytes, 20000);
    cr_assert_eq(usecs, 20000);
    cr_assert(vif_parse_rate("8Kb/s@1s", &bytes, &usecs));
    cr_assert_eq(bytes, 1000);
    cr_assert(vif_parse_rate("1GB/s", &bytes, &usecs));
    cr_assert_eq(bytes, 50000000);
    cr_assert_not(vif_parse_rate("1Mb", &bytes, &usecs));
    cr_assert_not(vif_parse_rate("1Mb/s@", &bytes, &usecs));
    cr_assert_not(vif_parse_rate("1Mb/s@100s", &bytes, &usecs));
    cr_assert_not(vif_parse_rate("99999999999Gb/s", &bytes, &usecs));
}

Test(cpuset, sets)
{
    struct cpuset set;
    char text[64];

    cr_assert(cpuset_parse("0-3,5,^1", &set));
    cr_assert_str_eq(cpuset_print(&set, 8, "all", text, sizeof(text)), "0,2-3,5");
    cr_assert_eq(cpuset_last(&set), 5);
    cr_assert(cpuset_parse("all", &set));
    cr_assert_str_eq(cpuset_print(&set, 8, "any cpu", text, sizeof(text)), "any cpu");
    cr_assert(cpuset_parse("^1", &set));
    cr_assert_str_eq(cpuset_print(&set, 3, "all", text, sizeof(text)), "0,2");
    cr_assert(cpuset_parse(" 0 , 1 ", &set));
    cr_assert_str_eq(cpuset_print(&set, 4, "all", text, sizeof(text)), "0-1");
}

Test(cpuset, the_last_and_the_next)
{
    struct cpuset set;

    cr_assert(cpuset_parse("all", &set));
    cr_assert(cpuset_has(&set, CPUSET_MAX - 1));
    for (unsigned int cpu = CPUSET_MAX; cpu; cpu <<= 1)
        cr_assert_not(cpuset_has(&set, cpu));
    cr_assert_eq(cpuset_last(&set), CPUSET_MAX - 1);
}

Test(cpuset, refusals)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "3-1",
                                      "0-",
                                      "-1",
                                      "4096",
                                      "0,,1",
                                      "1,^1",
                                      "0x1",
                                      "0-4096",
                                      "0,3-1",
                                      "0,5000",
                                      "0-18446744073709551615"};
    struct cpuset set;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_not(cpuset_parse(bad[i], &set), "%s", bad[i]);
}

Test(host, file)
{
    struct host_conf host;

    host_conf_parse(NULL, &host);
    cr_assert_not(host.kernel_backends);
    cr_assert_str_eq(host.vif_script, "vif-bridge");
    cr_assert_str_eq(host.vif_bridge, "");
    host_conf_parse("# (backends user)\n(backends kernel)\n (vif-script 'vif-nat')\n"
                    "(vif-bridge br7)\n(unknown 5)\n()\n(x",
                    &host);
    cr_assert(host.kernel_backends);
    cr_assert_str_eq(host.vif_script, "vif-nat");
    cr_assert_str_eq(host.vif_bridge, "br7");
    host_conf_parse("(vif-bridge averylongbridgename)", &host);
    cr_assert_str_eq(host.vif_bridge, "", "a name that no interface can have is not taken");
}

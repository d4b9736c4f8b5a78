/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk, NIC and CPU specifications, and virtual device numbers. */
#include <criterion/criterion.h>
#include <string.h>

#include "conf/cpuset.h"
#include "conf/disk.h"
#include "conf/allow.h"
#include "conf/host.h"
#include "conf/vdev.h"
#include "conf/vfb.h"
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
    refuse_disk("tap:vhd:/a,xvda,w", "format vhd can only be read");
    refuse_disk("/a,vmdk,xvda,w", "qemu-img convert");
    refuse_disk("/a,raw,xvda,w,cache=on", "unknown disk option 'cache='");
    refuse_disk("/a,raw,xvda,w,fast", "unknown disk option 'fast'");
    refuse_disk("", "missing");
}

/* What the notations can say, also where no back-end serves it. */
static void spec(const char *text)
{
    cr_assert_eq(disk_spec_parse(text, &disk, &why), 0, "%s: %s", text, why.text);
}

Test(disk, everything_by_name)
{
    spec("format=vhd, vdev=xvdc, access=w!, script=block-x, backend=storage, backendtype=qdisk, "
         "no-discard, direct-io-safe, untrusted, specification=xen, target=/a,b=c ");
    cr_assert_eq(disk.format, DISK_VHD);
    cr_assert_str_eq(disk.vdev, "xvdc");
    cr_assert(disk.writable && disk.shared && disk.direct_io_safe && disk.untrusted);
    cr_assert_not(disk.discard);
    cr_assert_str_eq(disk.script, "block-x");
    cr_assert_str_eq(disk.backend, "storage");
    cr_assert_eq(disk.backend_type, DISK_BACKEND_QDISK);
    cr_assert_str_eq(disk.target, "/a,b=c ", "target= takes the rest, blanks too");
    disk_free(&disk);
}

/* The examples of xl-disk-configuration(5): each group is one disk. */
Test(disk, examples_of_the_manual)
{
    static const char *const volumes[] = {
        "/dev/vg/guest-volume,,hda", "/dev/vg/guest-volume,raw,hda,rw",
        "format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume",
        "raw:/dev/vg/guest-volume,hda,w", "vg/guest-volume,,hda"};
    static const char *const discs[] = {
        "/root/image.iso,,hdc,cdrom", "/root/image.iso,,hdc,,cdrom",
        "/root/image.iso,raw,hdc,devtype=cdrom",
        "format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso",
        "raw:/root/image.iso,hdc:cdrom,ro"};

    for (size_t i = 0; i < sizeof(volumes) / sizeof(volumes[0]); i++) {
        spec(volumes[i]);
        cr_expect_str_eq(disk.target, "/dev/vg/guest-volume", "%s", volumes[i]);
        cr_expect(disk.number == 3 << 8 && disk.writable && !disk.cdrom, "%s", volumes[i]);
        disk_free(&disk);
    }
    for (size_t i = 0; i < sizeof(discs) / sizeof(discs[0]); i++) {
        spec(discs[i]);
        cr_expect_str_eq(disk.target, "/root/image.iso", "%s", discs[i]);
        cr_expect(disk.number == 22 << 8 && !disk.writable && disk.cdrom, "%s", discs[i]);
        disk_free(&disk);
    }
}

Test(disk, an_empty_drive)
{
    spec(",hdc:cdrom,r");
    cr_assert(disk.cdrom && !disk.target[0] && !disk.writable);
    disk_free(&disk);
    refuse_disk(",hdc:disk,r", "the path of the image or device is missing");
    refuse_disk("file:,xvda,w", "the path of the image or device is missing");
}

static void has_format(const char *text, enum disk_format format, const char *target)
{
    spec(text);
    cr_expect_eq(disk.format, format, "%s: %s", text, disk_format_name(disk.format));
    cr_expect_str_eq(disk.target, target, "%s", text);
    disk_free(&disk);
}

Test(disk, prefixes)
{
    has_format("tap:aio:/a,xvda,w", DISK_RAW, "/a");
    has_format("tap2:tapdisk:aio:/a,xvda,w", DISK_RAW, "/a");
    has_format("tap:qcow:/a,xvda,w", DISK_QCOW, "/a");
    has_format("tap:qcow2:/a,xvda,w", DISK_QCOW2, "/a");
    has_format("tap2:vhd:/a,xvda,w", DISK_VHD, "/a");
    has_format("tap:vmdk:/a,xvda,w", DISK_VMDK, "/a");
    has_format("qcow2:/a,xvda,w", DISK_QCOW2, "/a");
    has_format("qcow2:tap:/a,xvda,w", DISK_QCOW2, "/a");
    has_format("file:///OVS/a.img,xvda,w", DISK_RAW, "///OVS/a.img");
    has_format("file:/a=b.img,xvda,w", DISK_RAW, "/a=b.img");
    has_format("/a=b.img,raw,xvda,w", DISK_RAW, "/a=b.img");
}

Test(disk, scripts_for_other_targets)
{
    static const char *const texts[] = {"drbd:res0,xvda,w", "nbd:host 4444,xvda,w",
                                        "iscsi:iqn.2001-05.com:x,xvda,w", "enbd:host:4,xvda,w"};
    static const char *const scripts[] = {"block-drbd", "block-nbd", "block-iscsi", "block-enbd"};

    for (size_t i = 0; i < 4; i++) {
        spec(texts[i]);
        cr_expect_str_eq(disk.script, scripts[i]);
        disk_free(&disk);
    }
    spec("script=block-x,vdev=xvda,target=pool/image");
    cr_assert_str_eq(disk.target, "pool/image", "the script knows what it means");
    disk_free(&disk);
}

Test(disk, options_after_the_classic_notation)
{
    spec("phy:/dev/x,xvda,w,discard,script=block-x,backendtype=phy");
    cr_assert(disk.kind == DISK_PHY && disk.writable && disk.discard);
    cr_assert_str_eq(disk.script, "block-x");
    cr_assert_eq(disk.backend_type, DISK_BACKEND_PHY);
    disk_free(&disk);
    spec("phy:/dev/x,xvda,w,Domain-0,no-discard");
    cr_assert(!disk.discard && !disk.backend);
    disk_free(&disk);
    spec("file:/a,xvda,w,net,");
    cr_assert_str_eq(disk.backend, "net");
    disk_free(&disk);
    check_disk("file:/a,/dev/xvdb2,w", DISK_FILE, "/a", 51730, true);
    check_disk("file:/a,ioemu:hda,w", DISK_FILE, "/a", 768, true);
    check_disk("file:/a,xvda", DISK_FILE, "/a", 51712, false);
}

Test(disk, more_refusals)
{
    refuse_disk("/a,raw,xvda,rw,vdev=xvdb", "the virtual device is given twice");
    refuse_disk("/a,raw,xvda,rw,target=/b", "the path is given twice");
    refuse_disk("access=r,access=w,vdev=xvda,target=/a", "the access mode is given twice");
    refuse_disk("target=/a,vdev=xvda", "target= takes the rest of the text: put it last");
    refuse_disk("file:/a,xvda,w,dom0,fast", "unknown disk option 'fast'");
    refuse_disk("/a,raw,xvda,rw,backendtype=fast", "back-end type 'fast' is unknown");
    refuse_disk("/a,raw,xvda,rw,specification=virtio", "only specification=xen");
    refuse_disk("/a,VHD,xvda,rw", "'VHD' is not an image format (write vhd)");
    refuse_disk("/a,xvda,w",
                "'xvda' stands where the format is expected (write 'file:PATH,VDEV,MODE'");
    refuse_disk("foo:/a,sda1,w", "'sda1' stands where the format is expected");
    refuse_disk("/a,zip,xvda,rw", "'zip' is not an image format (write raw)");
    refuse_disk("/a,raw,xvda,rw,devtype=tape", "device type 'tape' is not cdrom or disk");
}

Test(vdev, overlap)
{
    cr_assert(vdev_overlap(51712, 51712));
    cr_assert(vdev_overlap(51712, 51715), "xvda and xvda3");
    cr_assert(vdev_overlap(8 << 8 | 1, 51713), "sda1 and xvda1");
    cr_assert(vdev_overlap(22 << 8, 202 << 8 | 2 << 4), "hdc and xvdc");
    cr_assert(vdev_overlap(1 << 28 | 16 << 8, 1 << 28 | 16 << 8 | 3), "xvdq and xvdq3");
    cr_assert_not(vdev_overlap(51713, 51714), "xvda1 and xvda2");
    cr_assert_not(vdev_overlap(51712, 51728), "xvda and xvdb");
    cr_assert_not(vdev_overlap(3 << 8, 3 << 8 | 64), "hda and hdb");
    cr_assert_not(vdev_overlap(5, 5 << 8), "no disks at all");
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
                                      "mtu=1"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_eq(vif_parse(bad[i], &vif, &why), -1, "%s", bad[i]);
}

Test(vif, what_else_may_be_said)
{
    cr_assert_eq(vif_parse("backend=net, devid=3, netdev=eth1, model=e1000, type=vif, untrusted",
                           &vif, &why),
                 0, "%s", why.text);
    cr_assert_str_eq(vif.backend, "net");
    cr_assert(vif.has_devid && vif.devid == 3 && vif.untrusted);
    cr_assert_str_eq(vif.gatewaydev, "eth1");
    cr_assert_str_eq(vif.model, "e1000");
    cr_assert_str_eq(vif.type, "vif");
    vif_free(&vif);
    cr_assert_eq(vif_parse("birdge=x", &vif, &why), -1);
    cr_assert_str_eq(why.text, "unknown network option 'birdge=' (did you mean bridge=?)");
    cr_assert_eq(vif_parse("mac=00:00:00:00:00:00", &vif, &why), -1);
    cr_assert_eq(vif_parse("type=tape", &vif, &why), -1);
    cr_assert_eq(vif_parse("devid=256", &vif, &why), -1);
    cr_assert_eq(vif_parse("backend=Domain-0,bridge=a,bridge=b", &vif, &why), 0);
    cr_assert_str_eq(vif.bridge, "b", "the last one counts");
    vif_free(&vif);
}

static struct vfb_spec vfb;

Test(vfb, defaults)
{
    cr_assert_eq(vfb_parse("", &vfb, &why), 0);
    cr_assert(vfb.vnc && vfb.unused && vfb.display == 0 && !vfb.listen && !vfb.password);
    vfb_free(&vfb);
    cr_assert_eq(vfb_parse("vnc=0", &vfb, &why), 0);
    cr_assert_not(vfb.vnc);
    vfb_free(&vfb);
}

Test(vfb, everything)
{
    cr_assert_eq(
        vfb_parse("type=vnc, vnc=1,vnclisten=0.0.0.0:7,vncpasswd=a=b,keymap=en-us,videoram=16,"
                  "sdl=0,opengl=1,display=:0,xauthority=/x,serial=pty,monitor=1",
                  &vfb, &why),
        0, "%s", why.text);
    cr_assert_str_eq(vfb.listen, "0.0.0.0");
    cr_assert_eq(vfb.display, 7);
    cr_assert_not(vfb.unused, "who names a display wants that one");
    cr_assert_str_eq(vfb.password, "a=b");
    cr_assert_str_eq(vfb.keymap, "en-us");
    cr_assert_eq(vfb.videoram_mib, 16);
    vfb_free(&vfb);
    cr_assert_eq(vfb_parse("vncunused=1,vncdisplay=5,vnclisten=::1,vncpasswd=", &vfb, &why), 0);
    cr_assert(vfb.unused && vfb.display == 5);
    cr_assert_str_eq(vfb.listen, "::1");
    cr_assert_str_eq(vfb.password, "");
    vfb_free(&vfb);
}

Test(vfb, refusals)
{
    static const char *const bad[][2] = {
        {"sdl=1", "windows of dom0 (sdl=1) are not supported (write vnc=1)"},
        {"type=sdl", "type=sdl is not supported (write type=vnc)"},
        {"vnc=2", "vnc=2 is neither 0 nor 1"},
        {"vncdisplay=59636",
         "display '59636' is not a number from 0 to 59635 (port 5900 is display 0)"},
        {"vncdisplay=-1", "display '-1' is not a number from 0 to 59635 (port 5900 is display 0)"},
        {"vnclisten=0.0.0.0:x",
         "display 'x' is not a number from 0 to 59635 (port 5900 is display 0)"},
        {"vnclisten=everywhere",
         "vnclisten=everywhere is not an address (write 127.0.0.1 or 0.0.0.0)"},
        {"keymap=../../etc", "keymap=../../etc is not the name of a key map (like en-us or de)"},
        {"keymap=", "keymap= is not the name of a key map (like en-us or de)"},
        {"videoram=0", "videoram=0 is out of range (1 to 256 MiB)"},
        {"bogus=1", "unknown frame buffer option 'bogus='"},
        {"vnc", "'vnc' is not of the form option=value"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_eq(vfb_parse(bad[i][0], &vfb, &why), -1, "%s", bad[i][0]);
        cr_expect_str_eq(why.text, bad[i][1], "%s: got '%s'", bad[i][0], why.text);
    }
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
    cr_assert_eq(host.dom0_min_mib, 196);
    host_conf_parse("(dom0-min-mem 256)\n(dom0-min-mem -1)(dom0-min-mem 99999999)\n"
                    "(dom0-min-mem 1x)\n(dom0-min-mem )",
                    &host);
    cr_assert_eq(host.dom0_min_mib, 256, "nonsense changes nothing");
    cr_assert_str_eq(host.passed_over, "line 2: dom0-min-mem: no use for '-1'");
    host_conf_parse("# (backends user)\n(backends kernel)\n (vif-script 'vif-nat')\n"
                    "(vif-bridge br7)\n(unknown 5)\n()\n(x",
                    &host);
    cr_assert(host.kernel_backends);
    cr_assert_str_eq(host.passed_over, "", "other programs' keys are theirs");
    cr_assert_str_eq(host.vif_script, "vif-nat");
    cr_assert_str_eq(host.vif_bridge, "br7");
    cr_assert_not(host.relocation.server, "off until it is configured");
    cr_assert_eq(host.relocation.port, 8002);
    cr_assert_str_eq(host.relocation.hosts_allow, "^localhost$");
    host_conf_parse("(xend-relocation-server yes)\n(xend-relocation-port 9)\n"
                    "(xend-relocation-port 0)\n(xend-relocation-port 65536)\n"
                    "(xend-relocation-address '10.0.0.1')\n(xend-relocation-hosts-allow)\n"
                    "(xend-relocation-hosts-allow '^localhost$ ^a\\\\.b\\.c$')",
                    &host);
    cr_assert(host.relocation.server);
    cr_assert_eq(host.relocation.port, 9);
    cr_assert_str_eq(host.relocation.address, "10.0.0.1");
    cr_assert_str_eq(host.relocation.hosts_allow, "^localhost$ ^a\\.b\\.c$");
    host_conf_parse("(xend-relocation-hosts-allow )\n(xend-relocation-server maybe)", &host);
    cr_assert_str_eq(host.relocation.hosts_allow, "^localhost$");
    host_conf_parse("(xend-relocation-hosts-allow '')", &host);
    cr_assert_str_eq(host.relocation.hosts_allow, "");
    host_conf_parse("(vif-script vif-nat) # as (vif-script vif-bridge) for NAT\n"
                    "(xend-relocation-hosts-allow '^a(b)$ ^c$')  # (two)\n(vnc-listen '0.0.0.0'",
                    &host);
    cr_assert_str_eq(host.vif_script, "vif-nat");
    cr_assert_str_eq(host.relocation.hosts_allow, "^a(b)$ ^c$");
    cr_assert_str_eq(host.vnc_listen, "127.0.0.1", "a line without its end is none");
    host_conf_parse("(vif-bridge averylongbridgename)", &host);
    cr_assert_str_eq(host.vif_bridge, "", "a name that no interface can have is not taken");
    cr_assert_str_eq(host.passed_over, "line 1: vif-bridge: no use for 'averylongbridgename'");
    host_conf_parse("(backends kernal)\n(xend-relocation-server maybe)", &host);
    cr_assert_str_eq(host.passed_over, "line 1: backends: no use for 'kernal'");
}

Test(host, allowed)
{
    cr_assert(allow_has("", "anybody"), "an empty list has all hosts, as with xend");
    cr_assert(allow_has("  ", "anybody"));
    cr_assert(allow_has("^localhost$ ^10\\.0\\.0\\.[0-9]+$", "10.0.0.7"));
    cr_assert(allow_has("10.0", "10.0.0.7"), "it begins so");
    cr_assert_not(allow_has("^localhost$ ^10\\.0\\.0\\.[0-9]+$", "110.0.0.7"));
    cr_assert_not(allow_has("0.0.7", "10.0.0.7"), "it does not begin so");
    cr_assert_not(allow_has("^localhost$", "localhost.evil.org"));
    cr_assert_not(allow_has("^(", "anybody"), "a list with a mistake has nobody");
    cr_assert(allow_has("^( ^a$", "a"), "but for its other words");
}

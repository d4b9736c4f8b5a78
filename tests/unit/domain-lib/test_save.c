/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving and restoring domains: what stands afterwards, and that one copy is always there. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/vif.h"
#include "domain/save.h"
#include "domain/xl_config.h"
#include "domain_test.h"
#include "stream/remote.h"

#define GUEST                                                                                      \
    "name='g'; vcpus=2; maxmem=32; on_reboot='destroy'\n"                                          \
    "disk=['file:%s/a.img,xvda,w', 'file:%s/b.img,xvdb,r']; vif=['bridge=xenbr0']"

static char *file(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", fake_dir, name);
    return path;
}

static int save(enum save_after after)
{
    struct conf *conf = save_config_of(&ts, 1);
    int ret = conf ? domain_save_file(&ts, 1, conf, file("g.save"), after) : -1;

    conf_free(conf);
    return ret;
}

static bool runs(void)
{
    return fake_domain(1) && !(fake_domain(1)->flags & XEN_DOMINF_shutdown);
}

static void begin_running(void)
{
    begin();
    cr_assert_eq(start(GUEST), 1, "%s", ts.fail.text);
    fake_on_write = fake_good_guests;
}

Test(save, whole, .init = begin_running)
{
    uint32_t domid;

    cr_assert_eq(save(SAVE_DESTROY), 0, "%s", ts.fail.text);
    cr_assert_null(fake_domain(1));
    cr_assert_eq(strncmp(fake_read("g.save"), "Xen saved domain, xl format\n", 28), 0);
    fake_on_write = fake_good_backends;
    cr_assert_eq(domain_restore_file(&ts, file("g.save"), NULL, false, &domid), 0, "%s",
                 ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/%u/name", domid), "g");
    cr_assert_str_eq(fake_node("/local/domain/%u/memory/target", domid), "16384");
    cr_assert_str_eq(fake_node("/local/domain/%u/memory/static-max", domid), "32768");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/%u/51712/mode", domid), "w");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/%u/51728/mode", domid), "r");
    cr_assert_str_eq(fake_node("%s/on_reboot", fake_node("/local/domain/%u/vm", domid)), "destroy");
    cr_assert_eq(fake_domain(domid)->flags & XEN_DOMINF_paused, 0);
}

/* The guest knows its NIC by its number, whichever others have gone. */
Test(save, nic_keeps_its_number, .init = begin)
{
    struct device_at first = device_at(&ts, &class_nic, 1, 0);
    uint32_t domid;

    cr_assert_eq(start("name='g'; vif=['bridge=xenbr0', 'mac=00:16:3e:00:00:09,bridge=xenbr0']"), 1,
                 "%s", ts.fail.text);
    device_detach(&ts, &first, true);
    fake_on_write = fake_good_guests;
    cr_assert_eq(save(SAVE_DESTROY), 0, "%s", ts.fail.text);
    fake_on_write = fake_good_backends;
    cr_assert_eq(domain_restore_file(&ts, file("g.save"), NULL, false, &domid), 0, "%s",
                 ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/%u/1/mac", domid), "00:16:3e:00:00:09");
    cr_assert_null(fake_node("/local/domain/0/backend/vif/%u/0/mac", domid));
}

Test(save, checkpoint_goes_on, .init = begin_running)
{
    cr_assert_eq(save(SAVE_RESUME), 0, "%s", ts.fail.text);
    cr_assert(runs());
    cr_assert(fake_file_exists("g.save"));
}

/* At whatever call saving fails, the guest runs on, and an older file is as it was. */
Test(save, runs_on_after_any_failure, .init = begin_running)
{
    unsigned int total;

    fake_fail(0);
    cr_assert_eq(save(SAVE_RESUME), 0, "%s", ts.fail.text);
    total = fake_calls();
    for (unsigned int n = 1; n < total; n++) {
        fake_file("g.save", "older");
        fake_domain(1)->flags &= ~(XEN_DOMINF_shutdown | 255u << XEN_DOMINF_shutdownshift);
        ts.fail.text[0] = '\0';
        fake_fail(n);
        if (save(SAVE_RESUME) == 0)
            continue; /* the withdrawal of a request that was taken, say */
        cr_assert_neq(ts.fail.text[0], '\0');
        fake_fail(0);
        if (strcmp(fake_read("g.save"), "older") == 0)
            cr_assert(runs(), "call %u leaves it suspended: %s", n, ts.fail.text);
    }
}

Test(save, disk_full, .init = begin_running)
{
    struct conf *conf = save_config_of(&ts, 1);

    assert_fails_with(domain_save_file(&ts, 1, conf, "/dev/full", SAVE_DESTROY), "No space left");
    conf_free(conf);
    cr_assert(runs());
}

#define DISK_STATE "/local/domain/0/backend/vbd/1/51712/state"

static int64_t connected_at; /* ms from the beginning; before that its disk is on its way */

static void disk_connects(void)
{
    cr_assert_str_eq(fake_node("/local/domain/1/control/shutdown") ?: "", "", "not asked yet");
    fake_now += 500;
    fake_node_set(fake_now < connected_at ? "3" : "4", DISK_STATE);
}

/* One that has just been restored: asked before its disk is connected, Linux could never suspend. */
Test(save, waits_for_its_disks, .init = begin_running)
{
    fake_node_set("2", DISK_STATE);
    fake_node_set("4", "/local/domain/0/backend/vbd/1/51728/state");
    connected_at = fake_now + 3000;
    fake_on_idle = disk_connects;
    cr_assert_eq(save(SAVE_RESUME), 0, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node(DISK_STATE), "4");
    cr_assert_geq(fake_now, connected_at);
    cr_assert_lt(fake_now, connected_at + 1000);
}

/* It may have no driver for one. */
Test(save, does_not_wait_for_ever_for_its_disks, .init = begin_running)
{
    const int64_t from = fake_now;

    fake_node_set("2", DISK_STATE);
    cr_assert_eq(save(SAVE_RESUME), 0, "%s", ts.fail.text);
    cr_assert_geq(fake_now, from + 20000);
}

static void deaf(const char *path)
{
    fake_good_backends(path);
}

Test(save, deaf_guest, .init = begin_running)
{
    fake_on_write = deaf;
    assert_fails_with(save(SAVE_DESTROY), "does not answer the request to suspend (60 s)");
    cr_assert_str_eq(fake_node("/local/domain/1/control/shutdown"), "", "it is withdrawn");
    cr_assert(runs());
    cr_assert_not(fake_file_exists("g.save"));
}

static void dies(const char *path)
{
    fake_good_backends(path);
    if (strcmp(path, "/local/domain/1/control/shutdown") == 0)
        fake_domain(1)->flags |= XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift;
}

Test(save, guest_dies_of_it, .init = begin_running)
{
    fake_on_write = dies;
    assert_fails_with(save(SAVE_DESTROY), "went down while it was asked");
    cr_assert_not(fake_file_exists("g.save"));
}

Test(restore, nothing_left_after_any_failure, .init = begin_running)
{
    unsigned int total, nodes;
    uint64_t pages;
    uint32_t domid;

    cr_assert_eq(save(SAVE_DESTROY), 0, "%s", ts.fail.text);
    fake_on_write = fake_good_backends;
    nodes = fake_node_count("/");
    pages = fake_free_pages;
    fake_fail(0);
    cr_assert_eq(domain_restore_file(&ts, file("g.save"), NULL, false, &domid), 0, "%s",
                 ts.fail.text);
    total = fake_calls();
    teardown(&ts, domid);
    for (unsigned int n = 1; n <= total; n++) {
        ts.fail.text[0] = '\0';
        fake_fail(n);
        cr_assert_eq(domain_restore_file(&ts, file("g.save"), NULL, false, &domid), -1,
                     "call %u may fail unnoticed", n);
        cr_assert_neq(ts.fail.text[0], '\0');
        cr_assert_eq(fake_domain_count(), 1, "call %u leaves a domain", n);
        cr_assert_eq(fake_node_count("/"), nodes, "call %u leaves nodes", n);
        cr_assert_eq(fake_free_pages, pages, "call %u leaves memory", n);
    }
}

Test(restore, cut_anywhere, .init = begin_running)
{
    uint32_t domid;
    struct stat st;

    cr_assert_eq(save(SAVE_DESTROY), 0, "%s", ts.fail.text);
    fake_on_write = fake_good_backends;
    cr_assert_eq(stat(file("g.save"), &st), 0);
    for (off_t len = st.st_size - 1; len >= 0; len--) {
        cr_assert_eq(truncate(file("g.save"), len), 0);
        assert_fails_with(domain_restore_file(&ts, file("g.save"), NULL, false, &domid),
                          "truncated");
        cr_assert_eq(fake_domain_count(), 1);
    }
}

Test(restore, name_is_taken, .init = begin_running)
{
    uint32_t domid;

    cr_assert_eq(save(SAVE_RESUME), 0, "%s", ts.fail.text);
    assert_fails_with(domain_restore_file(&ts, file("g.save"), NULL, false, &domid), "already");
    cr_assert(runs());
    cr_assert_eq(fake_domain_count(), 2);
}

/* As xl 4.17 writes it: its own words, and nothing of ours. */
static const char of_xl[] =
    "{\"c_info\":{\"type\":\"pv\",\"name\":\"web\",\"uuid\":\"11111111-2222-3333-4444-"
    "555555555555\","
    "\"run_hotplug_scripts\":\"True\"},"
    "\"b_info\":{\"event_channels\":2047,\"max_vcpus\":2,\"avail_vcpus\":[0,1],\"max_memkb\":"
    "262144,\"target_memkb\":"
    "131072,"
    "\"kernel\":\"/k\",\"cmdline\":\"root=/dev/xvda1\",\"sched_params\":{\"weight\":512},"
    "\"type.pv\":{}},"
    "\"disks\":[{\"pdev_path\":\"/dev/vg/web\",\"vdev\":\"xvda\",\"backend\":\"phy\","
    "\"format\":\"raw\",\"readwrite\":1}],"
    "\"nics\":[{\"mtu\":1500,\"devid\":1,\"mac\":\"00:16:3e:01:02:03\",\"bridge\":\"xenbr0\","
    "\"rate_bytes_per_interval\":65537,\"rate_interval_usecs\":30000}],\"on_reboot\":\"restart\"}";

Test(xl_config, of_xl)
{
    struct fail why;
    struct vif_spec vif;
    struct conf *conf = xl_config_read("saved", of_xl, &why);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_check(conf, NULL, &why), 0, "%s", why.text);
    cr_assert_str_eq(conf_string(conf, "name"), "web");
    cr_assert_str_eq(conf_string(conf, "uuid"), "11111111-2222-3333-4444-555555555555");
    cr_assert_eq(conf_number(conf, "memory"), 128);
    cr_assert_eq(conf_number(conf, "maxmem"), 256);
    cr_assert_eq(conf_number(conf, "vcpus"), 2);
    cr_assert_str_eq(conf_item(conf, "disk", 0)->text,
                     "vdev=xvda, access=rw, format=raw, target=/dev/vg/web");
    cr_assert_eq(conf_number(conf, "cpu_weight"), 512);
    cr_assert_eq(conf_number(conf, "cpu_cap"), -1);
    cr_assert_eq(conf_number(conf, "event_channels"), 2047);
    cr_assert_str_eq(conf_item(conf, "vif", 0)->text,
                     "devid=1, rate=2184567B/s@30000us, mac=00:16:3e:01:02:03, bridge=xenbr0");
    cr_assert_eq(vif_parse(conf_item(conf, "vif", 0)->text, &vif, &why), 0, "%s", why.text);
    cr_assert_eq(vif.rate_bytes, 65537, "the same as on Xen");
    vif_free(&vif);
    cr_assert_str_eq(conf_string(conf, "on_reboot"), "restart");
    cr_assert_str_eq(conf_string(conf, "on_crash"), "destroy", "libxl's default");
    conf_free(conf);
}

/* What xl 4.17 says of a guest with all sorts of devices that brings its kernel. */
static const char more_of_xl[] =
    "{\"c_info\":{\"type\":\"pv\",\"name\":\"web\"},\"b_info\":{\"max_memkb\":65536,"
    "\"bootloader\":\"pygrub\",\"bootloader_args\":[\"--entry\",\"1>2\"],\"type.pv\":{}},"
    "\"disks\":[{\"backend_domname\":\"store\",\"pdev_path\":\"/dev/vg/web\",\"vdev\":\"xvda\","
    "\"format\":\"raw\",\"readwrite\":1,\"direct_io_safe\":true,\"discard_enable\":\"False\","
    "\"trusted\":\"False\"},"
    "{\"vdev\":\"hdc\",\"format\":\"empty\",\"is_cdrom\":1,\"discard_enable\":\"<default>\"}],"
    "\"nics\":[{\"backend_domname\":\"net\",\"mtu\":9000,\"trusted\":\"True\"}],"
    "\"vfbs\":[{\"devid\":0,\"vnc\":{\"enable\":\"True\",\"listen\":\"0.0.0.0\",\"passwd\":\"x\","
    "\"display\":7,\"findunused\":\"False\"},\"sdl\":{\"enable\":\"False\"},\"keymap\":\"de\"}],"
    "\"vkbs\":[{\"devid\":0}]}";

Test(xl_config, all_sorts_of_devices)
{
    static const char *const expected[][2] = {
        {"disk", "vdev=xvda, access=rw, format=raw, backend=store, direct-io-safe, no-discard, "
                 "untrusted, target=/dev/vg/web"},
        {"vif", "mtu=9000, backend=net"},
        {"vfb", "vnc=1, vnclisten=0.0.0.0, vncpasswd=x, keymap=de, vncdisplay=7, vncunused=0"},
        {"bootloader", "pygrub"},
        {"bootloader_args", "--entry"},
    };
    struct fail why;
    struct conf *conf = xl_config_read("saved", more_of_xl, &why);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_check(conf, NULL, &why), 0, "%s", why.text);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        cr_expect_str_eq(conf_item(conf, expected[i][0], 0)->text, expected[i][1]);
    cr_expect_str_eq(conf_item(conf, "disk", 1)->text,
                     "vdev=hdc, access=ro, format=raw, cdrom, target=");
    cr_expect_str_eq(conf_item(conf, "bootloader_args", 1)->text, "1>2");
    conf_free(conf);
}

/* A display in a window of dom0's is none here; what Xen before 4.10 starts a guest with. */
Test(xl_config, of_older_xl)
{
    static const char text[] =
        "{\"c_info\":{\"type\":\"pv\"},\"b_info\":{\"type.pv\":{\"bootloader\":\"/usr/bin/"
        "pygrub\"}},"
        "\"nics\":[{\"mtu\":1492}],\"vfbs\":[{\"vnc\":{\"enable\":\"False\"}}]}";
    struct fail why;
    struct conf *conf = xl_config_read("saved", text, &why);

    cr_assert_not_null(conf, "%s", why.text);
    cr_expect_str_eq(conf_string(conf, "bootloader"), "/usr/bin/pygrub");
    cr_expect_str_eq(conf_item(conf, "vif", 0)->text, "");
    cr_expect_null(conf_item(conf, "vfb", 0));
    conf_free(conf);
}

#define TO_XL                                                                                      \
    "name='g'; cpu_weight=512; cpu_cap=50; event_channels=4095\n"                                  \
    "bootloader='pygrub'; bootargs='-q  --entry 3'; bootloader_args=['-n']; bootentry='a b'\n"     \
    "disk=['format=raw, vdev=xvda, no-discard, direct-io-safe, untrusted, backend=store, "         \
    "target=/a', 'format=raw, vdev=hdc, cdrom, target=']\n"                                        \
    "vif=['devid=3, mac=00:16:3e:01:02:03, rate=10Mb/s, gatewaydev=eth1, mtu=9000, "               \
    "backend=net']\n"                                                                              \
    "vfb=['vncdisplay=7, vncpasswd=x, keymap=de']\n"

static const char *const told[] = {
    "\"event_channels\":4095",
    "\"sched_params\":{\"weight\":512,\"cap\":50}",
    "\"devid\":3",
    "\"gatewaydev\":\"eth1\"",
    "\"mtu\":9000",
    "\"rate_bytes_per_interval\":62500,\"rate_interval_usecs\":50000",
    "\"backend_domname\":\"net\"",
    "\"backend_domname\":\"store\"",
    "\"direct_io_safe\":true,\"discard_enable\":\"False\",\"trusted\":\"False\"",
    "\"vdev\":\"hdc\",\"format\":\"empty\"",
    "\"vfbs\":[{\"devid\":0,\"vnc\":{\"enable\":\"True\",\"passwd\":\"x\",\"display\":7,"
    "\"findunused\":"
    "\"False\"},\"keymap\":\"de\"}],\"vkbs\":[{\"devid\":0}]",
    "\"bootloader\":\"pygrub\",\"bootloader_args\":[\"-q\",\"--entry\",\"3\",\"-n\",\"--entry\","
    "\"a b\"]",
};

/* What Xen's xl is told of our guests. */
Test(xl_config, to_xl)
{
    struct fail why;
    struct conf *conf = conf_parse("g", TO_XL, sizeof(TO_XL) - 1, &why);
    char *text;

    cr_assert_not_null(conf, "%s", why.text);
    text = xl_config_print(conf);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        cr_assert(strstr(text, told[i]), "%s lacks %s", text, told[i]);
    free(text);
    conf_free(conf);
}

Test(xl_config, refused)
{
    static const char *const bad[][2] = {
        {"{", "no JSON object"},
        {"[]", "no JSON object"},
        {"{}", "not that of a PV guest"},
        {"{\"c_info\":{\"type\":\"hvm\"}}", "not that of a PV guest"},
        {"{\"c_info\":{\"type\":\"pv\"},\"disks\":[{}]}", "a disk without"},
        {"{\"c_info\":{\"type\":\"pv\"},\"disks\":[{\"vdev\":\"xvda,w\",\"pdev_path\":\"/a\"}]}",
         "a disk with a strange vdev"},
        {"{\"c_info\":{\"type\":\"pv\"},\"nics\":[{\"bridge\":\"a, script=/b\"}]}",
         "a NIC with a strange bridge"},
        {"{\"c_info\":{\"type\":\"pv\"},\"nics\":[{\"devid\":256}]}", "an impossible devid"},
        {"{\"c_info\":{\"type\":\"pv\"},\"nics\":[{\"rate_bytes_per_interval\":9}]}",
         "an impossible rate"},
        {"{\"c_info\":{\"type\":\"pv\"},\"nics\":[{\"rate_bytes_per_interval\":-9,"
         "\"rate_interval_usecs\":50000}]}",
         "an impossible rate"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fail why = {""};

        cr_assert_null(xl_config_read("saved", bad[i][0], &why), "%s", bad[i][0]);
        cr_assert(strstr(why.text, bad[i][1]), "'%s' lacks '%s'", why.text, bad[i][1]);
    }
}

/* ---- a reader of heads that somebody else's bytes have taken over ---- */

static struct {
    struct ending ending;
    char flat[16];
} said;
static size_t said_len;

static void says(int socket)
{
    if (said_len)
        send(socket, &said, said_len, 0);
}

static void head_is(size_t len, const char *why)
{
    struct fail f = {""};
    struct stream_in in = {.fail = &f};

    said_len = len;
    fake_reader = says;
    cr_expect_null(saved_config(&in, "g.save"), "%s", why);
    cr_expect(strstr(f.text, why), "%zu: %s", len, f.text);
}

Test(save, reader_is_not_believed)
{
    head_is(0, "ended");
    head_is(sizeof(said.ending) - 1, "ended");
    head_is(sizeof(said), "g.save: the configuration is damaged");
    said.ending.ret = -1;
    strcpy(said.ending.why, "so \033[2J");
    head_is(sizeof(said), "so ?[2J");
    memset(said.ending.why, 'x', sizeof(said.ending.why));
    head_is(sizeof(said), "xxx");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* xm doctor: a machine that is well, and each thing that can be wrong with it. */
#include <unistd.h>

#include "verbs.h"
#include "xm/doctor.h"

static struct toolstack ts;
static struct doctor_finding found[DOCTOR_FINDINGS_MAX];
static int count;

static void healthy(void)
{
    fake_reset();
    ts = (struct toolstack){.program = "xm"};
    fake_file("sys/hypervisor/type", "xen\n");
    fake_file("dev/xen/evtchn", "");
    fake_file("dev/xen/gntdev", "");
    fake_file("dev/xen/privcmd", "");
    fake_file("dev/net/tun", "");
    fake_file("proc/1/comm", "init\n");
    fake_file("proc/77/comm", "xenconsoled\n");
    fake_file("proc/self/comm", "xm\n");
    fake_file("proc/sys/net/ipv4/ip_forward", "0\n");
    fake_file("sys/class/net/xenbr0/bridge/x", "");
    fake_file("sys/class/net/xenbr0/flags", "0x1003\n");
    fake_file("sys/devices/system/clocksource/clocksource0/current_clocksource", "xen\n");
}

TestSuite(doctor, .init = healthy);

static void remove_file(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", fake_dir, name);
    cr_assert_eq(unlink(path), 0, "%s", path);
}

/* The one finding that is not OK. */
static const struct doctor_finding *only_complaint(void)
{
    const struct doctor_finding *bad = NULL;

    count = doctor_examine(&ts, fake_dir, found);
    for (int i = 0; i < count; i++) {
        if (found[i].verdict == DOCTOR_OK) {
            cr_expect_str_empty(found[i].mend);
            continue;
        }
        cr_assert_null(bad, "%s: %s", found[i].name, found[i].text);
        cr_expect_neq(found[i].mend[0], '\0', "%s: no mend", found[i].text);
        bad = &found[i];
    }
    return bad;
}

static void assert_complaint(const char *check, enum doctor_verdict verdict, const char *text,
                             const char *mend)
{
    const struct doctor_finding *bad = only_complaint();

    cr_assert_not_null(bad, "nothing is wrong?");
    cr_expect_str_eq(bad->name, check);
    cr_expect_eq(bad->verdict, verdict);
    cr_expect_not_null(strstr(bad->text, text), "%s", bad->text);
    cr_expect_not_null(strstr(bad->mend, mend), "%s", bad->mend);
}

Test(doctor, a_healthy_machine)
{
    static const char *const checks[] = {"hypervisor", "modules",    "daemons",
                                         "bridges",    "forwarding", "memory",
                                         "clock",      "settings",   "nodes"};

    cr_assert_null(only_complaint());
    cr_assert_eq(count, 9);
    for (int i = 0; i < 9; i++)
        cr_expect_str_eq(found[i].name, checks[i]);
}

Test(doctor, no_hypervisor)
{
    remove_file("sys/hypervisor/type");
    assert_complaint("hypervisor", DOCTOR_PROBLEM, "does not run on a hypervisor", "boot menu");
}

Test(doctor, a_module_is_missing)
{
    remove_file("dev/net/tun");
    assert_complaint("modules", DOCTOR_PROBLEM, "/dev/net/tun", "modprobe tun");
}

Test(doctor, xenconsoled_is_dead)
{
    remove_file("proc/77/comm");
    assert_complaint("daemons", DOCTOR_PROBLEM, "xenconsoled", "service xend start");
}

Test(doctor, xend_is_dead)
{
    remove_file("run/xend.lock");
    assert_complaint("daemons", DOCTOR_PROBLEM, "xend does not run", "service xend start");
}

Test(doctor, a_bridge_is_down)
{
    fake_file("sys/class/net/xenbr0/flags", "0x1002\n");
    assert_complaint("bridges", DOCTOR_WARNING, "xenbr0 is down", "ip link set xenbr0 up");
}

Test(doctor, no_bridge)
{
    char path[256];

    remove_file("sys/class/net/xenbr0/bridge/x");
    snprintf(path, sizeof(path), "%s/sys/class/net/xenbr0/bridge", fake_dir);
    cr_assert_eq(rmdir(path), 0);
    assert_complaint("bridges", DOCTOR_WARNING, "no bridge", "network-bridge start");
}

Test(doctor, a_routed_guest_without_forwarding)
{
    fake_domain_add(3, "web");
    fake_node_set("/etc/xen/scripts/vif-nat", "/local/domain/0/backend/vif/3/0/script");
    assert_complaint("forwarding", DOCTOR_PROBLEM, "does not forward", "ip_forward=1");
    fake_file("proc/sys/net/ipv4/ip_forward", "1\n");
    cr_assert_null(only_complaint());
}

Test(doctor, no_memory_left)
{
    fake_free_pages = 5 << 8;
    assert_complaint("memory", DOCTOR_WARNING, "only 5 MiB", "mem-set Domain-0");
}

Test(doctor, a_poor_clock)
{
    fake_file("sys/devices/system/clocksource/clocksource0/current_clocksource", "jiffies\n");
    assert_complaint("clock", DOCTOR_WARNING, "'jiffies'", "echo xen");
}

Test(doctor, settings_without_use)
{
    fake_file("xend-config.sxp", "# (dom0-min-mem x)\n(dom0-min-mem 1x)\n");
    assert_complaint("settings", DOCTOR_WARNING, "line 2: dom0-min-mem: no use for '1x'",
                     "correct it");
}

Test(doctor, nodes_of_a_dead_domain)
{
    fake_node_set("x", "/local/domain/9/name");
    assert_complaint("nodes", DOCTOR_WARNING, "/local/domain/9", "xenstore-rm /local/domain/9");
}

Test(doctor, devices_of_a_dead_domain)
{
    fake_node_set("1", "/local/domain/0/backend/vif/9/0/state");
    assert_complaint("nodes", DOCTOR_WARNING, "backend/vif/9",
                     "xenstore-rm /local/domain/0/backend/vif/9");
}

Test(doctor, the_list_of_findings_is_bounded)
{
    for (int i = 100; i < 200; i++)
        fake_node_set("x", "/local/domain/%d/name", i);
    cr_assert_eq(doctor_examine(&ts, fake_dir, found), DOCTOR_FINDINGS_MAX);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What cluster managers and scripts read, by the contract's rows that no other test is about. */
#include <stdlib.h>
#include <unistd.h>

#include "verbs.h"

/* (status N) of xend: 0 halted, 1 paused, 2 running, 3 suspended, 4 shutting down, 5 crashed. */
Test(contract, status_by_number, .init = fake_reset)
{
    static const struct {
        uint32_t flags;
        const char *text;
    } rows[] = {
        {XEN_DOMINF_running, "(status 2)\n    (state r-----)"},
        {XEN_DOMINF_blocked, "(status 2)\n    (state -b----)"},
        {XEN_DOMINF_paused, "(status 1)\n    (state --p---)"},
        {XEN_DOMINF_shutdown, "(status 4)\n    (state ---s--)"},
        {XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift,
         "(status 5)\n    (state ---sc-)"},
        {XEN_DOMINF_dying, "(status 4)\n    (state -----d)"},
    };

    fake_domain_add(1, "g");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_domain(1)->flags = rows[i].flags;
        cr_assert_eq(RUN("xm", "list", "--long", "g"), 0, "%s", fake_err);
        assert_out(rows[i].text);
    }
    cr_assert_eq(RUN("xm", "new", config_file("m", "name='m'; root='/dev/xvda ro'; extra='4'")), 0,
                 "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "--long", "m"), 0);
    assert_out("(status 0)");
    assert_out("(args 'root=/dev/xvda ro 4')");
    fake_file("managed/m.state", "saved");
    cr_assert_eq(RUN("xm", "list", "--long", "m"), 0);
    assert_out("(status 3)");
}

/* Ganeti: each line but the first is exactly six words: text, three numbers, text, number. */
Test(contract, rows_of_six_words, .init = fake_reset)
{
    static const uint32_t flags[] = {
        0,
        XEN_DOMINF_running,
        XEN_DOMINF_blocked,
        XEN_DOMINF_paused,
        XEN_DOMINF_dying,
        XEN_DOMINF_shutdown,
        XEN_DOMINF_shutdown | SHUTDOWN_reboot << XEN_DOMINF_shutdownshift,
        XEN_DOMINF_shutdown | SHUTDOWN_suspend << XEN_DOMINF_shutdownshift,
        XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift,
    };
    static char *const programs[] = {"xm", "xl"};

    fake_domain_add(1, "g");
    for (size_t i = 0; i < 2 * sizeof(flags) / sizeof(flags[0]); i++) {
        char name[64], state[16], *line;
        unsigned int id, mib, vcpus;
        double seconds;
        int end = 0;

        fake_domain(1)->flags = flags[i / 2];
        cr_assert_eq(RUN(programs[i % 2], "list", "g"), 0, "%s", fake_err);
        line = strchr(fake_out, '\n') + 1;
        cr_assert_eq(sscanf(line, "%63s %u %u %u %15s %lf%n", name, &id, &mib, &vcpus, state,
                            &seconds, &end),
                     6, "%s", line);
        cr_assert_str_eq(line + end, "\n");
        cr_assert_eq(strlen(state), 6);
    }
}

Test(contract, header_of_vcpu_list, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "vcpu-list"), 0);
    assert_out("Name                                ID  VCPU   CPU State   Time(s) CPU Affinity\n");
    cr_assert_eq(RUN("xl", "vcpu-list"), 0);
    assert_out(
        "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / "
        "Soft)\n");
}

/* A key of info, and whether xl alone has it. */
static const struct {
    const char *key;
    bool xl;
} info_keys[] = {{"host", false},
                 {"release", false},
                 {"version", false},
                 {"machine", false},
                 {"nr_cpus", false},
                 {"max_cpu_id", true},
                 {"nr_nodes", false},
                 {"cores_per_socket", false},
                 {"threads_per_core", false},
                 {"cpu_mhz", false},
                 {"hw_caps", false},
                 {"virt_caps", false},
                 {"total_memory", false},
                 {"free_memory", false},
                 {"sharing_freed_memory", true},
                 {"sharing_used_memory", true},
                 {"outstanding_claims", true},
                 {"free_cpus", false},
                 {"xen_major", false},
                 {"xen_minor", false},
                 {"xen_extra", false},
                 {"xen_version", true},
                 {"xen_caps", false},
                 {"xen_scheduler", false},
                 {"xen_pagesize", false},
                 {"platform_params", false},
                 {"xen_changeset", false},
                 {"xen_commandline", false},
                 {"cc_compiler", false},
                 {"cc_compile_by", false},
                 {"cc_compile_domain", false},
                 {"cc_compile_date", false},
                 {"build_id", true},
                 {"xend_config_format", false}};

/* Each key in the dialect's order, a blank before and after its colon. */
static void has_keys_of_info(bool xl)
{
    const char *at;

    cr_assert_eq(RUN(xl ? "xl" : "xm", "info"), 0, "%s", fake_err);
    at = fake_out;
    for (size_t i = 0; i < sizeof(info_keys) / sizeof(info_keys[0]); i++) {
        char start[64];

        if (info_keys[i].xl && !xl)
            continue;
        snprintf(start, sizeof(start), "%-23s: ", info_keys[i].key);
        cr_assert_eq(strncmp(at, start, strlen(start)), 0, "%s is not next:\n%s", info_keys[i].key,
                     at);
        at = strchr(at, '\n') + 1;
    }
    cr_assert_str_eq(at, "");
    assert_out("xen_caps               : xen-3.0-x86_64 ");
}

Test(contract, keys_of_info, .init = fake_reset)
{
    has_keys_of_info(false);
    has_keys_of_info(true);
}

/* Debian's xendomains and Ganeti's vif script, which asks for the domain's name when it runs. */
static void name_is_known(const char *path)
{
    if (strstr(path, "/backend/vif/1/"))
        cr_assert_str_eq(fake_node("/local/domain/1/name"), "g");
    fake_good_backends(path);
}

Test(contract, nodes_of_a_guest, .init = fake_reset)
{
    static const char *const nodes[] = {"name",
                                        "domid",
                                        "vm",
                                        "memory/target",
                                        "memory/static-max",
                                        "store/port",
                                        "store/ring-ref",
                                        "console/port",
                                        "console/ring-ref",
                                        "console/limit",
                                        "console/type",
                                        "cpu/0/availability",
                                        "device/vbd/51712/backend",
                                        "device/vif/0/backend"};
    char *file = config_file("g", "name='g'; disk=['file:%s/kernel,xvda,r']; vif=['']");

    fake_on_write = name_is_known;
    cr_assert_eq(RUN("xl", "create", file), 0, "%s", fake_err);
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
        cr_assert_not_null(fake_node("/local/domain/1/%s", nodes[i]), "%s", nodes[i]);
    cr_assert_not_null(fake_node("/local/domain/1/control/shutdown"));
    cr_assert_not_null(fake_node("/local/domain/0/backend/vbd/1/51712/frontend"));
    cr_assert_not_null(fake_node("/local/domain/0/backend/vif/1/0/frontend"));
}

/* vm.sh of rgmanager, the agent of Pacemaker, xendomains: their create lines. */
Test(contract, create_lines_of_others, .init = fake_reset)
{
    char path[96], *file = config_file("etc/g", "");

    snprintf(path, sizeof(path), "--path=%s/etc", fake_dir);
    cr_assert_eq(RUN("xm", "create", path, "g", "on_shutdown=\"destroy\"", "on_reboot=\"destroy\"",
                     "on_crash=\"destroy\""),
                 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("%s/on_poweroff", fake_node("/local/domain/1/vm")), "destroy");
    cr_assert_str_eq(fake_node("%s/on_reboot", fake_node("/local/domain/1/vm")), "destroy");
    cr_assert_str_eq(fake_node("%s/on_crash", fake_node("/local/domain/1/vm")), "destroy");
    cr_assert_eq(RUN("xl", "create", file, "name=\"h\""), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/2/name"), "h");
    cr_assert_eq(RUN("xm", "create", "/dev/null", "name=i", "memory=16", "kernel=/nosuch"), 1);
    cr_assert_eq(RUN("xm", "create", "--quiet", "--dryrun", "--defconfig", file), 0);
    assert_out("(name g)\n");
    cr_assert_eq(RUN("xl", "create", "--quiet", "--dryrun", "--defconfig", file), 0);
    assert_out("\"name\": \"g\",\n");
}

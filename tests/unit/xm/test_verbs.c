/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs in both dialects: output, messages, exit codes (docs/COMPATIBILITY.md names them). */
#include "lib/device_stats.h"
#include "lib/store.h"
#include "verbs.h"

Test(verbs, unknown, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "nosuch"), 1);
    assert_err("Error: Sub Command nosuch not found!");
    cr_assert_eq(RUN("xm", "lst"), 1);
    assert_err("Did you mean: list");
    cr_assert_eq(RUN("xm"), 1);
    cr_assert_eq(RUN("xm", "help"), 0);
    cr_assert_eq(RUN("xm", "-h"), 0);
    assert_out("destroy");
    cr_assert_eq(RUN("xm", "list", "--help"), 0);
    assert_out("--long");
}

/* Case R19: "restore" was answered with destroy, "resume" with rename. */
Test(verbs, proposals_are_harmless, .init = fake_reset)
{
    static char *const words[] = {"restore", "resume", "destory", "delet", "rnam",  "shutdwn",
                                  "rebot",   "crate",  "strat",   "paus",  "mem-st"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        static const char *const bad[] = {"destroy", "delete", "rename",  "shutdown", "reboot",
                                          "create",  "start",  "unpause", "mem-set"};

        RUN("xm", words[i]);
        for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
            char text[64];

            snprintf(text, sizeof(text), "Did you mean: %s\n", bad[k]);
            cr_assert_null(strstr(fake_err, text), "%s: %s", words[i], fake_err);
        }
    }
}

Test(verbs, prefixes_and_aliases, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "lis"), 0);
    cr_assert_eq(RUN("xl", "debug", "R"), 0);
    cr_assert_eq(RUN("xm", "re", "x"), 1);
    assert_err("is ambiguous: reboot rename");
    for (int i = 0; i < 6; i++) {
        static char *const old[][2] = {
            {"balloon", "mem-set"},         {"set-vcpus", "vcpu-set"},
            {"vif-list", "network-list"},   {"vbd-list", "block-list"},
            {"vbd-create", "block-attach"}, {"vbd-destroy", "block-detach"}};
        char notice[96];

        snprintf(notice, sizeof(notice), "Command %s is deprecated.  Please use xm %s instead.\n",
                 old[i][0], old[i][1]);
        cr_assert_eq(RUN("xm", old[i][0], "--help"), 0);
        assert_err(notice);
        snprintf(notice, sizeof(notice), "Usage: xm %s ", old[i][1]);
        assert_out(notice);
    }
    cr_assert_eq(RUN("xl", "new", "x"), 1);
    assert_err("Sub Command new not found");
    cr_assert_eq(RUN("xl", "help"), 0);
    cr_assert_null(strstr(fake_out, "\n new "), "xl has no managed domains");
}

Test(verbs, list, .init = fake_reset)
{
    fake_domain_add(3, "web")->flags = XEN_DOMINF_blocked;
    cr_assert_eq(RUN("xm", "list"), 0);
    assert_out("Name                                        ID   Mem VCPUs      State   Time(s)\n");
    assert_out("web                                          3    16     1     -b----      0.0\n");
    down(3, SHUTDOWN_reboot);
    cr_assert_eq(RUN("xl", "list", "web"), 0);
    assert_out("Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
               "web                                          3    16     1     ---sr-       0.0\n");
    cr_assert_eq(RUN("xl", "list", "-v", "web"), 0);
    assert_out("Time(s)   UUID                            Reason-Code\tSecurity Label\n");
    assert_out("0.0 00000000-0000-0000-0000-000000000003        1                -\n");
    cr_assert_eq(RUN("xm", "list", "nosuch"), 3);
    assert_err("Error: Domain 'nosuch' does not exist.");
    cr_assert_eq(RUN("xl", "list", "nosuch"), 1);
    assert_err("nosuch is an invalid domain identifier (rc=-6)");
}

Test(verbs, list_by_state, .init = fake_reset)
{
    fake_domain_add(1, "run")->flags = XEN_DOMINF_running;
    fake_domain_add(2, "stopped")->flags = XEN_DOMINF_paused;
    cr_assert_eq(RUN("xm", "list", "--state=paused"), 0);
    assert_out("stopped ");
    cr_assert_null(strstr(fake_out, "run "));
    cr_assert_eq(RUN("xm", "list", "--state", "running"), 0);
    assert_out("run ");
    cr_assert_null(strstr(fake_out, "stopped"));
    cr_assert_eq(RUN("xm", "new", config_file("m", "name='m'")), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "--state=halted"), 0);
    assert_out("\nm ");
    cr_assert_null(strstr(fake_out, "stopped"));
    fake_file("managed/m.state", "saved");
    cr_assert_eq(RUN("xm", "list", "--state=halted"), 0);
    cr_assert_null(strstr(fake_out, "\nm "));
    cr_assert_eq(RUN("xm", "list", "--state=suspended"), 0);
    assert_out("\nm ");
    cr_assert_eq(RUN("xm", "list", "--state=runing"), 1);
    assert_err("--state: 'runing' is not one of all|running|paused|");
    cr_assert_str_eq(fake_out, "");
}

Test(verbs, long_list, .init = fake_reset)
{
    char *file = config_file("g", "name='g'; extra='a (b) c'; disk=['file:%s/kernel,xvda,r']\n"
                                  "vif=['mac=00:16:3e:00:00:01,bridge=xenbr0']");
    unsigned int lines = 0;

    cr_assert_eq(RUN("xm", "create", file), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "--long", "g"), 0);
    assert_out("(domain\n    (domid 1)\n");
    assert_out("(args 'a (b) c')");
    assert_has_xends_keys();
    assert_out("    (device\n        (vif\n            (bridge xenbr0)\n"
               "            (mac 00:16:3e:00:00:01)\n");
    assert_out("        (vbd\n");
    assert_out("    (status 2)\n    (state ------)\n");
    for (char *at = fake_out; (at = strstr(at, "status")); at++)
        lines++;
    cr_assert_eq(lines, 1, "resource agents look for the one line with status");
    cr_assert_eq(RUN("xl", "list", "-l", "g"), 0);
    assert_out(
        "[\n    {\n        \"domid\": 1,\n        \"config\": {\n            \"c_info\": {\n");
}

Test(verbs, managed, .init = fake_reset)
{
    char *file = config_file("g", "name='g'; vif=['bridge=xenbr0']");

    cr_assert_eq(RUN("xm", "new", file), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list"), 0);
    assert_out("g                                                 16     1                 0.0\n");
    cr_assert_eq(RUN("xm", "list", "g"), 0);
    cr_assert_eq(RUN("xm", "list", "--long", "g"), 0);
    assert_out("(status 0)");
    cr_assert_null(strstr(fake_out, "domid"));
    cr_assert_eq(RUN("xl", "list"), 0);
    cr_assert_null(strstr(fake_out, "\ng "), "xl never lists halted domains");
    cr_assert_eq(RUN("xm", "destroy", "g"), 3);
    assert_err("Domain 'g' is not running (start it with: xm start g)");
    cr_assert_eq(RUN("xm", "start", "g", "-p"), 0, "%s", fake_err);
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xm", "start", "g"), 1);
    assert_err("is running already");
    cr_assert_eq(RUN("xm", "new", file), 1);
    assert_err("is running with ID '1'");
    cr_assert_eq(RUN("xm", "delete", "g"), 1);
    assert_err("is running");
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "start", "g"), 0, "a definition outlives its domain");
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "delete", "g"), 0);
    cr_assert_eq(RUN("xm", "start", "g"), 3);
    cr_assert_eq(RUN("xm", "delete", "g"), 3);
    cr_assert_eq(RUN("xm", "new", "-n", file), 0);
    assert_out("(name g)");
    cr_assert_eq(RUN("xm", "start", "g"), 3, "a dry run defines nothing");
    cr_assert_eq(RUN("xm", "new", file), 0);
    fake_file("managed/bad.cfg", "name=");
    cr_assert_eq(RUN("xm", "list"), 0);
    assert_err("bad.cfg");
    assert_out("\ng  ");
}

/* A template t with two disks of its own and one that all its guests share. */
static void make_template(void)
{
    char text[1024];

    fake_file("templates/t.img", "root");
    fake_file("templates/t-data.img", "data");
    fake_file("templates/tools.img", "tools");
    snprintf(text, sizeof(text),
             "kernel='%1$s/kernel'; memory=16; name='t'\n"
             "disk=['file:%1$s/templates/t.img,xvda,w', 'file:%1$s/templates/t-data.img,xvdb,w',"
             " 'file:%1$s/templates/tools.img,xvdc,r']\n",
             fake_dir);
    fake_file("templates/t.cfg", text);
}

Test(verbs, from_template, .init = fake_reset)
{
    make_template();
    cr_assert_eq(RUN("xm", "new", "-n", "--from-template", "t", "web"), 0, "%s", fake_err);
    assert_out("(name web)");
    cr_assert_not(fake_file_exists("images/web.img"), "a dry run copies nothing");
    cr_assert_eq(RUN("xm", "new", "--from-template", "t", "web", "memory=24"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_read("images/web.img"), "root");
    cr_assert_str_eq(fake_read("images/web-data.img"), "data");
    cr_assert_not_null(strstr(fake_read("managed/web.cfg"), "/images/web.img,xvda,w"));
    cr_assert_not_null(strstr(fake_read("managed/web.cfg"), "/images/web-data.img,xvdb,w"));
    cr_assert_not_null(strstr(fake_read("managed/web.cfg"), "/templates/tools.img,xvdc,r"));
    cr_assert_not_null(strstr(fake_read("managed/web.cfg"), "memory = 24"));
    cr_assert_eq(RUN("xm", "start", "web"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "new", "--from-template", "t", "web"), 1);
    assert_err("Domain 'web' is defined already");
    cr_assert_str_eq(fake_read("images/web.img"), "root");
}

/* Whatever fails, what was there stays and what was copied goes. */
Test(verbs, from_template_refused, .init = fake_reset)
{
    make_template();
    cr_assert_eq(RUN("xm", "new", "--from-template", "t"), 1);
    assert_err("xm new --from-template t <Name>");
    cr_assert_eq(RUN("xm", "new", "--from-template", "../t", "web"), 1);
    assert_err("'../t' cannot be the name of a template");
    cr_assert_eq(RUN("xm", "new", "--from-template", "t", "a/b"), 1);
    assert_err("'a/b' cannot be the name of a domain");
    cr_assert_eq(RUN("xm", "new", "--from-template", "u", "web"), 1);
    assert_err("templates/u.cfg");
    fake_file("images/web-data.img", "mine");
    cr_assert_eq(RUN("xm", "new", "--from-template", "t", "web"), 1);
    assert_err("images/web-data.img: File exists");
    cr_assert_str_eq(fake_read("images/web-data.img"), "mine");
    cr_assert_not(fake_file_exists("images/web.img"));
    fake_domain_add(3, "busy");
    fake_file("images/busy.img", "busy's");
    cr_assert_eq(RUN("xm", "new", "--from-template", "t", "busy"), 1);
    assert_err("Domain 'busy' is running with ID '3'"); /* before anything is copied */
    cr_assert_str_eq(fake_read("images/busy.img"), "busy's");
    cr_assert_eq(RUN("xm", "new", "--from-template", "t", "db", "memory=none"), 1);
    cr_assert_not(fake_file_exists("images/db.img"), "a config that is wrong leaves no copies");
    cr_assert_not(fake_file_exists("managed/db.cfg"));
}

Test(verbs, create, .init = fake_reset)
{
    char *file = config_file("g", "");

    cr_assert_eq(RUN("xm", "create", file), 0, "%s", fake_err);
    assert_out("Using config file \"");
    assert_out("Started domain g (id=1)\n");
    cr_assert_eq(RUN("xl", "create", file, "name=\"h\""), 0);
    assert_err("Parsing config from");
    cr_assert_str_eq(fake_out, "");
    cr_assert_eq(RUN("xm", "create", "-q", file), 1);
    assert_err("Domain 'g' already exists with ID '1'");
    cr_assert_eq(RUN("xm", "create", "nosuch"), 1);
    assert_err("Unable to open config file: nosuch (looked in .:/etc/xen)");
    cr_assert_eq(RUN("xl", "create", "-n", file), 0);
    assert_out("\"name\": \"g\",");
    cr_assert_eq(RUN("xm", "create", "-q", file, "novalue"), 1);
}

/* Case R23: a folder that is called as the guest hid its config. */
Test(verbs, directory_is_no_config, .init = fake_reset)
{
    char path[256];

    config_file("etc/g", "");
    fake_file("here/g/x", "");
    snprintf(path, sizeof(path), "--path=%s/here:%s/etc", fake_dir, fake_dir);
    cr_assert_eq(RUN("xm", "create", path, "g"), 0, "%s", fake_err);
    snprintf(path, sizeof(path), "%s/here/g", fake_dir);
    cr_assert_eq(RUN("xm", "create", path), 1);
    assert_err("is a directory");
}

/* Case R15: the text came again and again. */
Test(verbs, dmesg, .init = fake_reset)
{
    strcpy(fake_ring, "first\n");
    cr_assert_eq(RUN("xm", "dmesg"), 0);
    cr_assert_str_eq(fake_out, "first\n");
    cr_assert_eq(RUN("xm", "dmesg", "-c"), 0);
    cr_assert_str_eq(fake_out, "first\n");
    cr_assert_eq(RUN("xl", "dmesg"), 0);
    cr_assert_str_eq(fake_out, "");
}

Test(verbs, uptime, .init = fake_reset)
{
    fake_domain_add(1, "g");
    cr_assert_eq(RUN("xm", "uptime", "g"), 0);
    assert_out("Name                                ID Uptime\ng                                   "
               " 1  0:00:00\n");
    cr_assert_eq(RUN("xm", "uptime", "-s", "g"), 0);
    assert_out(" up  0:00, g (1)\n");
    cr_assert_null(strstr(fake_out, "Name"));
}

Test(verbs, vcpus, .init = fake_reset)
{
    fake_domain_add(1, "g");
    cr_assert_eq(RUN("xm", "vcpu-list", "g"), 0);
    assert_out("g                                    1     0     0   -b-       1.5 any cpu\n");
    cr_assert_eq(RUN("xl", "vcpu-list", "g"), 0);
    assert_out("g                                    1     0     0   -b-       1.5  all / all\n");
    cr_assert_eq(RUN("xm", "vcpu-pin", "g", "all", "1-2"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "vcpu-list", "g"), 0);
    assert_out(" 1-2\n");
    cr_assert_eq(RUN("xm", "vcpu-pin", "g", "all", "x"), 1);
    cr_assert_eq(RUN("xm", "vcpu-set", "g", "x"), 1);
    cr_assert_eq(RUN("xm", "vcpu-set", "g", "1"), 0, "%s", fake_err);
}

Test(verbs, sched_credit, .init = fake_reset)
{
    fake_domain_add(1, "g");
    cr_assert_eq(RUN("xm", "sched-credit"), 0);
    assert_out("Name                                ID Weight  Cap\n");
    cr_assert_null(strstr(fake_out, "Cpupool"));
    cr_assert_eq(RUN("xl", "sched-credit"), 0);
    assert_out("Cpupool Pool-0: tslice=30ms ratelimit=1000us migration-delay=0us\nName  ");
    cr_assert_eq(RUN("xm", "sched-credit", "-d", "g", "-w", "512", "-c", "50"), 0);
    cr_assert_eq(RUN("xm", "sched-credit", "-d", "g"), 0);
    assert_out("g                                    1    512   50\n");
    cr_assert_eq(RUN("xm", "sched-credit", "-d", "g", "-w", "0"), 1);
    cr_assert_eq(RUN("xm", "sched-credit", "-d", "g", "-c", "x"), 1);
    cr_assert_eq(RUN("xm", "sched-credit", "-w", "3"), 1);
    fake_scheduler = XEN_SCHEDULER_CREDIT2;
    cr_assert_eq(RUN("xm", "sched-credit", "-d", "g", "-w", "300"), 0);
}

Test(verbs, names, .init = fake_reset)
{
    fake_domain_add(1, "g");
    cr_assert_eq(RUN("xm", "domid", "g"), 0);
    cr_assert_str_eq(fake_out, "1\n");
    cr_assert_eq(RUN("xm", "domname", "1"), 0);
    cr_assert_str_eq(fake_out, "g\n");
    cr_assert_eq(RUN("xm", "domname", "9"), 3);
    cr_assert_eq(RUN("xl", "domname", "9"), 1);
    cr_assert_str_eq(fake_err, "Can't get domain name of domain id '9', maybe this domain does not "
                               "exist.\n");
    cr_assert_eq(RUN("xl", "domid", "nosuch"), 1);
    assert_err("Can't get domid of domain name 'nosuch', maybe");
    cr_assert_eq(RUN("xl", "domid", "g"), 0);
    cr_assert_eq(RUN("xm", "rename", "g", "h"), 0);
    cr_assert_eq(RUN("xm", "rename", "h", "a b"), 1);
    cr_assert_eq(RUN("xm", "domstate", "h"), 0);
    cr_assert_str_eq(fake_out, "running\n");
    down(1, SHUTDOWN_crash);
    cr_assert_eq(RUN("xm", "domstate", "h"), 0);
    cr_assert_str_eq(fake_out, "crashed\n");
}

Test(verbs, pause, .init = fake_reset)
{
    fake_domain_add(1, "g");
    cr_assert_eq(RUN("xm", "pause", "g"), 0);
    cr_assert_eq(RUN("xm", "domstate", "g"), 0);
    cr_assert_str_eq(fake_out, "paused\n");
    cr_assert_eq(RUN("xm", "unpause", "g"), 0);
    cr_assert_eq(RUN("xm", "pause", "0"), 1);
    cr_assert_eq(RUN("xm", "destroy", "0"), 1);
    cr_assert_eq(RUN("xm", "sysrq", "g", "h"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "trigger", "g", "power"), 1);
    assert_err("no such line or button");
    cr_assert_eq(RUN("xm", "trigger", "g", "foo"), 1);
    assert_err("Invalid trigger 'foo'");
}

Test(verbs, memory, .init = fake_reset)
{
    fake_domain_add(1, "g");
    fake_node_set("262144", "/local/domain/1/memory/static-max");
    cr_assert_eq(RUN("xm", "mem-set", "g", "128"), 0);
    cr_assert_str_eq(fake_node("/local/domain/1/memory/target"), "131072");
    cr_assert_eq(RUN("xm", "mem-set", "g", "300"), 1);
    cr_assert_eq(RUN("xm", "mem-set", "g", "x"), 1);
    cr_assert_eq(RUN("xm", "mem-max", "g", "300"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "mem-max", "g", "x"), 1);
}

/* Case R21: a guest shrunk to 4 MiB only thrashes. */
Test(verbs, memory_floor, .init = fake_reset)
{
    fake_domain_add(1, "g");
    fake_node_set("262144", "/local/domain/1/memory/static-max");
    cr_assert_eq(RUN("xm", "mem-set", "g", "4"), 1);
    assert_err("4 MiB is below the floor of");
}

/* dom0's limits are the hypervisor's and the host's file's; its own size is no maxmem of a config.
 */
Test(verbs, memory_of_dom0, .init = fake_reset)
{
    fake_domain(0)->max_pages = 512 << 8;
    fake_file("xend-config.sxp", "(dom0-min-mem 300)\n");
    cr_assert_eq(RUN("xm", "mem-set", "0", "400"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/memory/target"), "409600");
    cr_assert_eq(fake_domain(0)->max_pages, 512 << 8, "what dom0 gave it may take back");
    cr_assert_eq(RUN("xm", "mem-set", "Domain-0", "512"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "mem-set", "0", "513"), 1);
    assert_err("513 MiB is above the domain's maximum of 512 MiB (the hypervisor's option");
    cr_assert_eq(RUN("xm", "mem-set", "0", "299"), 1);
    assert_err("299 MiB is below the floor of 300 MiB");
    assert_err("dom0-min-mem");
}

static void guest_obeys(const char *path)
{
    if (strcmp(path, "/local/domain/1/control/shutdown") == 0 && fake_node("%s", path)) {
        down(1, strcmp(fake_node("%s", path), "reboot") == 0 ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
        fake_node_set("", "/local/domain/1");
    }
}

Test(verbs, stop, .init = fake_reset)
{
    fake_domain_add(1, "g");
    cr_assert_eq(RUN("xl", "reboot", "g"), 0);
    assert_err("Rebooting domain 1\n");
    cr_assert_str_eq(fake_node("/local/domain/1/control/shutdown"), "reboot");
    cr_assert_eq(RUN("xl", "shutdown", "g"), 0);
    assert_err("Shutting down domain 1\n");
    cr_assert_eq(RUN("xm", "shutdown", "-H", "g"), 0);
    cr_assert_str_eq(fake_node("/local/domain/1/control/shutdown"), "halt");
    fake_on_write = guest_obeys;
    cr_assert_eq(RUN("xm", "shutdown", "-w", "g"), 0);
    assert_out("Domain g terminated\n");
    cr_assert_eq(RUN("xm", "shutdown", "0"), 1);
    cr_assert_eq(RUN("xm", "shutdown"), 1);
    cr_assert_eq(RUN("xm", "shutdown", "--all", "--wait"), 0);
    assert_out("All domains terminated\n");
}

Test(verbs, info, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "info"), 0);
    assert_out("nr_cpus                : 4\n");
    assert_out("total_memory           : 4096\n");
    assert_out("xend_config_format     : 4\n");
    cr_assert_null(strstr(fake_out, "max_cpu_id"));
    cr_assert_eq(RUN("xl", "info"), 0);
    assert_out("max_cpu_id             : 3\n");
    assert_out("cpu_mhz                : 2400.123\n");
    assert_out("build_id               : ab01\nxend_config_format     : 4\n");
    cr_assert_eq(RUN("xl", "info", "nr_cpus"), 0);
    cr_assert_str_eq(fake_out, "4\n");
    cr_assert_eq(RUN("xm", "info", "nosuch"), 1);
    cr_assert_eq(RUN("xm", "info", "-n"), 0);
    assert_out("free_cpus              : 0\n"
               "cpu_topology           : \n"
               "cpu:    core    socket     node\n");
    assert_out("numa_info              : \n"
               "node:    memsize    memfree    distances\n"
               "   0:      3072       1000      10,21\n"
               "   1:      1024         24      21,10\n"
               "xen_major ");
    cr_assert_eq(RUN("xm", "log"), 0);
}

Test(verbs, info_of_mitigations, .init = fake_reset)
{
    cr_assert_eq(RUN("xl", "info"), 0);
    cr_assert_null(strstr(fake_out, "mitigation"), "the usual text is as scripts know it");
    cr_assert_eq(RUN("xm", "info", "-m"), 0);
    assert_out("xend_config_format     : 4\nmitigation_meltdown    : not needed, off: new (xpti)\n"
               "mitigation_rsb         : needed, on: old\n");
    cr_assert_eq(RUN("xl", "info", "mitigation_rsb"), 0);
    cr_assert_str_eq(fake_out, "needed, on: old\n");
    cr_assert_eq(RUN("xl", "info", "mitigation_other"), 1);
    cr_assert_eq(RUN("xm", "info", "--json"), 0);
    assert_out("\"mitigation_rsb\": \"needed, on: old\"");
    fake_old_hypervisor = true;
    cr_assert_eq(RUN("xm", "info", "--json"), 0);
    cr_assert_null(strstr(fake_out, "mitigation"));
    cr_assert_eq(RUN("xl", "info", "--mitigations"), 1);
    assert_err("this hypervisor does not tell its mitigations here; see 'xl dmesg'");
}

static void stop_events(void)
{
    fake_on_idle = NULL;
}

static void disk_is_slow(void)
{
    fake_on_idle = stop_events;
    fake_node_set("3 1500 2", "/local/domain/0/backend/vbd/5/51712/trouble");
    fake_node_set("1 1 1", "/local/domain/0/backend/vbd/5/51712/troubles");
    fake_node_set("nonsense", "/local/domain/0/backend/vbd/5/51728/trouble");
}

static void domain_comes(void)
{
    fake_on_idle = disk_is_slow;
    fake_domain_add(5, "new");
    fake_node_set("", "@introduceDomain");
}

Test(verbs, events, .init = fake_reset)
{
    fake_on_idle = domain_comes;
    RUN("xm", "events");
    assert_out("\"event\":\"created\",\"domid\":0,\"name\":\"Domain-0\"");
    assert_out("\"event\":\"created\",\"domid\":5,\"name\":\"new\"");
    assert_out("\"event\":\"device-trouble\",\"domid\":5,\"name\":\"new\",\"type\":\"vbd\","
               "\"device\":51712,\"slow\":3,\"longest_ms\":1500,\"failed\":2}\n");
    cr_assert_null(strstr(strstr(fake_out, "trouble") + 1, "trouble"), "one");
}

static void count(const char *interface, const char *counter, const char *value)
{
    char path[128];

    snprintf(path, sizeof(path), "net/%s/statistics/%s", interface, counter);
    fake_file(path, value);
}

static void begin_top(void)
{
    fake_reset();
    fake_domain(0)->max_pages = UINT64_MAX >> 12;
    cr_assert_eq(
        RUN("xm", "create", "-q",
            config_file("averylongname", "vif=['bridge=xenbr0','bridge=xenbr0,vifname=web']\n"
                                         "disk=['file:%s/kernel,xvda,r']")),
        0, "%s", fake_err);
    fake_domain(1)->cpu_time = 1500000000;
    fake_domain(1)->max_pages = fake_domain(1)->tot_pages;
    count("vif1.0", "rx_bytes", "2048");
    count("web", "rx_bytes", "1024");
    count("web", "tx_bytes", "4096");
    count("web", "tx_packets", "7");
}

/* Ganeti runs `xentop -f -b -i 1`, and wants NAME and CPU(sec) as columns 1 and 3. */
/* The back-end's own counters. */
Test(top, disks, .init = begin_top)
{
    struct device_stats stats = {
        .magic = DEVICE_STATS_MAGIC,
        .of = {[STATS_READ] = {11, 333 * 512, 0, 0}, [STATS_WRITE] = {22, 444 * 512, 0, 0}}};
    FILE *out = fopen(fake_file("run/devices/vbd-1-51712.stats", ""), "we");

    fwrite(&stats, sizeof(stats), 1, out);
    fclose(out);
    cr_assert_eq(RUN("xentop", "-b", "-i", "1"), 0);
    assert_out("       4    1        0       11       22        333        444    0\n");
}

Test(top, batch, .init = begin_top)
{
    cr_assert_eq(RUN("/usr/bin/xentop", "-b", "-i", "1"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out,
                     "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) "
                     "VCPUS NETS NETTX(k) "
                     "NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n"
                     "  Domain-0 -----r          0    0.0     524288   12.5   no limit       n/a   "
                     "  1    0        0 "
                     "       0    0        0        0        0          0          0    0\n"
                     "averylongn ------          1    0.0      16384    0.4      16384       0.4   "
                     "  1    2        3 "
                     "       4    1        0        0        0          0          0    0\n");
    cr_assert_eq(RUN("xentop", "-f", "-b", "-i", "1", "-r", "-n", "-x", "-v"), 0);
    assert_out("averylongname ");
    assert_out("VCPUs(sec):   0:          1s\n");
    assert_out("Net1 RX:     4096bytes        7pkts        0err        0drop  TX:     1024bytes");
    assert_out("VBD BlkBack 51712 [ca: 0]  OO:        0");
    cr_assert_eq(RUN("xentop", "-b", "-d", "x"), 1);
    cr_assert_eq(RUN("xentop", "-b", "-i", "0"), 1);
}

static void half_a_cpu(int ms)
{
    fake_domain(1)->cpu_time += ms * UINT64_C(500000);
}

Test(top, share_of_a_cpu, .init = begin_top)
{
    fake_on_pause = half_a_cpu;
    cr_assert_eq(RUN("xm", "top", "-b", "-i", "2", "-d", "2"), 0);
    cr_assert_eq(fake_now, 2000, "one period between two tables");
    assert_out("         1    0.0      16384");
    assert_out("         2   50.0      16384");
}

Test(verbs, config_update, .init = fake_reset)
{
    char *file = strdup(config_file("g", "")), *other;

    cr_assert_eq(RUN("xl", "create", file), 0, "%s", fake_err);
    other = config_file("other", "extra='from now on'; vcpus=2");
    cr_assert_eq(RUN("xl", "config-update", "g", other, "memory=32"), 0, "%s", fake_err);
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "from now on"));
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "name = \"g\""), "%s",
                       fake_read("run/domains/1.cfg"));
    cr_assert_eq(RUN("xl", "config-update", "g", "nosuch"), 1);
    cr_assert_eq(RUN("xl", "config-update", "g", other, "kernel=/nonexistent"), 1);
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "from now on"),
                       "a bad one changes nothing");
    cr_assert_eq(RUN("xl", "config-update", "nosuch", other), 1);
    free(file);
}

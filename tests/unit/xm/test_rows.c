/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the contract that few use: pools, the foreground, keys of the console, xl.conf, XML. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs.h"

/* xl's own column is 16 wide; names of pools are where Xen's tools keep them. */
Test(verbs, columns_that_xl_adds, .init = fake_reset)
{
    fake_domain_add(1, "first");
    fake_domain_add(2, "second")->cpupool = 1;
    fake_node_set("batch", "/local/pool/1/name");
    cr_assert_eq(RUN("xl", "list", "-c"), 0, "%s", fake_err);
    assert_out("Name                                        ID   Mem VCPUs\tState\tTime(s)"
               "         Cpupool\n");
    assert_out("first                                        1    16     1     r-----       0.0"
               "          Pool-0\n");
    assert_out("second                                       2    16     1     r-----       0.0"
               "           batch\n");
    cr_assert_eq(RUN("xl", "list", "-v", "-c", "first"), 0, "%s", fake_err);
    assert_out("Security Label         Cpupool\n");
    cr_assert_eq(RUN("xl", "list", "-Z", "first"), 0, "%s", fake_err);
    assert_out("VCPUs\tState\tTime(s)   Security Label\n");
    assert_out("r-----       0.0                -\n");
    cr_assert_eq(RUN("xl", "list", "-Z", "-n", "-v", "first"), 0, "%s", fake_err);
    assert_out("Reason-Code\tSecurity Label NODE Affinity\n");
    assert_out("00000001        -                - all\n");
    cr_assert_eq(RUN("xm", "list", "-n"), 1);
    cr_assert_eq(RUN("xm", "list", "--pool=batch"), 0, "%s", fake_err);
    assert_out("second ");
    cr_assert_null(strstr(fake_out, "first"));
    cr_assert_eq(RUN("xm", "new", config_file("g", "name='g'")), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "--pool", "Pool-0"), 0, "%s", fake_err);
    assert_out("first ");
    assert_out("\ng ");
    cr_assert_null(strstr(fake_out, "second"));
    cr_assert_eq(RUN("xm", "list", "--pool=batch"), 0, "%s", fake_err);
    cr_assert_null(strstr(fake_out, "\ng "));
    cr_assert_eq(RUN("xm", "list", "--pool=nosuch"), 1);
    assert_err("there is no CPU pool 'nosuch'");
}

/* What create -n prints is a config, too; nothing that the config says is lost on the way. */
Test(verbs, create_from_an_s_expression, .init = fake_reset)
{
    char text[] = "name='g'; memory=32; maxmem=64; vcpus=2; cpus=['0-1','2']; root='/dev/xvda'; "
                  "extra=\"a='b c' (d)\"; on_reboot='destroy'; cpu_weight=512\n"
                  "disk=['file:%s/kernel,xvda,r', 'vdev=hdc,devtype=cdrom,target=']\n"
                  "vif=['mac=00:16:3e:00:00:01, bridge=xenbr0', '']; vfb=['vnc=1,vncdisplay=3']",
         *file = strdup(config_file("g", text)), *first, *sxp;

    fake_file("net/xenbr0", "");
    cr_assert_eq(RUN("xm", "create", "-q", "-n", file), 0, "%s", fake_err);
    assert_out("(vm\n    (name g)\n    (memory 32)\n    (vcpus 2)\n    (cpus ('0-1' '2'))\n");
    assert_out("    (maxmem 64)\n    (on_reboot destroy)\n    (cpu_weight 512)\n");
    assert_out("            (args 'root=/dev/xvda a=\\'b c\\' (d)')\n");
    assert_out("            (dev xvda)\n            (mode r)\n");
    assert_out("            (uname '')\n            (dev hdc:cdrom)\n");
    assert_out("        (vif\n            (devid 0)\n            (mac 00:16:3e:00:00:01)\n"
               "            (bridge xenbr0)\n");
    assert_out("        (vfb\n            (vnc 1)\n            (vncdisplay 3)\n");
    first = strdup(fake_out);
    sxp = strdup(fake_file("g.sxp", first));
    cr_assert_eq(RUN("xm", "create", "-q", "-n", "-F", sxp), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out, first);
    cr_assert_eq(RUN("xm", "create", "-F", sxp, "name=h"), 0, "%s", fake_err);
    assert_out("g.sxp\".\nStarted domain h (id=1)\n");
    cr_assert_str_eq(fake_node("%s/on_reboot", fake_node("/local/domain/1/vm")), "destroy");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/0/mac"), "00:16:3e:00:00:01");
    cr_assert_eq(RUN("xm", "new", "-F", sxp), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "g"), 0, "%s", fake_err);
    fake_file("g.sxp", "(vm (name g)");
    cr_assert_eq(RUN("xm", "create", "-F", sxp), 1);
    assert_err("/g.sxp:1:1: the '(' here is not closed");
    free(first);
    free(sxp);
    free(file);
}

/* output_format="sxp": what Ganeti up to 3.0.2 reads of xl; and xl's file is xl's alone. */
Test(xl_conf, output_format, .init = fake_reset)
{
    char *file = strdup(config_file("g", "name='g'")), *as_xm;

    fake_file("xl.conf", "output_format=\"sxp\"\n");
    cr_assert_eq(RUN("xl", "create", file), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "-l"), 0, "%s", fake_err);
    as_xm = strdup(fake_out);
    cr_assert_eq(RUN("xl", "list", "-l"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out, as_xm);
    assert_out("(domain\n    (domid 1)\n");
    assert_out("    (name g)\n");
    assert_out("    (cpu_time 0.000000000)\n");
    assert_out("    (state r-----)\n");
    cr_assert_eq(RUN("xl", "create", "-n", file), 0, "%s", fake_err);
    assert_out("    (name g)\n");
    fake_file("xl.conf", "output_format=\"xml\"\n");
    cr_assert_eq(RUN("xl", "list", "-l"), 1);
    assert_err("/xl.conf:1:15: output_format: must be \"json\" or \"sxp\"");
    cr_assert_eq(RUN("xl", "create", file, "name=h"), 1);
    assert_err("/xl.conf:1:15: output_format:");
    cr_assert_eq(RUN("xl", "list"), 0, "does not need it");
    cr_assert_eq(RUN("xm", "create", file, "name=h"), 0, "%s", fake_err);
    free(as_xm);
    free(file);
}

/* They are the NIC's own from then on: xend, which restarts the domain, has another file. */
Test(xl_conf, defaults_of_nics, .init = fake_reset)
{
    char *file = strdup(config_file("g", "name='g'; vif=['', 'bridge=br2,script=vif-bridge']"));

    fake_file("net/br1", "");
    fake_file("net/br2", "");
    fake_script("vif-mine", 0);
    fake_file("xl.conf", "vif.default.bridge=\"br1\"\nvif.default.script=\"vif-mine\"\n"
                         "vif.default.gatewaydev=\"eth1\"\nvif.default.backend=\"0\"\n");
    cr_assert_eq(RUN("xl", "create", file), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/0/bridge"), "br1");
    cr_assert_not_null(
        strstr(fake_node("/local/domain/0/backend/vif/1/0/script"), "/scripts/vif-mine"));
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/0/gatewaydev"), "eth1");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/1/bridge"), "br2");
    cr_assert_not_null(
        strstr(fake_node("/local/domain/0/backend/vif/1/1/script"), "/scripts/vif-bridge"));
    cr_assert_not_null(
        strstr(fake_read("run/domains/1.cfg"), "script=vif-mine,bridge=br1,gatewaydev=eth1,"));
    cr_assert_eq(RUN("xl", "network-attach", "g"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/2/bridge"), "br1");
    fake_file("xl.conf", "vif.default.backend=\"nosuch\"\n");
    cr_assert_eq(RUN("xl", "create", file, "name=h"), 1);
    assert_err("nosuch");
    cr_assert_eq(RUN("xm", "create", file, "name=h"), 0, "%s", fake_err);
    free(file);
}

static void dom0_gives(int ms)
{
    uint64_t pages = strtoull(fake_node("/local/domain/0/memory/target"), NULL, 10) / 4;

    (void)ms;
    if (pages < fake_domain(0)->tot_pages)
        fake_free_pages += fake_domain(0)->tot_pages - pages;
    fake_domain(0)->tot_pages = pages;
}

/* 1024 MiB are free, dom0 has 512 of which it keeps 196; a domain costs a MiB besides. */
Test(xl_conf, autoballoon, .init = fake_reset)
{
    char *file = strdup(config_file("g", "name='g'; memory=1200"));

    fake_on_pause = dom0_gives;
    fake_file("xl.conf", "autoballoon=\"off\"\n");
    cr_assert_eq(RUN("xl", "create", file), 1);
    assert_err("1200 MiB wanted, but only 1024 MiB are free");
    cr_assert_eq(RUN("xm", "create", file), 1);
    fake_file("xl.conf", "autoballoon=\"auto\"\n");
    strcpy(fake_cmdline, "dom0_mem=512M");
    cr_assert_eq(RUN("xl", "create", file), 1, "auto: dom0 has the size that it was given");
    fake_cmdline[0] = '\0';
    cr_assert_eq(RUN("xl", "create", file, "memory=1400"), 1, "dom0 keeps what it needs");
    cr_assert_eq(fake_domain(0)->tot_pages, 512 << 8);
    cr_assert_eq(RUN("xl", "create", file), 0, "%s", fake_err);
    cr_assert_eq(fake_domain(0)->tot_pages, (512 - 177) << 8);
    cr_assert_eq(RUN("xl", "destroy", "g"), 0);
    fake_file("xl.conf", "autoballoon=\"on\"\n");
    strcpy(fake_cmdline, "dom0_mem=512M");
    fake_free_pages = 1190 << 8;
    fake_on_pause = NULL;
    cr_assert_eq(RUN("xl", "create", file), 1, "dom0 does not give back");
    cr_assert_str_eq(fake_node("/local/domain/0/memory/target"), "343040", "and keeps its target");
    fake_on_pause = dom0_gives;
    cr_assert_eq(RUN("xl", "create", file), 0, "%s", fake_err);
    free(file);
}

static void ends_for_good(void)
{
    fake_on_idle = NULL;
    fake_node_set("destroy", "/vm/2/on_poweroff");
    down(2, SHUTDOWN_poweroff);
    fake_node_set("", "@releaseDomain");
    fake_domain(2)->flags |= XEN_DOMINF_dying;
}

static void comes_back(void)
{
    fake_on_idle = ends_for_good;
    fake_domain_add(2, "g");
    fake_node_set("/vm/2", "/local/domain/2/vm");
    fake_node_set("", "@introduceDomain");
}

/* xend was faster than who waits: why the domain ended can be read no more. */
static void reboots(void)
{
    char *argv[] = {"xm", "destroy", "g", NULL};

    fake_on_idle = comes_back;
    down(1, SHUTDOWN_reboot);
    xm_main(3, argv);
}

/* xl create -F follows the guest through a restart, which is xend's work, to its death. */
Test(verbs, create_in_foreground, .init = fake_reset)
{
    fake_on_idle = reboots;
    cr_assert_eq(RUN("xl", "create", "-F", config_file("g", "")), 0, "%s", fake_err);
    assert_err("Waiting for domain g (domid 1) to die");
    assert_err("Waiting for domain g (domid 2) to die");
    cr_assert_null(fake_on_idle, "the second life has ended");
}

/* The client is a program of its own, which gets the key. */
Test(verbs, console_escape, .init = fake_reset)
{
    char folder[80], text[160];
    int status;
    pid_t child;

    fake_domain_add(3, "g");
    fake_script("xenconsole", 0);
    snprintf(text, sizeof(text), "#!/bin/sh\necho \"$*\" >%s/console.log\n", fake_dir);
    fake_file("scripts/xenconsole", text);
    snprintf(folder, sizeof(folder), "%s/scripts", fake_dir);
    child = fork();
    if (child == 0) {
        setenv("PATH", folder, 1);
        RUN("xl", "console", "-e", "^A", "g");
        _exit(1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_str_eq(fake_read("console.log"), "3 --escape ^A\n");
    cr_assert_eq(RUN("xl", "console", "-t", "serial", "g"), 1);
    assert_err("--type serial: a paravirtual guest has a console of type pv only");
    cr_assert_eq(RUN("xl", "console", "-t", "pv", "-n", "1", "g"), 1);
    assert_err("--num 1: a guest has console 0 only");
}

/* The elements and attributes of Xen 4.1's create.dtd, in its order; nothing is made. */
Test(verbs, create_prints_xml, .init = fake_reset)
{
    char *file = config_file("g", "name='g'; extra='a=\"1\" & <b>'; vcpus=2; cpu_weight=512\n"
                                  "on_crash='coredump-restart'; on_reboot='rename-restart'\n"
                                  "disk=['file:%s/kernel,xvda,r']\n"
                                  "vif=['mac=00:16:3e:00:00:01,bridge=xenbr0']");
    static const char *const parts[] = {
        "<xm>\n    <vm is_a_template=\"false\"",
        " vcpus_max=\"2\" vcpus_at_startup=\"2\" actions_after_shutdown=\"destroy\""
        " actions_after_reboot=\"rename_restart\" actions_after_crash=\"coredump_and_restart\">\n",
        "<label>g</label>\n",
        "<version>0</version>\n",
        "        <pv kernel=\"/",
        " args=\"a=&quot;1&quot; &amp; &lt;b&gt;\" bootloader_args=\"\"/>\n",
        "        <memory static_min=\"0\" static_max=\"16777216\" dynamic_min=\"16777216\"",
        "<vbd name=\"vbd0\" vdi=\"vdi0\" mode=\"RO\" device=\"xvda\" bootable=\"1\" type=\"disk\"",
        "<vif name=\"vif0\" mac=\"00:16:3e:00:00:01\" mtu=\"0\" device=\"eth0\"",
        "<vcpu_param key=\"weight\" value=\"512\"/>\n    </vm>\n",
        "    <vdi name=\"vdi0\" src=\"file:/",
        "    </vdi>\n</xm>\n",
    };
    const char *at = fake_out;

    cr_assert_eq(RUN("xm", "create", "-x", file), 0, "%s", fake_err);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        at = strstr(at, parts[i]);
        cr_assert_not_null(at, "no %s in its place in:\n%s", parts[i], fake_out);
    }
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_eq(RUN("xm", "create", "-x", file, "kernel=/nonexistent"), 1, "it is checked");
    cr_assert_eq(RUN("xl", "create", "-x", file), 1, "xl has none");
}

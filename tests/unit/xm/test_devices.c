/* SPDX-License-Identifier: BSD-2-Clause */
/* block-* and network-*. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs.h"

static void begin(void)
{
    fake_reset();
    fake_file("a.img", "");
    fake_file("b.img", "");
    cr_assert_eq(
        RUN("xm", "create", "-q", config_file("g", "name='g'; disk=['file:%s/a.img,xvda,w']")), 0,
        "%s", fake_err);
}

static char *spec(const char *name)
{
    static char text[256];

    snprintf(text, sizeof(text), "file:%s/%s", fake_dir, name);
    return text;
}

Test(block, attach_list_detach, .init = begin)
{
    cr_assert_eq(RUN("xm", "block-list", "g"), 0);
    assert_out("Vdev  BE  handle state evt-ch ring-ref BE-path                       \n"
               "51712 0   1      1     -1     -1       /local/domain/0/backend/vbd/1/51712");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("b.img"), "xvdb", "w"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out, "");
    cr_assert_eq(RUN("xm", "block-list", "g"), 0);
    assert_out("\n51728 0 ");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("b.img"), "xvdb", "w"), 1);
    assert_err("has a device xvdb already");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("a.img"), "xvdc", "w"), 1);
    assert_err("in use by domain g");
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("c.img"), "xvdc", "w"), 1);
    assert_err("No such file");
    cr_assert_eq(RUN("xm", "block-detach", "g", "xvdb"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "block-detach", "g", "51728"), 1);
    assert_err("Device 51728 (vbd) is not connected to domain g");
    cr_assert_eq(RUN("xm", "block-detach", "g", "nosuch"), 1);
    cr_assert_eq(RUN("xm", "block-attach", "0", spec("b.img"), "xvdb", "w"), 1);
    cr_assert_eq(RUN("xm", "block-attach", "nosuch", spec("b.img"), "xvdb"), 3);
    cr_assert_eq(RUN("xm", "block-detach", "nosuch", "xvdb"), 3);
    cr_assert_eq(RUN("xm", "block-list", "nosuch"), 3);
}

Test(block, xl_takes_one_word, .init = begin)
{
    char word[300];

    snprintf(word, sizeof(word), "%s,xvdb,w", spec("b.img"));
    cr_assert_eq(RUN("xl", "block-attach", "g", word), 0, "%s", fake_err);
    cr_assert_eq(RUN("xl", "block-detach", "g", "xvdb", "--force"), 0);
}

Test(network, attach_list_detach, .init = begin)
{
    cr_assert_eq(RUN("xm", "network-attach", "g", "mac=00:16:3e:00:00:09", "bridge=xenbr0"), 0,
                 "%s", fake_err);
    cr_assert_str_eq(fake_out, "");
    cr_assert_eq(RUN("xm", "network-list", "g"), 0);
    assert_out("Idx BE  MAC Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path            "
               "           \n"
               "0   0   00:16:3e:00:00:09      0     1     -1    -1/-1          "
               "/local/domain/0/backend/vif/1/0");
    cr_assert_eq(RUN("xm", "network-attach", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "network-attach", "g", "bridge=nobr"), 1);
    assert_err("bridge nobr does not exist");
    cr_assert_eq(RUN("xm", "network-detach", "g", "00:16:3e:00:00:09"), 0);
    cr_assert_eq(RUN("xm", "network-detach", "g", "1"), 0);
    cr_assert_eq(RUN("xm", "network-detach", "g", "1"), 1);
}

Test(dump_core, of_both_dialects, .init = fake_reset)
{
    fake_domain_add(5, "g")->tot_pages = 1;
    fake_domain(5)->shared_info_frame = 1;
    fake_frames[0].owner = fake_frames[1].owner = 5;
    fake_frames[0].pfn = 0;
    cr_assert_eq(RUN("xm", "dump-core", "g"), 0, "%s", fake_err);
    assert_out("Dumping core of domain: g ...\n");
    cr_assert_eq(RUN("xl", "dump-core", "g"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_out, "");
    cr_assert(fake_file_exists("xl-dump/g"));
    cr_assert_eq(RUN("xm", "dump-core", "-C", "-R", "g"), 1);
    assert_err("exclude each other");
    cr_assert_eq(RUN("xm", "dump-core", "0"), 1);
    cr_assert_eq(RUN("xm", "dump-core", "nosuch"), 3);
    cr_assert_eq(RUN("xm", "dump-core", "-R", "g"), 1, "its config is not kept");
    cr_assert_not_null(fake_domain(5), "so it stays");
    cr_assert_eq(RUN("xm", "dump-core", "--crash", "g"), 0, "%s", fake_err);
    cr_assert_null(fake_domain(5));
}

Test(dump_core, reset, .init = fake_reset)
{
    cr_assert_eq(RUN("xm", "create", "-q", config_file("g", "")), 0, "%s", fake_err);
    fake_domain(1)->tot_pages = 1;
    fake_domain(1)->shared_info_frame = 1;
    fake_frames[0].owner = fake_frames[1].owner = 1;
    fake_frames[0].pfn = 0;
    cr_assert_eq(RUN("xm", "dump-core", "-R", "g"), 0, "%s", fake_err);
    cr_assert_eq(fake_domain(1)->tot_pages, 16 << 8, "made anew");
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g");
}

Test(block, configure_and_discs, .init = fake_reset)
{
    char iso[128], spec[192];

    snprintf(iso, sizeof(iso), "%s", fake_file("d.iso", ""));
    cr_assert_eq(RUN("xm", "create", "-q",
                     config_file("g", "disk=['file:%s/kernel,xvda,r', ',xvdc:cdrom,r']")),
                 0, "%s", fake_err);
    snprintf(spec, sizeof(spec), "file:%s/kernel", fake_dir);
    cr_assert_eq(RUN("xm", "block-configure", "g", spec, "xvda", "w"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/mode"), "w");
    cr_assert_eq(RUN("xl", "cd-insert", "g", "xvdc", iso), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51744/params"), iso);
    cr_assert_eq(RUN("xm", "cd-eject", "g", "xvdc"), 0, "%s", fake_err);
    cr_assert_null(fake_node("/local/domain/0/backend/vbd/1/51744/params"));
    cr_assert_eq(RUN("xm", "cd-eject", "g", "xvda"), 1);
    assert_err("Error: disk xvda is not a CD drive");
    cr_assert_eq(RUN("xl", "block-configure", "g", spec, "xvda", "w"), 1, "xl has none");
}

/* A process whose command line names the device; it has that when this returns. */
static pid_t serve(const char *type, uint32_t id)
{
    char path[64], note[32];
    int execd[2];
    pid_t pid;

    cr_assert_eq(pipe2(execd, O_CLOEXEC), 0);
    pid = fork();
    snprintf(path, sizeof(path), "/local/domain/0/backend/%s/1/%u", type, id);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/bin/sh", "sh", "-c", "kill -STOP $$", path, (char *)NULL);
        _exit(127);
    }
    close(execd[1]);
    cr_assert_eq(read(execd[0], note, 1), 0, "its end is closed by exec");
    close(execd[0]);
    snprintf(note, sizeof(note), "%d 1\n", pid);
    snprintf(path, sizeof(path), "run/devices/%s-1-%u.pid", type, id);
    fake_file(path, note);
    fake_node_set("user", "/local/domain/0/backend/%s/1/%u/kind", type, id);
    return pid;
}

static bool was_killed(pid_t pid)
{
    int status;

    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void begin_inject(void)
{
    begin();
    cr_assert_eq(RUN("xm", "block-attach", "g", spec("b.img"), "xvdb", "w"), 0, "%s", fake_err);
    fake_node_set("user", "/local/domain/0/backend/vbd/1/51712/kind");
    fake_node_set("user", "/local/domain/0/backend/vbd/1/51728/kind");
}

#define INJECT "/local/domain/0/backend/vbd/1/%u/inject"

Test(inject, set_list_clear, .init = begin_inject)
{
    cr_assert_eq(RUN("xm", "inject", "g", "slow-disk", "300", "xvdb"), 0, "%s", fake_err);
    cr_assert_null(fake_node(INJECT, 51712));
    cr_assert_str_eq(fake_node(INJECT, 51728), "300 0 0");
    cr_assert_eq(RUN("xm", "inject", "g", "io-error", "2.5%"), 0, "%s", fake_err);
    cr_assert_str_eq(fake_node(INJECT, 51712), "0 25000 0");
    cr_assert_str_eq(fake_node(INJECT, 51728), "300 25000 0");
    cr_assert_eq(RUN("xm", "inject", "g", "list"), 0);
    cr_assert_str_eq(fake_out, "vbd    51712     io-error  2.5 %\n"
                               "vbd    51728     slow-disk 300 ms\n"
                               "vbd    51728     io-error  2.5 %\n");
    cr_assert_eq(RUN("xm", "inject", "g", "io-error", "0"), 0, "%s", fake_err);
    cr_assert_null(fake_node(INJECT, 51712), "nothing is left of it");
    cr_assert_str_eq(fake_node(INJECT, 51728), "300 0 0");
    cr_assert_eq(RUN("xm", "inject", "g", "clear"), 0, "%s", fake_err);
    cr_assert_null(fake_node(INJECT, 51728));
    cr_assert_eq(RUN("xm", "inject", "g", "list"), 0);
    cr_assert_str_eq(fake_out, "");
}

static void refused(const char *fault, const char *value, const char *device, const char *why)
{
    int status = device  ? RUN("xm", "inject", "g", (char *)fault, (char *)value, (char *)device)
                 : value ? RUN("xm", "inject", "g", (char *)fault, (char *)value)
                         : RUN("xm", "inject", "g", (char *)fault);

    cr_assert_eq(status, 1);
    assert_err(why);
}

Test(inject, refusals, .init = begin_inject)
{
    refused("drop-net", "5", NULL, "Domain g has no NIC");
    refused("slow-disk", "5", "xvdc", "Domain g has no disk xvdc");
    refused("slow-disk", "60001", NULL, "how many milliseconds? (0 to 60000)");
    refused("slow-disk", "5%", NULL, "how many milliseconds?");
    refused("io-error", "101", NULL, "how many in a hundred?");
    refused("io-error", "nan", NULL, "how many in a hundred?");
    refused("io-error", "", NULL, "how many in a hundred?");
    refused("io-error", NULL, NULL, "how many in a hundred?");
    refused("clear", "xvdb", "x", "clear takes no number");
    refused("fire", NULL, NULL, "Invalid fault 'fire'");
    refused("kill-backend", NULL, NULL, "No back-end of domain g lives at the moment");
    fake_node_set("kernel", "/local/domain/0/backend/vbd/1/51728/kind");
    refused("io-error", "5", NULL, "Device 51728 (vbd) is not served by a process of ours");
    cr_assert_null(fake_node(INJECT, 51712), "all or none");
    cr_assert_eq(RUN("xm", "inject", "0", "list"), 1);
    assert_err("Domain-0 has the machine's own devices");
    cr_assert_eq(RUN("xm", "inject", "nosuch", "list"), 3);
    cr_assert_eq(RUN("xl", "inject", "g", "list"), 1, "xl has no such thing");
}

Test(inject, kill_backend, .init = begin_inject)
{
    pid_t first = serve("vbd", 51712), second = serve("vbd", 51728);

    cr_assert_eq(RUN("xm", "inject", "g", "kill-backend", "xvda"), 0, "%s", fake_err);
    cr_assert(was_killed(first));
    cr_assert_eq(kill(second, 0), 0, "the other one lives");
    cr_assert_eq(RUN("xm", "inject", "g", "kill-backend"), 0, "%s", fake_err);
    cr_assert(was_killed(second));
    /* The number is somebody else's by now. */
    fake_file("run/devices/vbd-1-51712.pid", "1 1\n");
    cr_assert_eq(RUN("xm", "inject", "g", "kill-backend"), 1);
}

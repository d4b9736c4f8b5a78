/* SPDX-License-Identifier: BSD-2-Clause */
/* The command lines of save, restore, suspend, resume and migrate. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs.h"
#include "xm/peer.h"

static char *save_file(void)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/g.save", fake_dir);
    return path;
}

static void begin(void)
{
    fake_reset();
    fake_on_write = fake_good_guests;
    cr_assert_eq(RUN("xm", "create", config_file("g", "vcpus=2")), 0, "%s", fake_err);
}

Test(save, file, .init = begin)
{
    cr_assert_eq(RUN("xm", "save", "g", save_file()), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "g"), 3, "it is gone");
    cr_assert_eq(RUN("xm", "restore", save_file()), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "list", "g"), 0);
    assert_out("g                                            1    16     2");
    cr_assert(fake_file_exists("g.save"), "as xl: the file stays");
    cr_assert_eq(RUN("xm", "restore", save_file()), 1);
    assert_err("already");
}

Test(save, options, .init = begin)
{
    cr_assert_eq(RUN("xl", "save", "-c", "g", save_file()), 0, "%s", fake_err);
    cr_assert_eq(fake_domain(1)->flags & (XEN_DOMINF_shutdown | XEN_DOMINF_paused), 0);
    cr_assert_eq(RUN("xl", "save", "-p", "g", save_file()), 0, "%s", fake_err);
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xl", "destroy", "g"), 0);
    cr_assert_eq(RUN("xl", "restore", "-p", "-e", save_file()), 0, "%s", fake_err);
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xl", "destroy", "g"), 0);
    cr_assert_eq(RUN("xl", "restore", config_file("h", "name='h'"), save_file()), 0, "%s",
                 fake_err);
    cr_assert_eq(RUN("xl", "domid", "h"), 0, "the named config counts");
}

Test(save, refused, .init = begin)
{
    cr_assert_eq(RUN("xm", "save", "0", save_file()), 1);
    assert_err("Domain-0 cannot be saved");
    cr_assert_eq(RUN("xm", "save", "none", save_file()), 3);
    cr_assert_eq(RUN("xm", "save", "g", "/no/where"), 1);
    assert_err("/no/where");
    cr_assert_eq(fake_domain(1)->flags & XEN_DOMINF_shutdown, 0, "it was not even asked");
    cr_assert_eq(RUN("xm", "restore", "/no/where"), 1);
    assert_err("cannot open /no/where");
    cr_assert_eq(RUN("xm", "restore",
                     (char *)fake_file("text", "Not a saved domain at all, but "
                                               "a text of some length, really")),
                 1);
    assert_err("/text: the saved state is bad before byte 48: it does not begin with");
    cr_assert_eq(RUN("xm", "restore", fake_dir), 1);
    assert_err(": cannot read the saved state after 0 bytes: Is a directory");
}

/* A guest with a display at port 5905. */
static void shown(const char *path)
{
    fake_good_guests(path);
    if (strcmp(path, "/local/domain/1/console/vnc-port"))
        fake_node_set("5905", "/local/domain/1/console/vnc-port");
}

static void assert_viewer_ran(void)
{
    cr_assert_gt(wait(NULL), 0);
    cr_assert_str_eq(fake_read("scripts.log"), "vncviewer localhost::5905 \n");
    fake_file("scripts.log", "");
}

Test(save, viewer, .init = begin)
{
    char folder[80], *path = strdup(getenv("PATH"));

    cr_assert_eq(RUN("xm", "save", "g", save_file()), 0, "%s", fake_err);
    snprintf(folder, sizeof(folder), "%s/scripts", fake_dir);
    fake_script("vncviewer", 0);
    setenv("PATH", folder, 1);
    fake_on_write = shown;
    cr_assert_eq(RUN("xm", "restore", "--vncviewer", save_file()), 0, "%s", fake_err);
    assert_viewer_ran();
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xl", "create", "-V", config_file("g", "")), 0, "%s", fake_err);
    assert_viewer_ran();
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "new", config_file("g", "")), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "start", "--vncviewer", "g"), 0, "%s", fake_err);
    assert_viewer_ran();
    setenv("PATH", "/nonexistent", 1);
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "start", "--vncviewer", "g"), 0, "the domain runs");
    cr_assert_gt(wait(NULL), 0);
    setenv("PATH", path, 1);
    free(path);
}

/* The state of a managed domain is there while it is suspended, and only then. */
Test(save, managed, .init = begin)
{
    cr_assert_eq(RUN("xm", "suspend", "g"), 1);
    assert_err("not managed");
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "new", config_file("g", "")), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "start", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "resume", "g"), 1);
    assert_err("is running already");
    cr_assert_eq(RUN("xm", "suspend", "g"), 0, "%s", fake_err);
    cr_assert(fake_file_exists("managed/g.state"));
    cr_assert_eq(RUN("xm", "list", "g"), 0, "it is known still");
    cr_assert_eq(RUN("xm", "start", "g"), 1, "it would begin anew on disks that are in use");
    assert_err("is suspended");
    cr_assert_eq(RUN("xm", "resume", "-p", "g"), 0, "%s", fake_err);
    cr_assert_not(fake_file_exists("managed/g.state"));
    cr_assert(fake_domain(1)->flags & XEN_DOMINF_paused);
    cr_assert_eq(RUN("xm", "destroy", "g"), 0);
    cr_assert_eq(RUN("xm", "resume", "g"), 1);
    assert_err("is not suspended");
    cr_assert_eq(RUN("xm", "start", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "suspend", "g"), 0, "%s", fake_err);
    cr_assert_eq(RUN("xm", "delete", "g"), 0, "%s", fake_err);
    cr_assert_not(fake_file_exists("managed/g.state"), "its state goes with it");
    cr_assert_eq(RUN("xl", "suspend", "g"), 1, "xl has none");
}

/* A port of this host; nobody answers there unless @backlog. */
static int port_at(int *fd, int backlog)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);

    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(*fd, (struct sockaddr *)&at, len), 0);
    if (backlog)
        cr_assert_eq(listen(*fd, backlog), 0);
    cr_assert_eq(getsockname(*fd, (struct sockaddr *)&at, &len), 0);
    return ntohs(at.sin_port);
}

Test(migrate, by_relocation_server, .init = begin)
{
    char port[8];
    int fd;

    snprintf(port, sizeof(port), "%d", port_at(&fd, 0));
    cr_assert_eq(RUN("xm", "migrate", "-l", "-p", port, "g", "127.0.0.1"), 1);
    assert_err("Connection refused");
    assert_err("xend-relocation-server yes");
    cr_assert_eq(RUN("xm", "list", "g"), 0, "it has its name");
    cr_assert_eq(RUN("xm", "migrate", "--port=65536", "g", "127.0.0.1"), 1);
    assert_err("--port 65536");
    cr_assert_eq(RUN("xm", "migrate", "-l", "--timeout", "4294967297", "g", "127.0.0.1"), 1);
    assert_err("--timeout 4294967297"); /* of 32 bits it would be 1 */
    cr_assert_eq(RUN("xm", "migrate", "--paused", "g", "127.0.0.1"), 1);
    assert_err("use --ssh");
    close(fd);
}

/* xl's -p is no port.  What follows the words of -s is the contract of those who write them. */
Test(migrate, by_command, .init = begin)
{
    char command[128];

    cr_assert_eq(RUN("xl", "migrate", "-p", "-s", "echo no receiver #", "g", "there"), 1);
    assert_err("that it is ready");
    assert_err("goes on here");
    cr_assert_eq(RUN("xm", "migrate", "-n", "1", "-s", "echo no receiver #", "g", "there"), 1);
    assert_err("goes on here");
    snprintf(command, sizeof(command), "printf '%%s ' >%s/asked", fake_dir);
    cr_assert_eq(RUN("xl", "migrate", "-s", command, "g", "there"), 1);
    cr_assert_str_eq(fake_read("asked"), "there xl migrate-receive ");
    cr_assert_eq(RUN("xl", "migrate", "--ssh", "g", "there"), 1);
    assert_err("unknown option");
}

Test(migrate, who_may_call)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server, caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
    char who[PEER_LEN];

    at.sin_port = htons(port_at(&server, 1));
    cr_assert_eq(connect(caller, (struct sockaddr *)&at, sizeof(at)), 0);
    fd = accept(server, NULL, NULL);
    cr_assert(peer_allowed(fd, "^10\\. ^127\\.0\\.0\\.1$", who));
    cr_assert_str_eq(who, "127.0.0.1");
    cr_assert(peer_allowed(fd, "", who));
    cr_assert_not(peer_allowed(fd, "^10\\. ^27\\.0", who));
    cr_assert_not(peer_allowed(caller + 100, "", who), "no connection");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xend: keeps the back-end processes of all guests and carries out what their configs say about
 * their ends.  What it must remember is in xenstore and /run/xend, so it can be restarted at any
 * time; guests and back-end processes go on meanwhile.  In a driver domain it does the first half
 * only, for the devices that dom0 lets this domain serve.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/device.h"
#include "domain/host_file.h"
#include "domain/paths.h"
#include "lib/cgroup.h"
#include "lib/daemon.h"
#include "lib/loop.h"
#include "lib/store.h"
#include "xend/http.h"
#include "xend/service.h"
#include "xend/journal.h"
#include "xend/life.h"
#include "xend/relocation.h"

#define RELEASE     "@releaseDomain"
#define DESCRIPTORS 65536 /* a device takes three or four: more/hundred prints it */

static struct xs_handle *xs;
static bool stopping;

static const char usage[] = "Usage: xend [OPTION]...\n"
                            "Serve guests' devices and restart guests as their configs say.\n\n"
                            "  -D, --daemonise        go to the background once ready\n"
                            "  -F, --pid-file FILE    write the process id to FILE\n"
                            "      --http ADDRESS:PORT  show the machine to browsers and "
                            "Prometheus\n"
                            "      --http-token FILE  who asks there must bear the token in FILE\n"
                            "      --driver-domain    serve devices out of a domain other than "
                            "dom0\n"
                            "  -h, --help             show this text\n\n"
                            "It may be stopped and started again while guests run.\n";

enum { OPT_HTTP = 256, OPT_HTTP_TOKEN, OPT_DRIVER };

static const struct option options[] = {DAEMON_OPTIONS,
                                        {"http", required_argument, NULL, OPT_HTTP},
                                        {"http-token", required_argument, NULL, OPT_HTTP_TOKEN},
                                        {"driver-domain", no_argument, NULL, OPT_DRIVER},
                                        {NULL, 0, NULL, 0}};

static const char *http_where, *http_token;
static bool driver;

static int own_option(int opt)
{
    if (opt == OPT_DRIVER)
        driver = true;
    else
        *(opt == OPT_HTTP ? &http_where : &http_token) = optarg;
    return 0;
}

/* Before anything else is begun: what was asked for is had, or xend does not start. */
static int open_http(void)
{
    struct fail f;

    if (http_where && driver)
        log_msg("--http shows what dom0 knows: not with --driver-domain");
    else if (http_token && !http_where)
        log_msg("--http-token says who may ask at --http ADDRESS:PORT, which is not given");
    else if (!http_where || http_open(http_where, http_token, &f) == 0)
        return 0;
    else
        log_msg("%s", f.text);
    return -1;
}

/* Holds the lock by which xm knows that xend lives; 0 or -1 after saying why. */
static int take_lock(void)
{
    char lock[PATH_LEN], domains[PATH_LEN], devices[PATH_LEN];
    const char *dirs[] = {paths.run, path_domains(domains), path_devices(devices), "/var/log/xen"};
    int fd;

    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
        if (mkdir(dirs[i], 0755) && errno != EEXIST)
            log_msg("cannot make %s: %s", dirs[i], strerror(errno));
    fd = open(path_xend_lock(lock), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0; /* held until the process ends */
    if (fd >= 0 && errno == EWOULDBLOCK)
        log_msg("xend is running already");
    else
        log_msg("cannot lock %s: %s", lock, strerror(errno));
    return -1;
}

static void on_store(struct source *s, uint32_t events)
{
    char **event;

    (void)s;
    (void)events;
    while ((event = xs_check_watch(xs))) {
        const char *path = event[XS_WATCH_PATH];

        if (strcmp(path, RELEASE) == 0)
            life_event();
        else
            service_event(path);
        free(event);
    }
    if (errno != EAGAIN && errno != EINTR) {
        journal("xenstored went away: %s", strerror(errno));
        stopping = true;
    }
}

/*
 * blkback and netback take every device on their bus by themselves; then two back-ends would serve
 * the devices of hospes-blk and hospes-net.  xm binds by name what the kernel is to serve.
 */
static void own_the_bus(void)
{
    int fd = open(XEN_BACKEND_BUS "/drivers_autoprobe", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, "0", 1) != 1)
        journal("cannot write %s: %s; keep xen-blkback and xen-netback unloaded",
                XEN_BACKEND_BUS "/drivers_autoprobe", strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* A driver domain's number is another each time it is made; everything else is where it was. */
static int find_home(void)
{
    static const char *const needed[] = {"/dev/xen/gntdev", "/dev/xen/evtchn"};
    long domid = store_number(xs, -1, "domid");

    if (domid <= 0) {
        log_msg(domid == 0 ? "this is dom0, which xend serves without --driver-domain"
                           : "xenstore does not say which domain this is (node domid)");
        return -1;
    }
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (access(needed[i], R_OK | W_OK)) {
            log_msg("cannot serve devices without %s: %s (modprobe xen-%s)", needed[i],
                    strerror(errno), strrchr(needed[i], '/') + 1);
            return -1;
        }
    device_set_home(domid);
    return 0;
}

/* What only dom0 has: domains that end, and other hosts that send some. */
static int setup_dom0(void)
{
    struct host_conf host;

    host_file_read(&host);
    if (host.passed_over[0])
        log_msg("%s, %s", paths.xend_conf, host.passed_over);
    relocation_init(&host);
    if (life_init(xs)) {
        log_msg("cannot ask Xen about domains: %s", strerror(errno));
        return -1;
    }
    if (xs_watch(xs, RELEASE, "release"))
        return 0;
    log_msg("cannot watch xenstore: %s", strerror(errno));
    return -1;
}

static int setup(void)
{
    static struct source source = {.ready = on_store};
    char dir[64];

    if (daemon_descriptors(DESCRIPTORS))
        return -1;
    if (loop_init() || daemon_signals(&stopping, NULL)) {
        log_msg("cannot make the event loop: %s", strerror(errno));
        return -1;
    }
    xs = xs_open(0);
    if (!xs) {
        log_msg("cannot reach xenstored: %s", strerror(errno));
        return -1;
    }
    source.fd = xs_fileno(xs);
    if (driver && find_home())
        return -1;
    own_the_bus();
    cgroup_sweep();
    service_init(xs);
    if (!driver && setup_dom0())
        return -1;
    snprintf(dir, sizeof(dir), BACKENDS_OF, device_home());
    if (!xs_watch(xs, dir, "backend") || loop_add(&source, EPOLLIN)) {
        log_msg("cannot watch xenstore: %s", strerror(errno));
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct daemon_options o;

    if (daemon_parse(argc, argv, "DF:h", options, usage, own_option, &o)) {
        fprintf(stderr, "Try 'xend --help'.\n");
        return 2;
    }
    if (o.daemonise)
        daemon_background();
    if (take_lock() || open_http())
        return 1;
    journal_open(paths.xend_log);
    if (setup() || (o.pid_file && daemon_write_pid(o.pid_file)))
        return 1;
    http_start();
    journal("ready to serve devices in %s", device_home_name());
    daemon_ready();
    while (!stopping)
        loop_wait(-1);
    journal("stopping; guests and their devices go on");
    if (o.pid_file)
        unlink(o.pid_file);
    return 0;
}

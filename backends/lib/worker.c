/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and ending a worker; see worker.h. */
#include "lib/worker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>

#include "lib/confine.h"
#include "lib/daemon.h"

/* A worker may say that much in its life: what it says ends up in dom0's log. */
#define WORKER_LINES 100

/* What both processes have open; the worker's ends are in its struct backend. */
struct ends {
    int control[2], grants[2]; /* [0] is the monitor's */
    int log[2];                /* [1] is the worker's standard error */
};

static void on_log(struct source *s, uint32_t events)
{
    struct monitor *m = (void *)((char *)s - offsetof(struct monitor, log_source));
    char text[512];
    ssize_t n = read(s->fd, text, sizeof(text) - 1);

    (void)events;
    if (n <= 0 || m->lines == 0) {
        if (n <= 0)
            loop_del(s);
        return;
    }
    m->lines--;
    if (text[n - 1] == '\n')
        n--;
    for (ssize_t i = 0; i < n; i++)
        if (!isprint((unsigned char)text[i]) && text[i] != '\n')
            text[i] = '?';
    text[n] = '\0';
    log_msg("%s: worker: %s", m->nodes.back, text);
}

/* Ports of one guest only, and no interrupts of the machine. */
static xenevtchn_handle *open_events(uint32_t domid)
{
    struct ioctl_evtchn_restrict_domid only = {.domid = (domid_t)domid};
    xenevtchn_handle *xce = xenevtchn_open(NULL, 0);

    if (xce && ioctl(xenevtchn_fd(xce), IOCTL_EVTCHN_RESTRICT_DOMID, &only)) {
        int saved = errno;

        xenevtchn_close(xce);
        errno = saved;
        return NULL;
    }
    return xce;
}

static uint8_t *make_area(size_t size)
{
    void *area =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return area == MAP_FAILED ? NULL : area;
}

static int make_ends(struct ends *e)
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->control) ||
                   socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->grants) ||
                   pipe2(e->log, O_CLOEXEC | O_NONBLOCK)
               ? -1
               : 0;
}

/* The child: nothing of the guest's is looked at before it is confined. */
static void run_worker(struct backend *be, const struct monitor_options *o, const struct ends *e)
{
    int keep[16] = {xenevtchn_fd(be->xce), be->gntdev, be->control, be->grants}, n = 4;

    dup2(e->log[1], STDERR_FILENO);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a message is a line, not its pieces */
    for (int i = 0; i < o->keep_count; i++)
        keep[n++] = o->keep[i];
    if (confine_descriptors(keep, n) || backend_prepare(be)) {
        log_msg("cannot set up: %s", strerror(errno));
        _exit(1);
    }
    if (be->ops->init && be->ops->init(be)) {
        log_msg("%s", be->fail.text);
        _exit(1);
    }
    if (confine_worker(o->uid))
        _exit(1);
    backend_serve(be);
    _exit(0);
}

int worker_start(struct monitor *m, const struct monitor_options *o, const struct backend_ops *ops)
{
    static struct backend be;
    xengnttab_handle *xgt = xengnttab_open(NULL, 0);
    struct ends e;

    be = (struct backend){
        .ops = ops, .domid = m->nodes.domid, .area_size = o->area, .stats = o->stats};
    snprintf(be.back, sizeof(be.back), "%s", m->nodes.back);
    be.xce = open_events(m->nodes.domid);
    be.area = make_area(o->area);
    if (!xgt || !be.xce || !be.area || make_ends(&e))
        return -1;
    be.gntdev = xengnttab_fd(xgt);
    be.control = e.control[1];
    be.grants = e.grants[1];
    m->control = e.control[0];
    m->worker = confine_fork();
    if (m->worker == 0)
        run_worker(&be, o, &e);
    close(e.control[1]);
    close(e.grants[1]);
    close(e.log[1]);
    close(xenevtchn_fd(be.xce)); /* ports go when the worker goes */
    if (m->worker < 0)
        return -1;
    for (int i = 0; i < o->keep_count; i++)
        close(o->keep[i]);
    m->lines = WORKER_LINES;
    m->broker = (struct broker){.socket = e.grants[0],
                                .gntdev = be.gntdev,
                                .domid = m->nodes.domid,
                                .area = be.area,
                                .size = o->area,
                                .limit = o->grants};
    m->log_source = (struct source){.fd = e.log[0], .ready = on_log};
    return broker_start(&m->broker) || loop_add(&m->log_source, EPOLLIN) || confine_monitor();
}

void worker_ended(struct monitor *m)
{
    if (m->worker <= 0)
        return;
    kill(m->worker, SIGKILL);
    while (waitpid(m->worker, NULL, 0) < 0 && errno == EINTR)
        ;
    m->worker = 0;
    on_log(&m->log_source, EPOLLIN); /* its last words */
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains: mapping their page, binding their event channel, noticing that they die. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xen/sys/xenbus_dev.h>

#include "lib/domstate.h"
#include "store/conn.h"
#include "store/domain.h"
#include "lib/daemon.h"
#include "lib/loop.h"
#include "store/ring.h"
#include "lib/xalloc.h"

#define PAGE 4096

struct domain {
    struct conn conn; /* first */
    unsigned int domid;
    unsigned int remote_port;
    int port; /* ours, or -1 */
    struct xenstore_domain_interface *page;
    bool by_grant;
    bool progress; /* bytes were moved since the last notification */
    bool shutdown; /* @releaseDomain was fired for its shutdown */
    bool released; /* waits for domain_reap() */
};

static xenevtchn_handle *evtchn;
static xengnttab_handle *gnttab;
static xenforeignmemory_handle *foreign;
static struct domstate_handle *domstate;
static struct source evtchn_source = {.fd = -1};
static int dom_exc_port = -1;
static struct state *state;

static ssize_t domain_read(struct conn *c, void *buf, size_t len)
{
    struct domain *d = (struct domain *)c;
    ssize_t n = ring_read(d->page, c->slot, buf, len);

    if (n < 0)
        ring_fail(d->page, XENSTORE_ERROR_RINGIDX);
    d->progress |= n != 0;
    return n;
}

static ssize_t domain_write(struct conn *c, const void *buf, size_t len)
{
    struct domain *d = (struct domain *)c;
    ssize_t n = ring_write(d->page, c->slot, buf, len);

    if (n < 0)
        ring_fail(d->page, XENSTORE_ERROR_RINGIDX);
    d->progress |= n != 0;
    return n;
}

static void domain_settle(struct conn *c)
{
    struct domain *d = (struct domain *)c;

    if (d->progress && d->port >= 0)
        xenevtchn_notify(evtchn, d->port);
    d->progress = false;
}

static void domain_refuse(struct conn *c)
{
    struct domain *d = (struct domain *)c;

    log_msg("domain %u sent what is no request: its ring is not served any more", d->domid);
    ring_fail(d->page, XENSTORE_ERROR_PROTO);
    d->progress = true;
}

static const struct transport ring_transport = {domain_read, domain_write, domain_settle,
                                                domain_refuse};

/* Domains are in no list of their own: the log's reader frees connections and knows no domains. */
static struct domain *first_from(struct conn *c)
{
    while (c && c->transport != &ring_transport)
        c = c->next;
    return (struct domain *)c;
}

static struct domain *first_domain(void)
{
    return first_from(conns);
}

static struct domain *next_domain(const struct domain *d)
{
    return first_from(d->conn.next);
}

static struct domain *find_domain(unsigned int domid)
{
    struct domain *d = first_domain();

    while (d && (d->domid != domid || d->released))
        d = next_domain(d);
    return d;
}

static void unmap_page(struct domain *d)
{
    if (d->page && d->by_grant)
        xengnttab_unmap(gnttab, d->page, 1);
    else if (d->page)
        munmap(d->page, PAGE);
    d->page = NULL;
}

/* The toolstack seeds a grant for us; older ones do not, then the frame number must do. */
static bool map_page(struct domain *d, unsigned long mfn)
{
    xen_pfn_t pfn = mfn;

    d->page =
        xengnttab_map_grant_ref(gnttab, d->domid, GNTTAB_RESERVED_XENSTORE, PROT_READ | PROT_WRITE);
    d->by_grant = d->page;
    if (!d->page)
        d->page = xenforeignmemory_map(foreign, d->domid, PROT_READ | PROT_WRITE, 1, &pfn, NULL);
    return d->page;
}

static bool bind_port(struct domain *d, unsigned int remote_port)
{
    if (d->port >= 0)
        xenevtchn_unbind(evtchn, d->port);
    d->port = xenevtchn_bind_interdomain(evtchn, d->domid, remote_port);
    d->remote_port = remote_port;
    return d->port >= 0;
}

struct conn *domain_adopt(struct state *s, unsigned int slot, unsigned int domid)
{
    struct domain *d = xcalloc(1, sizeof(*d));

    conn_init(&d->conn, &ring_transport, &s->slot[slot], slot, domid);
    d->domid = domid;
    d->port = -1;
    return &d->conn;
}

/* A new domain without page and port, or NULL: there are as many as can be. */
static struct domain *add_domain(unsigned int domid)
{
    for (unsigned int slot = SOCKET_SLOTS; slot < STATE_SLOTS; slot++)
        if (!conn_at(slot))
            return (struct domain *)domain_adopt(state, slot, domid);
    errno = ENOSPC;
    return NULL;
}

/*
 * Starts serving a ring, which is told by ring_start() when that is logged: what is in it already
 * was sent before we listened.
 */
static void start_ring(struct domain *d, unsigned long mfn)
{
    struct origin o = {mfn, d->domid, d->remote_port};

    ring_take_indices(d->page, d->conn.slot);
    conn_reset(&d->conn);
    conn_log_start(&d->conn, &o);
    d->conn.ready = true;
    d->progress = true;
}

/* The domain asked for a fresh start: who dies before it is acknowledged is asked again. */
static void restart_ring(struct domain *d)
{
    start_ring(d, d->conn.origin.mfn);
    journal_commit();
    ring_start(d->page);
}

static bool domain_is_alive(unsigned int domid)
{
    struct domstate now;

    return domstate_get(domstate, (domid_t)domid, &now) == 0 && now.exists && !now.dying;
}

int domain_introduce(unsigned int domid, unsigned long mfn, unsigned int port)
{
    struct domain *d = find_domain(domid);
    bool known = d;

    if (!evtchn)
        return ENOSYS;
    if (known && !domid)
        return EINVAL;
    if (!known) {
        if (!domain_is_alive(domid))
            return EINVAL;
        d = add_domain(domid);
        if (!d || !map_page(d, mfn) || !bind_port(d, port)) {
            log_msg("cannot introduce domain %u, frame %#lx, port %u: %s", domid, mfn, port,
                    strerror(errno));
            if (d)
                d->released = d->conn.dead = true;
            return EINVAL;
        }
    } else if (!(d->page || map_page(d, mfn)) || !bind_port(d, port)) {
        return EINVAL;
    }
    start_ring(d, mfn);
    ring_start(d->page);
    if (!known)
        store_fire_special(&store, SPECIAL_INTRODUCE);
    return 0;
}

/* The domain is gone, or is to be forgotten: nothing of it stays in the store. */
static void release(struct domain *d)
{
    d->released = true;
    conn_reset(&d->conn);
    d->conn.dead = true;
    d->conn.logged = false;
    tree_forget_domain(&store.tree, d->domid);
    journal_add(REC_FREE, d->conn.slot_nr, NULL, 0, NULL, 0);
    journal_add(REC_FORGET, NO_SLOT, &d->domid, sizeof(d->domid), NULL, 0);
    store_fire_special(&store, SPECIAL_RELEASE);
}

void domain_reap(void)
{
    struct domain *next;

    for (struct domain *d = first_domain(); d; d = next) {
        next = next_domain(d);
        if (!d->released)
            continue;
        if (d->port >= 0)
            xenevtchn_unbind(evtchn, d->port);
        unmap_page(d);
        conn_free(&d->conn);
    }
}

int domain_release(unsigned int domid)
{
    struct domain *d = find_domain(domid);

    if (!d)
        return ENOENT;
    release(d);
    return 0;
}

int domain_resume(unsigned int domid)
{
    struct domain *d = find_domain(domid);

    if (!d)
        return ENOENT;
    d->shutdown = false;
    return 0;
}

int domain_set_target(unsigned int domid, unsigned int target)
{
    struct domain *d = find_domain(domid);

    if (!d || !find_domain(target))
        return ENOENT;
    d->conn.client.who.target = (uint16_t)target;
    conn_log_client(&d->conn);
    return 0;
}

bool domain_introduced(unsigned int domid)
{
    return find_domain(domid);
}

/* VIRQ_DOM_EXC: some domain shut down or died; the hypervisor does not say which. */
static void look_for_deaths(void)
{
    bool fire = false;

    for (struct domain *d = first_domain(); d; d = next_domain(d)) {
        struct domstate now;

        if (!d->domid || d->released || domstate_get(domstate, (domid_t)d->domid, &now) < 0)
            continue;
        if (!now.exists || now.dying) {
            release(d);
        } else if (now.shutdown && !d->shutdown) {
            d->shutdown = true;
            fire = true;
        }
    }
    if (fire)
        store_fire_special(&store, SPECIAL_RELEASE);
}

static void evtchn_ready(struct source *s, uint32_t events)
{
    int port = xenevtchn_pending(evtchn);

    (void)s;
    (void)events;
    if (port < 0)
        return;
    xenevtchn_unmask(evtchn, port);
    if (port == dom_exc_port) {
        look_for_deaths();
        return;
    }
    for (struct domain *d = first_domain(); d; d = next_domain(d))
        if (d->port == port && !d->released) {
            if (ring_reconnect(d->page))
                restart_ring(d);
            d->conn.ready = true;
        }
}

/* A number in a one-line file, or -1. */
static long read_number(const char *path)
{
    FILE *f = fopen(path, "re");
    long n = -1;

    if (f) {
        if (fscanf(f, "%ld", &n) != 1)
            n = -1;
        fclose(f);
    }
    return n;
}

/* dom0's own kernel offers its page and port by a device, older ones by two files. */
static bool map_dom0(struct domain *d)
{
    void *page = MAP_FAILED;
    int fd = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC);
    long port = fd < 0 ? -1 : ioctl(fd, IOCTL_XENBUS_BACKEND_EVTCHN);

    if (port < 0) {
        if (fd >= 0)
            close(fd);
        fd = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);
        port = read_number("/proc/xen/xsd_port");
    }
    if (fd >= 0 && port >= 0)
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (page == MAP_FAILED)
        return false;
    d->page = page;
    return bind_port(d, (unsigned int)port);
}

static bool connect_dom0(void)
{
    struct domain *d = add_domain(0);

    if (!d || !map_dom0(d))
        return false;
    start_ring(d, 0);
    journal_commit();
    ring_start(d->page);
    return true;
}

/*
 * Serves a ring on from where the one before us stopped.  False: it cannot be; what the domain has
 * in the store stays until it dies, or another server has more luck.
 */
static bool resume_ring(struct domain *d)
{
    struct conn *c = &d->conn;
    bool mapped =
        d->domid ? map_page(d, c->origin.mfn) && bind_port(d, c->origin.port) : map_dom0(d);

    if (!mapped) {
        c->dead = true;
        return false;
    }
    if (ring_reconnect(d->page)) {
        restart_ring(d);
        return true;
    }
    ring_put_indices(d->page, c->slot);
    c->ready = true;
    d->progress = true; /* the last one may have died before it notified */
    return true;
}

/* Domains that the log tells of, and dom0 if it does not. */
static bool connect_domains(void)
{
    for (struct domain *d = first_domain(); d; d = next_domain(d)) {
        if (resume_ring(d))
            continue;
        if (!d->domid)
            return false;
        if (domain_is_alive(d->domid))
            log_msg("cannot serve domain %u any more: %s", d->domid, strerror(errno));
    }
    return find_domain(0) || connect_dom0();
}

int domain_init(struct state *s)
{
    state = s;
    evtchn = xenevtchn_open(NULL, 0);
    gnttab = xengnttab_open(NULL, 0);
    foreign = xenforeignmemory_open(NULL, 0);
    domstate = domstate_open();
    if (!evtchn || !gnttab || !foreign || !domstate) {
        log_msg("no %s: load the modules xen-evtchn, xen-gntdev and xen-privcmd, or start with "
                "--no-domain-init",
                !evtchn   ? "/dev/xen/evtchn"
                : !gnttab ? "/dev/xen/gntdev"
                          : "/dev/xen/privcmd");
        return -1;
    }
    if (!connect_domains()) {
        log_msg("dom0's kernel has no xenstore page: is /proc/xen (xenfs) mounted?");
        return -1;
    }
    dom_exc_port = xenevtchn_bind_virq(evtchn, VIRQ_DOM_EXC);
    if (dom_exc_port < 0) {
        log_msg("cannot bind VIRQ_DOM_EXC: %s; is another xenstored running?", strerror(errno));
        return -1;
    }
    evtchn_source = (struct source){.fd = xenevtchn_fd(evtchn), .ready = evtchn_ready};
    look_for_deaths(); /* nobody looked meanwhile */
    return loop_add(&evtchn_source, EPOLLIN);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transport of the xenstore client: one connection, requests one at a time, watch events queued.
 *
 * There is no helper thread.  Whoever waits for something reads the connection; messages for
 * others (a reply while a thread waits for watches, events while a thread waits for its reply)
 * are put where their owner finds them.  Whatever one read() brings is taken apart at once, so that
 * no whole message is ever in the handle where poll() cannot see it.  So that poll() on xs_fileno()
 * also sees events which were queued that way, the descriptor handed out is an epoll set of the
 * connection and an eventfd that is readable exactly while the queue is not empty.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/unconst.h"
#include "lib/xs_internal.h"
#include "lib/xs_post.h"

/* Posted requests that may be unanswered: below what makes any xenstored stop reading (256). */
#define POSTED_MAX 64
/* Posted requests are sent together, as soon as they have this many bytes. */
#define POSTED_BYTES 4096
#define MESSAGE_MAX  (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)

struct event {
    struct event *next;
    char *token; /* inside vec's block */
    char *vec[]; /* path, token; then the strings: what xs_read_watch() returns */
};

struct xs_handle {
    int fd;
    int poll_fd;  /* epoll set of fd and event_fd */
    int event_fd; /* readable while events is not empty */
    bool filter;  /* XS_UNWATCH_FILTER */
    bool socket;  /* not the kernel's device, which takes one message at a time */

    pthread_mutex_t request; /* held for a whole request: replies need no matching */
    pthread_mutex_t lock;    /* the rest */
    pthread_cond_t change;
    bool reading; /* some thread is inside read() */
    bool dead;    /* connection lost or nonsense received */
    struct xsd_sockmsg reply_hdr;
    char *reply; /* NULL: not come yet */
    struct event *events, **events_tail;
    char in[2 * MESSAGE_MAX]; /* the beginning of a message; only the thread that reads uses it */
    size_t in_len;

    bool posting;        /* see xs_post.h */
    unsigned int posted; /* requests whose replies nobody waits for, and have not come */
    char **values;       /* of a posted read: where the next one's reply goes */
    int post_error;      /* errno of the first that failed; 0: none */
    char out[POSTED_BYTES + MESSAGE_MAX];
    size_t out_len; /* posted requests that are not sent yet */
};

static int connect_socket(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(addr.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void connect_any(struct xs_handle *h)
{
    h->fd = connect_socket(xs_daemon_socket());
    h->socket = h->fd >= 0;
    if (h->fd < 0)
        h->fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
    if (h->fd < 0)
        h->fd = open("/proc/xen/xenbus", O_RDWR | O_CLOEXEC);
}

static int make_poll_set(struct xs_handle *h)
{
    struct epoll_event ev = {.events = EPOLLIN};

    h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    h->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (h->event_fd < 0 || h->poll_fd < 0)
        return -1;
    if (epoll_ctl(h->poll_fd, EPOLL_CTL_ADD, h->event_fd, &ev) < 0)
        return -1;
    return epoll_ctl(h->poll_fd, EPOLL_CTL_ADD, h->fd, &ev);
}

struct xs_handle *xs_open(unsigned long flags)
{
    struct xs_handle *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->poll_fd = h->event_fd = -1;
    h->filter = flags & XS_UNWATCH_FILTER;
    h->events_tail = &h->events;
    pthread_mutex_init(&h->request, NULL);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->change, NULL);
    connect_any(h);
    if (h->fd < 0 || make_poll_set(h) < 0) {
        int saved = errno;

        xs_close(h);
        errno = saved;
        return NULL;
    }
    return h;
}

void xs_close(struct xs_handle *h)
{
    struct event *e;

    if (!h)
        return;
    while ((e = h->events)) {
        h->events = e->next;
        free(e);
    }
    free(h->reply);
    if (h->poll_fd >= 0)
        close(h->poll_fd);
    if (h->event_fd >= 0)
        close(h->event_fd);
    if (h->fd >= 0)
        close(h->fd);
    pthread_mutex_destroy(&h->request);
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->change);
    free(h);
}

struct xs_handle *xs_daemon_open(void)
{
    return xs_open(0);
}

struct xs_handle *xs_domain_open(void)
{
    return xs_open(0);
}

struct xs_handle *xs_daemon_open_readonly(void)
{
    return xs_open(0);
}

void xs_daemon_close(struct xs_handle *h)
{
    xs_close(h);
}

void xs_daemon_destroy_postfork(struct xs_handle *h)
{
    xs_close(h);
}

int xs_fileno(struct xs_handle *h)
{
    return h->poll_fd;
}

/* Sockets must not raise SIGPIPE; the device node is no socket and wants write(). */
static bool send_all(int fd, const char *p, size_t len)
{
    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

        if (n < 0 && errno == ENOTSOCK)
            n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

/* Turns an event's payload, path nul token nul, into a queued event.  h->lock is held. */
static bool queue_event(struct xs_handle *h, const char *body, unsigned int len)
{
    size_t path_len = strnlen(body, len);
    struct event *e;
    char *str;

    if (path_len == len || body[len - 1] != '\0')
        return false;
    e = malloc(sizeof(*e) + 2 * sizeof(char *) + len);
    if (!e)
        return false;
    str = (char *)&e->vec[2];
    memcpy(str, body, len);
    e->next = NULL;
    e->vec[XS_WATCH_PATH] = str;
    e->vec[XS_WATCH_TOKEN] = e->token = str + path_len + 1;
    *h->events_tail = e;
    h->events_tail = &e->next;
    eventfd_write(h->event_fd, 1);
    return true;
}

static struct event *take_event(struct xs_handle *h)
{
    struct event *e = h->events;

    if (e) {
        h->events = e->next;
        if (!h->events) {
            eventfd_t ignored;

            h->events_tail = &h->events;
            eventfd_read(h->event_fd, &ignored);
        }
    }
    return e;
}

static int errno_of(const char *name)
{
    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (!strcmp(xsd_errors[i].errstring, name))
            return xsd_errors[i].errnum;
    return EIO;
}

/* What was to be removed may be gone already: who posts a removal does not mind. */
static bool may_fail(enum xsd_sockmsg_type type)
{
    return type == XS_RM || type == XS_UNWATCH;
}

/*
 * Replies come in the order of their requests, so posted ones are first.  Frees @body or gives it
 * to who reads.  h->lock is held.
 */
static void take_reply_to_posted(struct xs_handle *h, const struct xsd_sockmsg *hdr, char *body)
{
    h->posted--;
    if (h->values) {
        *h->values++ = hdr->type == XS_READ ? body : NULL;
        if (hdr->type == XS_READ)
            return;
    } else if (hdr->type == XS_ERROR && !may_fail(hdr->req_id) && !h->post_error) {
        h->post_error = errno_of(body);
    }
    free(body);
}

/* Gives a message to its owner; false if it is nonsense.  h->lock is held. */
static bool deliver(struct xs_handle *h, const struct xsd_sockmsg *hdr, const char *payload)
{
    char *body;

    if (hdr->type == XS_WATCH_EVENT)
        return queue_event(h, payload, hdr->len);
    if (!h->posted && h->reply)
        return false; /* two replies to one request */
    body = malloc(hdr->len + 1);
    if (!body)
        return false;
    memcpy(body, payload, hdr->len);
    body[hdr->len] = '\0';
    if (h->posted) {
        take_reply_to_posted(h, hdr, body);
        return true;
    }
    h->reply_hdr = *hdr;
    h->reply = body;
    return true;
}

/* Gives away all messages that are complete; false on nonsense.  h->lock is held. */
static bool deliver_all(struct xs_handle *h)
{
    size_t at = 0;
    bool ok = true;

    while (ok && h->in_len - at >= sizeof(struct xsd_sockmsg)) {
        struct xsd_sockmsg hdr;

        memcpy(&hdr, h->in + at, sizeof(hdr));
        if (hdr.len > XENSTORE_PAYLOAD_MAX)
            return false;
        if (h->in_len - at < sizeof(hdr) + hdr.len)
            break;
        ok = deliver(h, &hdr, h->in + at + sizeof(hdr));
        at += sizeof(hdr) + hdr.len;
    }
    memmove(h->in, h->in + at, h->in_len - at);
    h->in_len -= at;
    return ok;
}

/* Reads once, and gives what came to its owners.  h->lock is held, and dropped while reading. */
static void read_messages(struct xs_handle *h)
{
    ssize_t n;

    h->reading = true;
    pthread_mutex_unlock(&h->lock);
    do
        n = read(h->fd, h->in + h->in_len, sizeof(h->in) - h->in_len);
    while (n < 0 && errno == EINTR);
    pthread_mutex_lock(&h->lock);
    h->reading = false;

    h->in_len += n > 0 ? n : 0;
    if (n <= 0 || !deliver_all(h))
        h->dead = true;
    pthread_cond_broadcast(&h->change);
}

/* One step of waiting: read, or wait for the thread that reads.  h->lock is held. */
static void wait_message(struct xs_handle *h)
{
    if (h->reading)
        pthread_cond_wait(&h->change, &h->lock);
    else
        read_messages(h);
}

/* Takes the reply out of the handle; NULL with errno set for an error reply. */
static char *take_reply(struct xs_handle *h, enum xsd_sockmsg_type type, unsigned int *len)
{
    char *reply = h->reply;

    h->reply = NULL;
    if (!reply) {
        errno = EIO;
        return NULL;
    }
    if (h->reply_hdr.type == XS_ERROR) {
        int err = errno_of(reply);

        free(reply);
        errno = err;
        return NULL;
    }
    if (h->reply_hdr.type != type) {
        h->dead = true;
        free(reply);
        errno = EBADF;
        return NULL;
    }
    if (len)
        *len = h->reply_hdr.len;
    return reply;
}

/* Writes a whole request into @msg; its length, or 0 with errno when it is too long. */
static size_t build_request(char msg[MESSAGE_MAX], enum xsd_sockmsg_type type, xs_transaction_t t,
                            const struct iovec *piece, unsigned int n)
{
    /* The number comes back with the reply, which may be an error: then it tells of what. */
    struct xsd_sockmsg hdr = {.type = type, .req_id = type, .tx_id = t};
    char *p = msg + sizeof(hdr);

    for (unsigned int i = 0; i < n; i++) {
        if (piece[i].iov_len > (size_t)(msg + MESSAGE_MAX - p)) {
            errno = E2BIG;
            return 0;
        }
        memcpy(p, piece[i].iov_base, piece[i].iov_len);
        p += piece[i].iov_len;
    }
    hdr.len = p - msg - sizeof(hdr);
    memcpy(msg, &hdr, sizeof(hdr));
    return p - msg;
}

/* Sends what was posted, then waits until no reply is missing.  h->lock is held. */
static void settle_posted(struct xs_handle *h)
{
    if (!h->dead && !send_all(h->fd, h->out, h->out_len))
        h->dead = true;
    h->out_len = 0;
    while (h->posted && !h->dead)
        wait_message(h);
}

/* A request whose reply says no more than "OK". */
static bool can_be_posted(enum xsd_sockmsg_type type)
{
    return type == XS_WRITE || type == XS_MKDIR || type == XS_SET_PERMS || type == XS_WATCH ||
           may_fail(type);
}

/* h->lock is held. */
static void put_posted(struct xs_handle *h, const char *msg, size_t len)
{
    memcpy(h->out + h->out_len, msg, len); /* there is always room for one message */
    h->out_len += len;
    h->posted++;
    if (!h->socket || h->out_len >= POSTED_BYTES || h->posted >= POSTED_MAX)
        settle_posted(h);
}

static char *post(struct xs_handle *h, const char *msg, size_t len, unsigned int *reply_len)
{
    put_posted(h, msg, len);
    if (reply_len)
        *reply_len = sizeof("OK");
    errno = EIO;
    return h->dead ? NULL : strdup("OK");
}

char *xs_talk(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
              const struct iovec *piece, unsigned int n, unsigned int *len)
{
    char msg[MESSAGE_MAX], *reply;
    size_t msg_len = build_request(msg, type, t, piece, n);

    if (!msg_len)
        return NULL;
    pthread_mutex_lock(&h->request);
    pthread_mutex_lock(&h->lock);
    if (h->posting && can_be_posted(type)) {
        reply = post(h, msg, msg_len, len);
    } else {
        if (h->posted)
            settle_posted(h);
        if (!h->dead && !send_all(h->fd, msg, msg_len))
            h->dead = true;
        while (!h->reply && !h->dead)
            wait_message(h);
        reply = take_reply(h, type, len);
    }
    pthread_mutex_unlock(&h->lock);
    pthread_mutex_unlock(&h->request);
    return reply;
}

void xs_post_begin(struct xs_handle *h)
{
    pthread_mutex_lock(&h->request);
    h->posting = h->socket;
    pthread_mutex_unlock(&h->request);
}

bool xs_post_end(struct xs_handle *h)
{
    int error;

    pthread_mutex_lock(&h->request);
    pthread_mutex_lock(&h->lock);
    settle_posted(h);
    error = h->dead ? EIO : h->post_error;
    h->post_error = 0;
    h->posting = false;
    pthread_mutex_unlock(&h->lock);
    pthread_mutex_unlock(&h->request);
    if (error)
        errno = error;
    return !error;
}

bool xs_read_each(struct xs_handle *h, xs_transaction_t t, const char *const *path, unsigned int n,
                  char **value)
{
    char msg[MESSAGE_MAX];
    bool ok;

    memset(value, 0, n * sizeof(*value));
    pthread_mutex_lock(&h->request);
    pthread_mutex_lock(&h->lock);
    settle_posted(h);
    h->values = value;
    for (unsigned int i = 0; i < n; i++) {
        struct iovec piece = {.iov_base = unconst(path[i]), .iov_len = strlen(path[i]) + 1};
        size_t len = build_request(msg, XS_READ, t, &piece, 1);

        if (len) {
            put_posted(h, msg, len);
        } else { /* so long a path is no node's */
            settle_posted(h);
            h->values++;
        }
    }
    settle_posted(h);
    h->values = NULL;
    ok = !h->dead;
    pthread_mutex_unlock(&h->lock);
    pthread_mutex_unlock(&h->request);
    if (!ok)
        errno = EIO;
    return ok;
}

/* The caller frees the vector alone, so move it to the start of a block of its own. */
static char **event_vector(struct event *e)
{
    size_t path_len = strlen(e->vec[XS_WATCH_PATH]) + 1;
    size_t len = path_len + strlen(e->token) + 1;
    char **vec = malloc(2 * sizeof(char *) + len);

    if (vec) {
        memcpy(&vec[2], &e->vec[2], len);
        vec[XS_WATCH_PATH] = (char *)&vec[2];
        vec[XS_WATCH_TOKEN] = vec[XS_WATCH_PATH] + path_len;
    }
    free(e);
    return vec;
}

static bool has_input(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

char **xs_check_watch(struct xs_handle *h)
{
    struct event *e;
    bool dead;

    pthread_mutex_lock(&h->lock);
    while (!h->events && !h->dead && !h->reading && has_input(h->fd))
        read_messages(h);
    e = take_event(h);
    dead = h->dead;
    pthread_mutex_unlock(&h->lock);
    if (e)
        return event_vector(e);
    errno = dead ? EIO : EAGAIN;
    return NULL;
}

char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
    struct event *e;

    pthread_mutex_lock(&h->lock);
    while (!h->events && !h->dead)
        wait_message(h);
    e = take_event(h);
    pthread_mutex_unlock(&h->lock);
    if (!e) {
        errno = EIO;
        return NULL;
    }
    if (num)
        *num = 2;
    return event_vector(e);
}

void xs_forget_events(struct xs_handle *h, const char *path, const char *token)
{
    struct event *list, *e;
    int saved = errno;

    if (!h->filter)
        return;
    pthread_mutex_lock(&h->lock);
    list = h->events;
    while (take_event(h))
        ;
    while ((e = list)) {
        list = e->next;
        e->next = NULL;
        if (!strcmp(e->token, token) && xs_path_is_subpath(path, e->vec[XS_WATCH_PATH])) {
            free(e);
            continue;
        }
        *h->events_tail = e;
        h->events_tail = &e->next;
        eventfd_write(h->event_fd, 1);
    }
    pthread_mutex_unlock(&h->lock);
    errno = saved;
}

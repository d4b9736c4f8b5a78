/* SPDX-License-Identifier: BSD-2-Clause */
/* Xenstore client: byte ring, one outstanding request, watch events on the side. */
#include <front/boot.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/store.h>
#define EINVAL EINVAL /* xs_wire.h asks for the error names by #ifdef */
#include <xen/io/xs_wire.h>

static struct xenstore_domain_interface *ring;
static evtchn_port_t port;
static struct store_watch *watches;
static uint32_t next_id, next_token;

/* The message being received; payloads above the limit break the protocol, so never fit. */
static struct xsd_sockmsg msg;
static char payload[XENSTORE_PAYLOAD_MAX + 1];

static void woken(evtchn_port_t p, void *arg)
{
    (void)p;
    (void)arg;
}

long store_init(void)
{
    ring = env_map_mfn(boot_info->store_mfn);
    if (!ring)
        return -EFAULT;
    port = boot_info->store_evtchn;
    evtchn_set_handler(port, woken, NULL);
    return 0;
}

static unsigned readable(void)
{
    unsigned n = __atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE) - ring->rsp_cons;

    return n > XENSTORE_RING_SIZE ? 0 : n;
}

static unsigned writable(void)
{
    unsigned n = ring->req_prod - __atomic_load_n(&ring->req_cons, __ATOMIC_ACQUIRE);

    return n > XENSTORE_RING_SIZE ? 0 : XENSTORE_RING_SIZE - n;
}

static void wait_until(unsigned (*ready)(void), uint64_t until)
{
    bool masked = env_irq_save();

    while (!ready() && (!until || env_now() < until))
        env_wait(until);
    env_irq_restore(masked);
}

static void send_bytes(const void *data, size_t len)
{
    const char *p = data;

    while (len) {
        unsigned n;

        wait_until(writable, 0);
        for (n = writable(); n && len; n--, len--) {
            ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = *p++;
            __atomic_store_n(&ring->req_prod, ring->req_prod + 1, __ATOMIC_RELEASE);
        }
        evtchn_send(port);
    }
}

static void receive_bytes(void *data, size_t len)
{
    char *p = data;

    while (len) {
        unsigned n;

        wait_until(readable, 0);
        for (n = readable(); n && len; n--, len--) {
            *p++ = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
            __atomic_store_n(&ring->rsp_cons, ring->rsp_cons + 1, __ATOMIC_RELEASE);
        }
        evtchn_send(port);
    }
}

/* Receives one message into `msg` and `payload`; watch events are counted here. */
static void receive_message(void)
{
    const char *token;

    receive_bytes(&msg, sizeof(msg));
    if (msg.len > XENSTORE_PAYLOAD_MAX) {
        env_log("xenstore: message of %u bytes; the ring is lost", msg.len);
        boot_shutdown(SHUTDOWN_crash);
    }
    receive_bytes(payload, msg.len);
    payload[msg.len] = '\0';
    if (msg.type != XS_WATCH_EVENT)
        return;
    token = payload + strlen(payload) + 1;
    for (struct store_watch *w = watches; w; w = w->next)
        if (token < payload + msg.len && !strcmp(w->token, token))
            w->fired++;
}

static long error_number(const char *text)
{
    for (unsigned i = 0; i < array_size(xsd_errors); i++)
        if (!strcmp(xsd_errors[i].errstring, text))
            return -xsd_errors[i].errnum;
    return -EINVAL;
}

/* One request of up to three terminated or counted parts; leaves the reply in `payload`. */
struct part {
    const void *data;
    size_t len;
};

static long request(uint32_t type, uint32_t tx, const struct part *parts, unsigned n)
{
    struct xsd_sockmsg req = {.type = type, .req_id = ++next_id, .tx_id = tx};

    if (!ring)
        return -ENODEV;
    for (unsigned i = 0; i < n; i++)
        req.len += (uint32_t)parts[i].len;
    if (req.len > XENSTORE_PAYLOAD_MAX)
        return -E2BIG;
    send_bytes(&req, sizeof(req));
    for (unsigned i = 0; i < n; i++)
        send_bytes(parts[i].data, parts[i].len);
    do
        receive_message();
    while (msg.type == XS_WATCH_EVENT || msg.req_id != req.req_id);
    return msg.type == XS_ERROR ? error_number(payload) : (long)msg.len;
}

static struct part string(const char *s)
{
    return (struct part){s, strlen(s) + 1};
}

static void join(char *path, const char *dir, const char *node)
{
    front_snprintf(path, STORE_PATH_MAX, node ? "%s/%s" : "%s", dir, node);
}

static long copy_reply(long len, char *buf, size_t size)
{
    if (len < 0)
        return len;
    if ((size_t)len >= size)
        return -ENOSPC;
    memcpy(buf, payload, (size_t)len + 1);
    return len;
}

long store_read(const char *dir, const char *node, char *buf, size_t size)
{
    char path[STORE_PATH_MAX];
    struct part p;

    join(path, dir, node);
    p = string(path);
    return copy_reply(request(XS_READ, 0, &p, 1), buf, size);
}

uint64_t store_read_u64(const char *dir, const char *node, uint64_t missing)
{
    char text[24];
    const char *end;
    uint64_t v;

    if (store_read(dir, node, text, sizeof(text)) <= 0)
        return missing;
    v = str_u64(text, &end);
    return *end || end == text ? missing : v;
}

long store_list(const char *dir, char *buf, size_t size)
{
    struct part p = string(dir);

    return copy_reply(request(XS_DIRECTORY, 0, &p, 1), buf, size);
}

long store_write(uint32_t tx, const char *dir, const char *node, const char *value)
{
    char path[STORE_PATH_MAX];
    struct part p[2];
    long rc;

    join(path, dir, node);
    p[0] = string(path);
    p[1] = (struct part){value, strlen(value)};
    rc = request(XS_WRITE, tx, p, 2);
    return rc < 0 ? rc : 0;
}

long store_remove(const char *path)
{
    struct part p = string(path);
    long rc = request(XS_RM, 0, &p, 1);

    return rc < 0 ? rc : 0;
}

long store_tx_start(void)
{
    struct part p = string("");
    long rc = request(XS_TRANSACTION_START, 0, &p, 1);

    return rc < 0 ? rc : (long)str_u64(payload, NULL);
}

long store_tx_end(uint32_t tx, bool commit)
{
    struct part p = string(commit ? "T" : "F");
    long rc = request(XS_TRANSACTION_END, tx, &p, 1);

    return rc < 0 ? rc : 0;
}

long store_watch(const char *path, struct store_watch *w)
{
    struct part p[2];
    long rc;

    front_snprintf(w->token, sizeof(w->token), "w%u", ++next_token);
    w->fired = 0;
    w->next = watches;
    watches = w;
    p[0] = string(path);
    p[1] = string(w->token);
    rc = request(XS_WATCH, 0, p, 2);
    if (rc < 0)
        watches = w->next;
    return rc < 0 ? rc : 0;
}

long store_unwatch(const char *path, struct store_watch *w)
{
    struct part p[2] = {string(path), string(w->token)};
    long rc = request(XS_UNWATCH, 0, p, 2);

    for (struct store_watch **q = &watches; *q; q = &(*q)->next)
        if (*q == w) {
            *q = w->next;
            break;
        }
    return rc < 0 ? rc : 0;
}

void store_poll(uint64_t until)
{
    if (!ring)
        return;
    if (until > env_now())
        wait_until(readable, until);
    while (readable())
        receive_message();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-test of every front-end against whatever back-end is there; TAP on the console. */
#include "guest.h"
#include <front/blkfront.h>
#include <front/boot.h>
#include <front/console.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/store.h>

#define DEPTH 16

static unsigned count, failed;

static bool check(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool check(bool good, const char *fmt, ...)
{
    char text[120];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    failed += !good;
    env_log("%s %u - %s", good ? "ok" : "not ok", ++count, text);
    return good;
}

static void test_time(void)
{
    uint64_t start = env_now();
    bool masked = env_irq_save();

    while (env_now() < start + 20000000)
        env_wait(start + 20000000);
    env_irq_restore(masked);
    check(env_now() >= start + 20000000 && env_now() < start + 2 * SECOND, "timer wait of 20 ms");
}

static void test_grants(void)
{
    void *page = env_page_alloc();
    long ref = gnttab_grant(0, page, true);

    check(ref > 0, "grant a page");
    check(!gnttab_end((uint32_t)ref), "take it back");
    env_page_free(page);
}

static void test_store(void)
{
    char text[128];
    long rc, tx;
    struct store_watch w = {0};

    rc = store_read("name", NULL, text, sizeof(text));
    check(rc > 0, "store: own name '%s'", rc > 0 ? text : "");
    check(store_read("no/such/node", NULL, text, sizeof(text)) == -ENOENT, "store: missing node");
    check(store_write(0, "/local", "x", "1") == -EACCES, "store: foreign node is refused");
    check(!store_watch("data", &w), "store: watch");
    check(!store_write(0, "data", "mini", "hello"), "store: write");
    store_poll(env_now() + SECOND);
    check(w.fired >= 2, "store: watch fired (%u)", w.fired);
    rc = store_read("data", "mini", text, sizeof(text));
    check(rc == 5 && !strcmp(text, "hello"), "store: read back");
    tx = store_tx_start();
    check(tx > 0, "store: transaction");
    check(!store_write((uint32_t)tx, "data", "mini", "other"), "store: write in it");
    check(!store_tx_end((uint32_t)tx, false), "store: abort");
    rc = store_read("data", "mini", text, sizeof(text));
    check(rc == 5 && !strcmp(text, "hello"), "store: nothing changed");
    check(!store_remove("data/mini"), "store: remove");
    check(!store_unwatch("data", &w), "store: unwatch");
}

static struct blk_request requests[DEPTH];

static void alloc_pages(void)
{
    for (unsigned i = 0; i < DEPTH; i++)
        for (unsigned p = 0; p < BLK_REQUEST_PAGES; p++)
            if (!requests[i].page[p])
                requests[i].page[p] = env_page_alloc();
}

static uint64_t word(uint64_t sector, unsigned i)
{
    return (sector * 0x9e3779b97f4a7c15) ^ (i * 0x100000001b3ull);
}

static void each_word(struct blk_request *r, unsigned *wrong)
{
    for (unsigned p = 0; p < r->pages; p++)
        for (unsigned i = 0; i < PAGE_SIZE / 8; i++) {
            uint64_t *w = (uint64_t *)r->page[p] + i, want = word(r->sector + p * 8, i);

            if (!wrong)
                *w = want;
            else
                *wrong += *w != want;
        }
}

/* All requests of a depth-DEPTH sweep; number of failed ones, time in *ns. */
static unsigned sweep(struct blkfront *b, uint8_t op, uint64_t *ns)
{
    unsigned bad = 0;
    uint64_t start;

    for (unsigned i = 0; i < DEPTH; i++) {
        struct blk_request *r = &requests[i];

        r->op = op;
        r->pages = BLK_REQUEST_PAGES;
        r->sector = (uint64_t)i * BLK_REQUEST_PAGES * 8;
        if (op == BLKIF_OP_WRITE)
            each_word(r, NULL);
        else
            for (unsigned p = 0; p < r->pages; p++)
                memset(r->page[p], 0xee, PAGE_SIZE);
    }
    start = env_now();
    for (unsigned i = 0; i < DEPTH; i++)
        while (blkfront_submit(b, &requests[i]) == -EAGAIN)
            blkfront_wait(b, &requests[0]);
    for (unsigned i = 0; i < DEPTH; i++)
        bad += blkfront_wait(b, &requests[i]) != 0;
    *ns = env_now() - start;
    return bad;
}

static void report_rate(const char *what, uint64_t ns)
{
    uint64_t bytes = DEPTH * BLK_REQUEST_PAGES * PAGE_SIZE;

    env_log("# %s: %lu KiB in %lu us, %lu KiB/s", what, bytes / 1024, ns / 1000,
            bytes * 1000000 / (ns / 1000 + 1) / 1024);
}

static void test_write(struct blkfront *b)
{
    uint64_t ns;
    unsigned wrong = 0;

    check(sweep(b, BLKIF_OP_WRITE, &ns) == 0, "disk: 16 writes of 44 KiB at once");
    report_rate("write", ns);
    if (b->flush)
        check(!blkfront_do(b, &(struct blk_request){.op = BLKIF_OP_FLUSH_DISKCACHE}),
              "disk: flush");
    check(sweep(b, BLKIF_OP_READ, &ns) == 0, "disk: read them back");
    report_rate("read", ns);
    for (unsigned i = 0; i < DEPTH; i++)
        each_word(&requests[i], &wrong);
    check(!wrong, "disk: content is right (%u words wrong)", wrong);
    if (b->discard)
        check(!blkfront_do(b, &(struct blk_request){.op = BLKIF_OP_DISCARD, .sectors = 8}),
              "disk: discard");
}

static void test_disk(void)
{
    static struct blkfront b;
    struct blk_request r = {.op = BLKIF_OP_READ, .pages = 1};
    uint64_t ns;
    long rc = blkfront_open(&b, 0);

    if (rc == -ENOENT) {
        env_log("ok %u - disk # SKIP there is none", ++count);
        return;
    }
    if (!check(!rc, "disk: connect (%ld)", rc))
        return;
    env_log("# disk of %lu sectors%s%s%s", b.sectors, b.read_only ? ", read-only" : "",
            b.flush ? ", flush" : "", b.discard ? ", discard" : "");
    alloc_pages();
    if (b.sectors < DEPTH * BLK_REQUEST_PAGES * 8)
        env_log("ok %u - disk # SKIP too small", ++count);
    else if (b.read_only)
        check(sweep(&b, BLKIF_OP_READ, &ns) == 0, "disk: 16 reads of 44 KiB at once");
    else
        test_write(&b);
    r.page[0] = requests[0].page[0];
    r.sector = b.sectors;
    check(blkfront_do(&b, &r) == -EIO, "disk: read beyond the end is refused");
    r.op = BLKIF_OP_WRITE;
    r.sector = b.read_only ? 0 : b.sectors;
    check(blkfront_do(&b, &r) == -EIO, "disk: forbidden write is refused");
    r.op = 77;
    r.sector = 0;
    check(blkfront_do(&b, &r) != 0, "disk: unknown operation is refused");
    r.op = BLKIF_OP_READ;
    check(!blkfront_do(&b, &r), "disk: a good read still works");
    blkfront_close(&b);
    check(true, "disk: close");
}

static void test_net(void)
{
    static struct netfront nic;
    struct ip_host h;
    unsigned back = 0;
    uint64_t total = 0;

    if (!guest_network(&nic, &h)) {
        env_log("ok %u - network # SKIP no NIC or no ip=", ++count);
        return;
    }
    env_log("# mac %02x:%02x:%02x:%02x:%02x:%02x", nic.mac[0], nic.mac[1], nic.mac[2], nic.mac[3],
            nic.mac[4], nic.mac[5]);
    check(true, "network: connect");
    if (h.peer && check(!ip_resolve(&h, 10 * SECOND), "network: peer answers ARP")) {
        for (uint16_t i = 1; i <= 20; i++) {
            long rtt = ip_ping(&h, i, i & 1 ? 56 : 1400, 2 * SECOND);

            back += rtt >= 0;
            total += rtt >= 0 ? (uint64_t)rtt : 0;
        }
        check(back >= 19, "network: %u of 20 pings came back", back);
        env_log("# round trip %lu us", back ? total / back / 1000 : 0);
    }
    netfront_close(&nic);
    check(true, "network: close");
}

void mode_selftest(void)
{
    env_log("TAP version 13");
    evtchn_irq_restore(false);
    test_time();
    test_grants();
    if (!boot_is_dom0()) {
        test_store();
        test_disk();
        test_net();
    }
    env_log("1..%u", count);
    env_log("outcome: %s (%u checks, %u failed)", failed ? "failure" : "success", count, failed);
    boot_shutdown(boot_is_dom0() ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

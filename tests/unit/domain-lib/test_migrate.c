/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each end of a migration against every way in which the other end, or the line, can fail: its
 * input is cut after each byte, its output refused after each byte.  Whatever happens, at most one
 * copy runs; and none is given up but to one that runs.
 */
#include <errno.h>
#include <stdlib.h>

#include "domain/live.h"
#include "domain/migrate.h"
#include "domain/relocate.h"
#include "domain/save.h"
#include "domain_test.h"

#define GUEST "name='g'; vif=['bridge=xenbr0']"

/* What the ends say, in full */
static const char banner[] = "xl migration receiver ready, send binary domain data.\n";
static const char received[] = "domain received, ready to unpause";
static const char go[] = "domain is yours, you are cleared to unpause";
static const char report[] = "my copy unpause results are as follows";

struct line {
    char data[16384];
    size_t len, at, room;
};
static struct line incoming, outgoing;

static ssize_t read_line(void *ctx, void *data, size_t len)
{
    struct line *l = ctx;
    size_t n = len < l->len - l->at ? len : l->len - l->at;

    memcpy(data, l->data + l->at, n);
    l->at += n;
    return n;
}

/* What has room goes out, as on a real line. */
static int write_line(void *ctx, struct iovec *iov, unsigned int n)
{
    struct line *l = ctx;

    for (unsigned int i = 0; i < n; i++) {
        size_t room = l->room - l->len, len = iov[i].iov_len < room ? iov[i].iov_len : room;

        if (len)
            memcpy(l->data + l->len, iov[i].iov_base, len);
        l->len += len;
        if (len < iov[i].iov_len) {
            errno = EPIPE;
            return -1;
        }
    }
    return 0;
}

static struct stream_in in = {.read = read_line, .ctx = &incoming, .fail = &ts.fail};
static struct stream_out out = {.write = write_line, .ctx = &outgoing, .fail = &ts.fail};

static void hear(const void *data, size_t len)
{
    memcpy(incoming.data + incoming.len, data, len);
    incoming.len += len;
}

static void fresh(size_t room)
{
    incoming.at = outgoing.len = 0;
    outgoing.room = room;
    in.bytes = out.bytes = 0;
    ts.fail.text[0] = '\0';
}

/* All that a receiver says which ends so: 0 well, else badly, its copy gone. */
static void receiver_says(uint8_t status)
{
    incoming.len = 0;
    hear(banner, sizeof(banner) - 1);
    hear(received, sizeof(received));
    hear(report, sizeof(report));
    hear(&status, 1);
    if (status)
        hear(go, sizeof(go));
}

static const struct live_options *live; /* NULL: it stands still */
static bool renamed;                    /* by a relocation server */
static enum migrate_end send(void)
{
    struct conf *conf = save_config_of(&ts, 1);
    struct migration m = {.domid = 1, .conf = conf, .live = live, .rename = renamed};
    enum migrate_end end;

    cr_assert_not_null(conf, "%s", ts.fail.text);
    end = migrate_send(&ts, &m, &in, &out);
    conf_free(conf);
    return end;
}

static void guest_runs(void)
{
    if (!fake_domain(1))
        cr_assert_eq(start(GUEST), 1, "%s", ts.fail.text);
    fake_domain(1)->flags &= ~(XEN_DOMINF_shutdown | 255u << XEN_DOMINF_shutdownshift);
    fake_node_set("g", "/local/domain/1/name");
    fake_on_write = fake_good_guests;
}

static void begin_sender(void)
{
    begin();
    guest_runs();
}

static bool suspended(void)
{
    return fake_domain(1) && fake_domain(1)->flags & XEN_DOMINF_shutdown;
}

/* The source's state is what the end says; @went: has any byte of the fourth message gone out? */
static void check_source(enum migrate_end end, bool went, bool told_good, bool told_bad)
{
    switch (end) {
    case MIGRATE_DONE:
        cr_assert(told_good, "given up without being told that the other one runs");
        cr_assert_null(fake_domain(1));
        break;
    case MIGRATE_HERE:
        cr_assert(!went || told_bad, "goes on though the other one may run");
        cr_assert(fake_domain(1) && !suspended());
        cr_assert_str_eq(fake_node("/local/domain/1/name"), "g");
        cr_assert_neq(ts.fail.text[0], '\0');
        break;
    case MIGRATE_ALONE:
        cr_assert(went, "left suspended though the other one cannot run");
        cr_assert(suspended());
        cr_assert_str_eq(fake_node("/local/domain/1/name"), "g--migratedaway");
        cr_assert_neq(ts.fail.text[0], '\0');
    }
}

Test(migrate, sends, .init = begin_sender)
{
    receiver_says(0);
    fresh(sizeof(outgoing.data));
    cr_assert_eq(send(), MIGRATE_DONE, "%s", ts.fail.text);
    cr_assert_null(fake_domain(1));
    cr_assert_eq(memcmp(outgoing.data, "Xen saved domain", 16), 0);
    cr_assert_eq(memcmp(outgoing.data + outgoing.len - sizeof(go), go, sizeof(go)), 0);
}

static bool said_go(void)
{
    return outgoing.len >= sizeof(go) &&
           memcmp(outgoing.data + outgoing.len - sizeof(go), go, sizeof(go)) == 0;
}

static void cut_input(uint8_t status)
{
    size_t whole;

    receiver_says(status);
    whole = incoming.len;
    for (size_t len = 0; len <= whole; len++) {
        enum migrate_end end;

        guest_runs();
        incoming.len = len;
        fresh(sizeof(outgoing.data));
        end = send();
        check_source(end, said_go(), len == whole && !status, len == whole && status);
    }
}

Test(migrate, receiver_goes_away_at_any_byte, .init = begin_sender)
{
    cut_input(0);
    cut_input(3);
}

/* Of one that runs while it is sent, which is not resumed if it was never suspended. */
Test(migrate, live_receiver_goes_away_at_any_byte, .init = begin_sender)
{
    static const struct live_options options;

    live = &options;
    cut_input(0);
    cut_input(3);
}

static bool seen_migrating;
static void watch_name(const char *path)
{
    const char *name = fake_node("/local/domain/1/name");

    seen_migrating |= name && strcmp(name, "migrating-g") == 0;
    fake_good_guests(path);
}

/* xm's: under another name meanwhile, and its own again whatever happens. */
Test(migrate, relocation_is_cut_at_any_byte, .init = begin_sender)
{
    static const struct live_options options;

    live = &options;
    renamed = true;
    cut_input(0);
    cut_input(3);
    guest_runs();
    fake_on_write = watch_name;
    fresh(sizeof(outgoing.data));
    receiver_says(0);
    cr_assert_eq(send(), MIGRATE_DONE, "%s", ts.fail.text);
    cr_assert(seen_migrating);
    cr_assert_not_null(strstr(outgoing.data + 52, "\"name\":\"g\""), "%s", outgoing.data + 52);
}

Test(migrate, sending_fails_at_any_byte, .init = begin_sender)
{
    size_t whole;

    receiver_says(0);
    fresh(sizeof(outgoing.data));
    send();
    whole = outgoing.len;
    for (size_t room = 0; room < whole; room++) {
        enum migrate_end end;

        guest_runs();
        fresh(room);
        end = send();
        /* the first byte of the last message may be lost on the way: then nobody runs it */
        check_source(end, room >= whole - sizeof(go), false, false);
    }
}

/* At whatever of its own calls the sender fails, too. */
Test(migrate, sender_fails_at_any_call, .init = begin_sender)
{
    unsigned int total;

    receiver_says(0);
    fresh(sizeof(outgoing.data));
    fake_fail(0);
    send();
    total = fake_calls();
    for (unsigned int n = 1; n <= total; n++) {
        enum migrate_end end;
        bool went;

        fake_fail(0);
        guest_runs();
        fresh(sizeof(outgoing.data));
        fake_fail(n);
        end = send();
        fake_fail(0);
        went = said_go();
        cr_assert(end != MIGRATE_HERE || (!went && !suspended()), "call %u: two may run", n);
        cr_assert(end != MIGRATE_DONE || went, "call %u: none runs", n);
    }
}

Test(migrate, wrong_words, .init = begin_sender)
{
    size_t whole;

    receiver_says(0);
    whole = incoming.len;
    for (size_t i = 0; i < whole - 1; i++) {
        enum migrate_end end;

        guest_runs();
        fresh(sizeof(outgoing.data));
        incoming.data[i] ^= 1;
        end = send();
        incoming.data[i] ^= 1;
        cr_assert_neq(end, MIGRATE_DONE, "byte %zu", i);
        check_source(end, end == MIGRATE_ALONE, false, false);
    }
}

/* ---- the other end ---- */

static size_t go_at; /* where the fourth message begins */

static void sender_says(void)
{
    incoming.len = 0;
    begin_sender();
    receiver_says(0);
    fresh(sizeof(outgoing.data));
    cr_assert_eq(send(), MIGRATE_DONE, "%s", ts.fail.text);
    incoming.len = 0;
    hear(outgoing.data, outgoing.len);
    go_at = incoming.len - sizeof(go);
}

static int receive(void)
{
    uint32_t domid;

    return migrate_receive(&ts, false, &in, &out, &domid);
}

static bool runs_here(void)
{
    return fake_domain(1) && !(fake_domain(1)->flags & XEN_DOMINF_paused);
}

Test(migrate, receives, .init = sender_says)
{
    fresh(sizeof(outgoing.data));
    cr_assert_eq(receive(), 0, "%s", ts.fail.text);
    cr_assert(runs_here());
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g");
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "name = \"g\""));
    cr_assert_eq(outgoing.data[outgoing.len - 1], 0);
    receiver_says(0);
    cr_assert_eq(outgoing.len, incoming.len);
    cr_assert_eq(memcmp(outgoing.data, incoming.data, incoming.len), 0);
}

/* The guest stands still from some byte of its memory on: all of its devices are ready by then. */
Test(migrate, devices_are_ready_before_it_comes, .init = sender_says)
{
    fake_file("scripts.log", "");
    incoming.len = go_at - 1; /* in the word that is its memory */
    fresh(sizeof(outgoing.data));
    assert_fails_with(receive(), "in the memory");
    cr_assert_str_eq(fake_read("scripts.log"),
                     "vif-bridge online vif1.0\nvif-bridge offline vif1.0\n");
}

Test(migrate, sender_goes_away_at_any_byte, .init = sender_says)
{
    size_t whole = incoming.len;
    unsigned int nodes = fake_node_count("/");

    for (size_t len = 0; len < whole; len++) {
        incoming.len = len;
        fresh(sizeof(outgoing.data));
        cr_assert_eq(receive(), -1, "byte %zu", len);
        cr_assert_eq(fake_domain_count(), 1, "byte %zu leaves a domain", len);
        cr_assert_eq(fake_node_count("/"), nodes, "byte %zu leaves nodes", len);
        cr_assert_neq(ts.fail.text[0], '\0');
        if (len >= go_at) /* it says so, after its copy is gone */
            cr_assert_eq(memcmp(outgoing.data + outgoing.len - sizeof(go), go, sizeof(go)), 0);
    }
}

Test(migrate, answering_fails_at_any_byte, .init = sender_says)
{
    size_t whole;

    fresh(sizeof(outgoing.data));
    receive();
    whole = outgoing.len;
    teardown(&ts, 1);
    for (size_t room = 0; room < whole; room++) {
        int ret;

        fresh(room);
        ret = receive();
        /* only when it was told so, and that it said it can still be lost: the sender waits */
        cr_assert_eq(runs_here(), ret == 0);
        cr_assert(ret == 0 || fake_domain_count() == 1);
        cr_assert_eq(ret == 0, room >= sizeof(banner) - 1 + sizeof(received));
        if (ret == 0)
            teardown(&ts, 1);
    }
}

/* A copy that cannot run is gone before the sender hears of it, and it hears that it failed. */
Test(migrate, receiver_fails_at_any_call, .init = sender_says)
{
    unsigned int total, nodes = fake_node_count("/");

    fresh(sizeof(outgoing.data));
    fake_fail(0);
    receive();
    total = fake_calls();
    teardown(&ts, 1);
    for (unsigned int n = 1; n <= total; n++) {
        fresh(sizeof(outgoing.data));
        fake_fail(n);
        cr_assert_eq(receive(), -1, "call %u may fail unnoticed", n);
        fake_fail(0);
        cr_assert_eq(fake_domain_count(), 1, "call %u leaves a domain", n);
        cr_assert_eq(fake_node_count("/"), nodes, "call %u leaves nodes", n);
        if (incoming.at == incoming.len) {
            cr_assert_neq(outgoing.data[outgoing.len - sizeof(go) - 1], 0);
            cr_assert_eq(memcmp(outgoing.data + outgoing.len - sizeof(go), go, sizeof(go)), 0);
        }
    }
}

Test(migrate, name_is_taken_here, .init = sender_says)
{
    cr_assert_eq(start(GUEST), 1, "%s", ts.fail.text);
    fresh(sizeof(outgoing.data));
    assert_fails_with(receive(), "already exists here");
    cr_assert(runs_here());
}

/* ---- relocation's greeting ---- */

Test(migrate, greeting, .init = begin)
{
    fresh(sizeof(outgoing.data));
    incoming.len = 0;
    hear("receive\nmore", 12);
    cr_assert_eq(relocate_answer(&in, &out), 0, "%s", ts.fail.text);
    cr_assert_eq(incoming.at, 8, "what follows is the domain's");
    incoming.len = 0;
    hear(outgoing.data, outgoing.len);
    fresh(sizeof(outgoing.data));
    cr_assert_eq(relocate_greet(&in, &out), 0, "%s", ts.fail.text);
    cr_assert_eq(memcmp(outgoing.data, "receive\n", 8), 0);
    incoming.len = 0;
    hear("GET / HTTP/1.1\r\n", 16);
    fresh(sizeof(outgoing.data));
    assert_fails_with(relocate_answer(&in, &out), "does not relocate");
    fresh(sizeof(outgoing.data));
    assert_fails_with(relocate_greet(&in, &out), "does not relocate");
    fresh(3);
    assert_fails_with(relocate_greet(&in, &out), "cannot write");
}

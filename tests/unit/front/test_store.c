/* SPDX-License-Identifier: BSD-2-Clause */
/* Xenstore client and xenbus handshake against a store on the real ring. */
#include "fake.h"
#include <front/store.h>
#include <front/xenbus.h>
#include <criterion/criterion.h>

static void start(void)
{
    fake_reset();
    cr_assert_eq(store_init(), 0);
}

TestSuite(store, .init = start);

Test(store, read_write)
{
    char buf[64];

    fake_store_set("name", "mini");
    cr_assert_eq(store_read("name", NULL, buf, sizeof(buf)), 4);
    cr_assert_str_eq(buf, "mini");
    cr_assert_eq(store_read("no", "node", buf, sizeof(buf)), -ENOENT);
    cr_assert_eq(store_read("name", NULL, buf, 4), -ENOSPC);
    cr_assert_eq(store_write(0, "data", "x", "value"), 0);
    cr_assert_str_eq(fake_store_get("data/x"), "value");
}

/* 300 messages of some 60 bytes each go several times around both rings of 1024 bytes. */
Test(store, wrap_around)
{
    char value[32], buf[64];

    for (unsigned i = 0; i < 300; i++) {
        front_snprintf(value, sizeof(value), "value-%u-of-many", i);
        cr_assert_eq(store_write(0, "data", "x", value), 0);
        cr_assert_eq(store_read("data", "x", buf, sizeof(buf)), (long)strlen(value));
        cr_assert_str_eq(buf, value);
    }
}

Test(store, numbers)
{
    fake_store_set("a", "42");
    fake_store_set("b", "4x");
    fake_store_set("c", "");
    cr_assert_eq(store_read_u64("a", NULL, 7), 42);
    cr_assert_eq(store_read_u64("b", NULL, 7), 7);
    cr_assert_eq(store_read_u64("c", NULL, 7), 7);
    cr_assert_eq(store_read_u64("d", NULL, 7), 7);
}

Test(store, watches)
{
    struct store_watch w = {0}, other = {0};

    cr_assert_eq(store_watch("data", &w), 0);
    cr_assert_eq(store_watch("elsewhere", &other), 0);
    store_poll(0);
    fake_store_set("data/y", "1");
    store_poll(env_now() + 1000000);
    cr_assert_geq(w.fired, 2);
    cr_assert_leq(other.fired, 1);
    cr_assert_eq(store_unwatch("data", &w), 0);
    cr_assert_eq(store_unwatch("elsewhere", &other), 0);
}

Test(store, waits_no_longer_than_told)
{
    uint64_t until = env_now() + 5000000;

    store_poll(until);
    cr_assert_geq(env_now(), until);
}

static void back_end_connects(void)
{
    const char *state = fake_store_get("device/vbd/0/state");

    if (state && !strcmp(state, "3") && strcmp(fake_store_get("back/state"), "4"))
        fake_store_set("back/state", "4");
}

Test(store, handshake)
{
    struct xenbus_device d = {0};
    struct xenbus_key key;

    fake_device("vbd");
    fake_notified = back_end_connects;
    fake_store_again = 2; /* the transaction must be repeated */
    xenbus_key_u64(&key, "ring-ref", 8);
    cr_assert_eq(xenbus_open(&d, "vbd", 0), 0);
    cr_assert_str_eq(d.front, "device/vbd/0");
    cr_assert_eq(xenbus_wait(&d, 1u << XenbusStateInitWait, XENBUS_PATIENCE), XenbusStateInitWait);
    cr_assert_eq(xenbus_connect(&d, &key, 1, XenbusStateInitialised), 0);
    cr_assert_str_eq(fake_store_get("device/vbd/0/ring-ref"), "8");
    cr_assert_str_eq(fake_store_get("device/vbd/0/state"), "4");
    cr_assert_eq(xenbus_open(&d, "vbd", 1), -ENOENT);
    cr_assert_eq(xenbus_open(&d, "vif", 0), -ENOENT);
}

Test(store, absent_back_end)
{
    struct xenbus_device d = {0};
    uint64_t before = env_now();

    fake_device("vbd");
    cr_assert_eq(xenbus_open(&d, "vbd", 0), 0);
    cr_assert_eq(xenbus_connect(&d, NULL, 0, XenbusStateInitialised), -ETIME);
    cr_assert_geq(env_now() - before, XENBUS_PATIENCE);
}

Test(store, refusing_back_end)
{
    struct xenbus_device d = {0};

    fake_device("vbd");
    fake_store_set("back/state", "5");
    cr_assert_eq(xenbus_open(&d, "vbd", 0), 0);
    cr_assert_eq(xenbus_connect(&d, NULL, 0, XenbusStateInitialised), -ECONNREFUSED);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the modes share: the command line, devices, and the shutdown request. */
#include "guest.h"
#include <front/boot.h>
#include <front/console.h>
#include <front/env.h>
#include <front/gnttab.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/store.h>

static struct store_watch shutdown_watch;
static unsigned shutdown_seen;

uint64_t guest_number(const char *key, uint64_t missing)
{
    size_t len;
    const char *text = boot_option(key, &len);

    return text && len ? str_u64(text, NULL) : missing;
}

static uint32_t guest_ip(const char *key)
{
    size_t len;
    const char *text = boot_option(key, &len);

    return text ? ip_parse(text, len) : 0;
}

bool guest_network(struct netfront *nic, struct ip_host *h)
{
    long rc;

    *h = (struct ip_host){.nic = nic, .address = guest_ip("ip"), .peer = guest_ip("peer")};
    if (!h->address)
        return false;
    rc = netfront_open(nic, 0);
    if (rc)
        env_log("mini: no network: error %ld", rc);
    return !rc;
}

void guest_init(void)
{
    console_init();
    hc_vcpu_op(VCPUOP_stop_periodic_timer, cpu_id(), NULL);
    if (gnttab_init())
        env_log("mini: no grant table");
    if (boot_is_dom0() || store_init())
        return;
    store_write(0, "control", "feature-poweroff", "1");
    store_write(0, "control", "feature-reboot", "1");
    if (!store_watch("control/shutdown", &shutdown_watch))
        guest_poll(0);
}

void guest_poll(uint64_t until)
{
    char text[16];

    store_poll(until);
    if (shutdown_watch.fired == shutdown_seen)
        return;
    shutdown_seen = shutdown_watch.fired;
    if (store_read("control", "shutdown", text, sizeof(text)) <= 0)
        return;
    store_write(0, "control", "shutdown", "");
    env_log("mini: asked to %s", text);
    if (!strcmp(text, "poweroff") || !strcmp(text, "halt"))
        boot_shutdown(SHUTDOWN_poweroff);
    if (!strcmp(text, "reboot"))
        boot_shutdown(SHUTDOWN_reboot);
}

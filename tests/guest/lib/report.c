/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAP on the console (the hypervisor's in the initial domain, else the domain's own ring), then a
 * reboot, which ends an emulator run with -no-reboot, and an unprivileged domain.
 */
#include "report.h"
#include <front/boot.h>
#include <front/console.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

static unsigned count, failures, skips;

static void line(bool good, const char *text, const char *tail)
{
    boot_printf("%s %u - %s%s\n", good ? "ok" : "not ok", ++count, text, tail);
}

bool check(bool good, const char *fmt, ...)
{
    char text[160];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    failures += !good;
    line(good, text, "");
    return good;
}

bool check_eq(long got, long want, const char *fmt, ...)
{
    char text[160], tail[64];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    tail[0] = '\0';
    if (got != want)
        front_snprintf(tail, sizeof(tail), " (got %ld = 0x%lx, want %ld)", got, (uint64_t)got,
                       want);
    failures += got != want;
    line(got == want, text, tail);
    return got == want;
}

void skip(const char *fmt, ...)
{
    char text[160];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    skips++;
    line(true, text, " # SKIP");
}

void finish(void)
{
    boot_printf("1..%u\n", count);
    boot_printf("outcome: %s (%u checks, %u failed, %u skipped)\n",
                failures         ? "failure"
                : skips == count ? "skip"
                                 : "success",
                count, failures, skips);
    console_drain();
    boot_shutdown(SHUTDOWN_reboot);
}

void error(const char *fmt, ...)
{
    char text[160];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    boot_printf("Bail out! %s\noutcome: error\n", text);
    console_drain();
    boot_shutdown(SHUTDOWN_reboot);
}

/* The events of console and store stay masked and none is pending: the test owns the event words.
 */
static void quiet_start(void)
{
    struct vcpu_info *v = &boot_shared->vcpu_info[0];

    console_patience = 30000000000; /* 30 s: nothing may get lost */
    if (boot_is_dom0() || console_init())
        return;
    evtchn_mask(boot_info->console.domU.evtchn);
    evtchn_mask(boot_info->store_evtchn);
    memset(boot_shared->evtchn_pending, 0, sizeof(boot_shared->evtchn_pending));
    v->evtchn_pending_sel = 0;
    v->evtchn_upcall_pending = 0;
}

bool all_good(void)
{
    return !failures;
}

bool on_peer(void)
{
    char extra[16] = "";

    hc_xen_version(XENVER_extraversion, extra);
    return strcmp(extra, ".0-hospes") != 0;
}

void kernel_main(void)
{
    quiet_start();
    boot_printf("TAP version 13\n");
    test_main();
    finish();
}

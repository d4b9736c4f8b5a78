/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains that go down, as xend sees them. */
#include <criterion/criterion.h>
#include <string.h>

#include "conf/conf.h"
#include "domain/creation.h"
#include "domain/managed.h"
#include "fake.h"
#include "fake_process.h"
#include "lib/domstate.h"
#include "xend/life.h"

static struct toolstack ts;

struct domstate_handle *domstate_open(void)
{
    return (struct domstate_handle *)&ts;
}

int domstate_get(struct domstate_handle *h, domid_t domid, struct domstate *s)
{
    const xc_domaininfo_t *info = fake_domain(domid);

    (void)h;
    *s = (struct domstate){.exists = info != NULL};
    if (info) {
        s->shutdown = info->flags & XEN_DOMINF_shutdown;
        s->dying = info->flags & XEN_DOMINF_dying;
        s->reason = info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
    }
    return 0;
}

static struct conf *config(const char *keys)
{
    char text[512];
    struct fail why;

    snprintf(text, sizeof(text), "name='g'; kernel='%s/kernel'; memory=16\n%s", fake_dir, keys);
    return conf_parse("t", text, strlen(text), &why);
}

static void start(const char *keys)
{
    struct conf *conf = config(keys);
    uint32_t domid;

    cr_assert_eq(domain_start_config(&ts, conf, 0, false, &domid), 0, "%s", ts.fail.text);
    cr_assert_eq(domid, 1);
    conf_free(conf);
}

static void begin(void)
{
    fake_reset();
    fake_process_reset();
    ts = (struct toolstack){.program = "xend"};
    cr_assert_eq(ts_open(&ts), 0);
    cr_assert_eq(life_init(ts.xs), 0);
}

static void goes_down(unsigned int reason)
{
    fake_domain(1)->flags = XEN_DOMINF_shutdown | reason << XEN_DOMINF_shutdownshift;
    life_event();
}

static void lived_long(void)
{
    fake_node_set("1", "%s/xend/started", fake_node("/local/domain/1/vm"));
}

Test(life, power_off_destroys, .init = begin)
{
    start("");
    goes_down(SHUTDOWN_poweroff);
    cr_assert_eq(fake_domain_count(), 1);
}

Test(life, suspended_is_not_an_end, .init = begin)
{
    start("");
    goes_down(SHUTDOWN_suspend);
    cr_assert_eq(fake_domain_count(), 2);
}

Test(life, preserve_is_looked_at_once, .init = begin)
{
    start("on_crash='preserve'");
    goes_down(SHUTDOWN_crash);
    fake_log[0] = '\0';
    life_event();
    cr_assert_str_eq(fake_log, "");
    cr_assert_eq(fake_domain_count(), 2);
}

/* Numbers are taken again in this hypervisor: each life must be dealt with all the same. */
Test(life, reboots_again_and_again, .init = begin)
{
    start("on_reboot='restart'");
    for (int i = 0; i < 5; i++) {
        lived_long();
        goes_down(SHUTDOWN_reboot);
        cr_assert_not_null(fake_domain(1), "reboot %d: %s", i, fake_log);
        cr_assert_eq(fake_domain(1)->flags & XEN_DOMINF_shutdown, 0, "reboot %d", i);
    }
}

/* Case R1: a domain every half second without end. */
Test(life, brake, .init = begin)
{
    start("on_crash='restart'");
    for (int i = 0; i < 2; i++) {
        goes_down(SHUTDOWN_crash);
        cr_assert_not_null(fake_domain(1), "life %d", i);
    }
    goes_down(SHUTDOWN_crash);
    cr_assert_eq(fake_domain_count(), 1, "the third quick death is the last");
    cr_assert_null(fake_node("/local/domain/1/name"));
}

Test(life, brake_of_rename_restart, .init = begin)
{
    uint32_t id = 1;

    start("on_crash='rename-restart'");
    for (int i = 0; i < 6 && fake_domain(id); i++, id++) {
        fake_domain(id)->flags = XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift;
        life_event();
    }
    cr_assert_eq(id, 4, "%u were started", id - 1);
}

Test(life, failure_is_told_and_not_repeated, .init = begin)
{
    start("on_reboot='restart'");
    lived_long();
    fake_start_fails = true;
    goes_down(SHUTDOWN_reboot);
    cr_assert_not_null(strstr(fake_log, "cannot start a process"));
    fake_log[0] = '\0';
    life_event();
    cr_assert_str_eq(fake_log, "");
}

Test(life, end_that_takes_time, .init = begin)
{
    start("");
    fake_work_waits = true;
    goes_down(SHUTDOWN_poweroff);
    life_event();
    fake_work_ended();
    cr_assert_eq(fake_domain_count(), 1);
}

Test(life, managed_domains_start_with_the_machine, .init = fake_reset)
{
    struct conf *conf;
    struct creation c;

    fake_process_reset();
    ts = (struct toolstack){.program = "xend"};
    cr_assert_eq(ts_open(&ts), 0);
    conf = config("on_xend_start='start'");
    cr_assert_eq(creation_prepare(&ts, conf, &c) || managed_save(&ts, conf), 0, "%s", ts.fail.text);
    creation_free(&c);
    conf_free(conf);
    cr_assert_eq(life_init(ts.xs), 0);
    cr_assert_eq(fake_domain_count(), 2, "%s", fake_log);
    fake_domain(1)->flags = XEN_DOMINF_shutdown;
    life_event();
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_eq(life_init(ts.xs), 0);
    cr_assert_eq(fake_domain_count(), 1, "an xend that comes again starts nothing");
}

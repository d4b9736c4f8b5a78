/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a domain, carried out; and finished by the next xend if this one is killed. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/managed.h"
#include "domain/paths.h"
#include "domain/rename.h"
#include "domain/teardown.h"
#include "fake.h"
#include "xend/ending.h"

static struct toolstack ts;

static int start(const char *name)
{
    char text[512];
    struct fail why;
    struct conf *conf;
    uint32_t domid;
    int ret;

    snprintf(text, sizeof(text),
             "name='%s'; kernel='%s/kernel'; memory=16\nvif=['bridge=xenbr0,vifname=web']", name,
             fake_dir);
    conf = conf_parse("t", text, strlen(text), &why);
    ret = domain_start_config(&ts, conf, 0, false, &domid);
    conf_free(conf);
    return ret ? -1 : (int)domid;
}

static void begin(void)
{
    fake_reset();
    ts = (struct toolstack){.program = "xend"};
    cr_assert_eq(ts_open(&ts), 0);
    cr_assert_eq(start("g"), 1, "%s", ts.fail.text);
}

static char *uuid_of(uint32_t domid)
{
    static char text[2][64];

    snprintf(text[domid & 1], 64, "%s", fake_node("/local/domain/%u/vm", domid));
    return text[domid & 1];
}

static char said[512];

static void say(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(said, sizeof(said), fmt, args);
    va_end(args);
}

Test(ending, destroy, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_DESTROY};

    cr_assert_eq(ending_run(&ts, &plan, say), 0);
    cr_assert_eq(fake_domain_count(), 1);
}

Test(ending, preserve, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_PRESERVE};

    cr_assert_eq(ending_run(&ts, &plan, say), 0);
    cr_assert_eq(fake_domain_count(), 2);
}

/* Case R11 as well: it comes back under the name that it has now. */
Test(ending, restart_keeps_name_and_identity, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_RESTART, .short_lives = 2};
    char *uuid = strdup(uuid_of(1)), mac[32];

    snprintf(mac, sizeof(mac), "%s", fake_node("/local/domain/0/backend/vif/1/0/mac"));
    cr_assert_eq(domain_rename(&ts, 1, "g9"), 0);
    cr_assert_eq(ending_run(&ts, &plan, say), 0, "%s", ts.fail.text);
    cr_assert_eq(fake_domain_count(), 2);
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g9");
    cr_assert_str_eq(uuid_of(1), uuid);
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/0/mac"), mac);
    cr_assert_str_eq(fake_node("%s/xend/short_lives", uuid), "2", "the brake goes on counting");
    cr_assert_not(fake_file_exists("run/domains/restart-1-2.cfg"));
    free(uuid);
}

/* Case R1 as well: the successor has another uuid, so the count must go with it. */
Test(ending, rename_restart, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_RENAME_RESTART, .short_lives = 1};

    cr_assert_eq(ending_run(&ts, &plan, say), 0, "%s", ts.fail.text);
    cr_assert_eq(fake_domain_count(), 3);
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g-1");
    cr_assert_str_eq(fake_node("/local/domain/2/name"), "g");
    cr_assert_str_neq(uuid_of(1), uuid_of(2));
    cr_assert_str_eq(fake_node("%s/xend/short_lives", uuid_of(2)), "1");
    cr_assert_eq(fake_node_count("/local/domain/0/backend/vif/1"), 0, "its interface is free");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/2/0/vifname"), "web");
}

static void one_page(uint32_t domid)
{
    fake_domain(domid)->tot_pages = 1;
    fake_domain(domid)->shared_info_frame = 1;
    fake_frames[0].owner = fake_frames[1].owner = domid;
    fake_frames[0].pfn = 0;
}

Test(ending, core_first, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_RESTART, .core = true};

    one_page(1);
    cr_assert_eq(ending_run(&ts, &plan, say), 0, "%s", ts.fail.text);
    cr_assert_not_null(strstr(said, "domain 1: its core is "), "%s", said);
    cr_assert_eq(access(strchr(said, '/'), F_OK), 0, "%s", said);
    cr_assert_eq(fake_domain_count(), 2, "and it has started again");
}

Test(ending, no_core_is_no_reason_to_stay_down, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_RESTART, .core = true};

    paths.dump = "/dev/null/dump";
    one_page(1);
    cr_assert_eq(ending_run(&ts, &plan, say), 0, "%s", ts.fail.text);
    cr_assert_not_null(strstr(said, "no core: cannot make the directory /dev/null/dump"), "%s",
                       said);
    cr_assert_eq(fake_domain_count(), 2);
}

Test(ending, config_lost, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_RESTART};
    char path[PATH_LEN];

    unlink(path_domain_config(1, path));
    cr_assert_eq(ending_run(&ts, &plan, say), -1);
    cr_assert_not_null(strstr(ts.fail.text, "cannot open config file"));
    cr_assert_eq(fake_domain_count(), 1, "it is destroyed all the same");
}

/* A crash after the old life and before the new one: the note is all there is. */
Test(recover, starts_what_was_written_down, .init = begin)
{
    struct conf *conf;
    char path[PATH_LEN];

    conf = config_read(&ts, path_domain_config(1, path), NULL, 0);
    snprintf(path, sizeof(path), "%s/domains/restart-1-2.cfg", paths.run);
    cr_assert_eq(config_write(&ts, conf, path), 0);
    conf_free(conf);
    cr_assert_eq(ending_recover(&ts, say), 0);
    cr_assert(fake_file_exists("run/domains/restart-1-2.cfg"), "the old domain lives still");
    teardown(&ts, 1);
    cr_assert_eq(ending_recover(&ts, say), 0);
    cr_assert_eq(fake_domain_count(), 2);
    cr_assert_str_eq(fake_node("%s/xend/short_lives", uuid_of(1)), "2");
    cr_assert_not(fake_file_exists("run/domains/restart-1-2.cfg"));
    cr_assert_eq(ending_recover(&ts, say), 0);
    cr_assert_eq(fake_domain_count(), 2, "and once only");
}

Test(recover, what_cannot_start_is_said_once, .init = begin)
{
    fake_file("run/domains/restart-9-0.cfg", "name='x'; kernel='/nonexistent'");
    fake_file("run/domains/restart-9-0.cfg.7.new", "half a fi");
    cr_assert_eq(ending_recover(&ts, say), 1);
    cr_assert_eq(ending_recover(&ts, say), 0);
}

/* The invariant of a restart: whatever step fails, the guest is there, or noted, or its loss told.
 */
Test(ending, no_failure_goes_unsaid, .init = begin)
{
    struct ending_plan plan = {.domid = 1, .verdict = VERDICT_RESTART};
    unsigned int total;

    fake_fail(0);
    cr_assert_eq(ending_run(&ts, &plan, say), 0);
    total = fake_calls();
    for (unsigned int n = 1; n <= total; n++) {
        ts.fail.text[0] = '\0';
        fake_fail(n);
        if (ending_run(&ts, &plan, say) != 0) {
            cr_assert_neq(ts.fail.text[0], '\0', "call %u", n);
            cr_assert_eq(fake_domain_count(), 1, "call %u", n);
            fake_fail(0);
            cr_assert_eq(start("g"), 1, "call %u: %s", n, ts.fail.text);
        }
    }
}

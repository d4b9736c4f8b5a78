/* SPDX-License-Identifier: BSD-2-Clause */
/* Configs on disk: managed domains, renaming, reading. */
#include <sys/stat.h>

#include "domain/config_file.h"
#include "domain/kept.h"
#include "domain/managed.h"
#include "domain/rename.h"
#include "domain_test.h"

static int define(const char *fmt)
{
    struct conf *conf = config(fmt);
    struct creation c;
    int ret = creation_prepare(&ts, conf, &c) || managed_save(&ts, conf) ? -1 : 0;

    creation_free(&c);
    conf_free(conf);
    return ret;
}

Test(managed, life, .init = begin)
{
    char **names;
    struct conf *conf;
    uint32_t domid;

    cr_assert_not(managed_exists("g"));
    cr_assert_eq(managed_names(&names), 0);
    free(names);
    cr_assert_eq(define("name='g'; vif=['bridge=xenbr0']"), 0, "%s", ts.fail.text);
    cr_assert_eq(define("name='f'"), 0);
    cr_assert(managed_exists("g"));
    cr_assert_eq(managed_names(&names), 2);
    cr_assert_str_eq(names[0], "f");
    free(names[0]);
    free(names[1]);
    free(names);
    conf = managed_load(&ts, "g");
    cr_assert_not_null(conf_string(conf, "uuid"), "the domain keeps its identity");
    cr_assert_not_null(strstr(conf_item(conf, "vif", 0)->text, "mac="));
    cr_assert_eq(domain_start_config(&ts, conf, 0, false, &domid), 0, "%s", ts.fail.text);
    conf_free(conf);
    cr_assert_eq(managed_delete(&ts, "f"), 0);
    cr_assert_not(managed_exists("f"));
    assert_fails_with(managed_delete(&ts, "f"), "No such file");
    cr_assert_null(managed_load(&ts, "f"));
}

/* Names are checked before they become paths. */
Test(managed, hostile_names, .init = begin)
{
    fake_file("evil.cfg", "");
    cr_assert_not(managed_exists("../evil"));
    cr_assert_not(managed_exists(""));
}

/* Case R11: a domain that was renamed came back from a reboot under its old name. */
Test(rename, everywhere, .init = begin)
{
    cr_assert_eq(define("name='g'"), 0);
    cr_assert_eq(start("name='g'"), 1);
    cr_assert_eq(start("name='h'"), 2);
    assert_fails_with(domain_rename(&ts, 1, "h"), "already exists with ID '2'");
    assert_fails_with(domain_rename(&ts, 1, "a/b"), "cannot be a domain's name");
    cr_assert_eq(domain_rename(&ts, 1, "g9"), 0, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g9");
    cr_assert_str_eq(fake_node("%s/name", fake_node("/local/domain/1/vm")), "g9");
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "g9"));
    cr_assert(managed_exists("g9"));
    cr_assert_not(managed_exists("g"));
    assert_fails_with(domain_rename(&ts, 2, "g9"), "exists already");
}

Test(config_file, refusals, .init = begin)
{
    static char big[(1 << 20) + 100];

    cr_assert_null(config_read(&ts, fake_dir, NULL, 0));
    cr_assert_not_null(strstr(ts.fail.text, "is a directory"));
    memset(big, '#', sizeof(big) - 1);
    cr_assert_null(config_read(&ts, fake_file("big", big), NULL, 0));
    cr_assert_not_null(strstr(ts.fail.text, "larger than 1 MiB"));
    cr_assert_null(config_read(&ts, fake_file("bad", "name="), NULL, 0));
    cr_assert_null(config_read(&ts, "/nonexistent", NULL, 0));
}

Test(config_file, old_one_stays_when_the_new_cannot_be_written, .init = begin)
{
    struct conf *conf = config("name='new'");
    char path[256];

    snprintf(path, sizeof(path), "%s/nosuchdir/x.cfg", fake_dir);
    assert_fails_with(config_write(&ts, conf, path), "cannot write");
    conf_free(conf);
}

Test(config_list, append_and_drop, .init = begin)
{
    struct conf *conf = config("vif='one'");

    config_list_append(conf, "vif", "two");
    cr_assert_str_eq(conf_item(conf, "vif", 0)->text, "one");
    cr_assert_str_eq(conf_item(conf, "vif", 1)->text, "two");
    config_list_drop(conf, "vif", 0);
    config_list_drop(conf, "vif", 7);
    cr_assert_str_eq(conf_item(conf, "vif", 0)->text, "two");
    config_list_append(conf, "disk", "x");
    cr_assert_str_eq(conf_item(conf, "disk", 0)->text, "x");
    cr_assert_null(conf_item(conf, "disk", 1));
    conf_free(conf);
}

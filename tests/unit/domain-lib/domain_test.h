/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the domain library share. */
#ifndef DOMAIN_TEST_H
#define DOMAIN_TEST_H

#include <criterion/criterion.h>

#include "conf/conf.h"
#include "domain/creation.h"
#include "domain/teardown.h"
#include "fake.h"

static struct toolstack ts;

/* A config with its files, in the temporary directory ("%s" of the text). */
static inline struct conf *config(const char *fmt)
{
    char text[2048], head[256];
    struct fail why;
    struct conf *conf;

    snprintf(head, sizeof(head), "kernel='%s/kernel'; memory=16\n", fake_dir);
    snprintf(text, sizeof(text), "%s", head);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), fmt, fake_dir, fake_dir, fake_dir);
    conf = conf_parse("test.cfg", text, strlen(text), &why);
    cr_assert_not_null(conf, "%s", why.text);
    return conf;
}

static inline void begin(void)
{
    fake_reset();
    ts = (struct toolstack){.program = "xm"};
    cr_assert_eq(ts_open(&ts), 0);
    fake_file("a.img", "");
    fake_file("b.img", "");
}

/* Starts a domain from a config text; its id, or -1. */
static inline int start(const char *fmt)
{
    struct conf *conf = config(fmt);
    uint32_t domid;
    int ret = domain_start_config(&ts, conf, 0, false, &domid);

    conf_free(conf);
    return ret ? -1 : (int)domid;
}

#define assert_fails_with(call, want)                                                              \
    do {                                                                                           \
        ts.fail.text[0] = '\0';                                                                    \
        cr_assert_eq(call, -1);                                                                    \
        cr_assert_not_null(strstr(ts.fail.text, want), "'%s' lacks '%s'", ts.fail.text, want);     \
    } while (0)

#endif

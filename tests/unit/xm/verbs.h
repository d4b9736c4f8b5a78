/* SPDX-License-Identifier: BSD-2-Clause */
/* Running xm's command lines on the machine in memory. */
#ifndef VERBS_H
#define VERBS_H

#include <criterion/criterion.h>

#include "fake.h"
#include "xm/xm.h"

struct line {
    int argc;
    char **argv;
};

static inline int run_line(void *arg)
{
    struct line *line = arg;

    return xm_main(line->argc, line->argv);
}

/* Runs a command line: its exit code; what it prints is in fake_out and fake_err. */
#define RUN(...)                                                                                   \
    ({                                                                                             \
        char *argv_[] = {__VA_ARGS__, NULL};                                                       \
        struct line line_ = {sizeof(argv_) / sizeof(argv_[0]) - 1, argv_};                         \
        fake_capture(run_line, &line_);                                                            \
    })

static inline void down(uint32_t domid, unsigned int reason)
{
    fake_domain(domid)->flags = XEN_DOMINF_shutdown | reason << XEN_DOMINF_shutdownshift;
}

#define assert_out(text)                                                                           \
    cr_assert_not_null(strstr(fake_out, text), "no '%s' in:\n%s", text, fake_out)
#define assert_err(text)                                                                           \
    cr_assert_not_null(strstr(fake_err, text), "no '%s' in:\n%s", text, fake_err)

/* A config file of that name; "%s" in @text is the temporary directory. */
static inline char *config_file(const char *name, const char *text)
{
    char whole[2048];
    size_t len;

    snprintf(whole, sizeof(whole), "kernel='%s/kernel'; memory=16\n", fake_dir);
    len = strlen(whole);
    snprintf(whole + len, sizeof(whole) - len, text, fake_dir, fake_dir);
    return (char *)fake_file(name, whole);
}

/* Each key that readers of xend's list may look for, in xend's order. */
static inline void assert_has_xends_keys(void)
{
    static const char *const keys[] = {
        "domid 1)",
        "cpu_weight 256)",
        "cpu_cap 0)",
        "bootloader )",
        "on_crash ",
        "uuid ",
        "bootloader_args )",
        "vcpus 1)",
        "description ",
        "name g)",
        "cpus ((",
        "on_reboot restart)",
        "on_poweroff ",
        "maxmem ",
        "memory ",
        "shadow_memory 0)",
        "features )",
        "on_xend_start ignore)",
        "on_xend_stop ignore)",
        "start_time ",
        "cpu_time ",
        "online_vcpus 1)",
        "image\n",
        "status 2)",
        "state ",
        "store_mfn ",
        "console_mfn ",
        "device\n",
    };
    const char *at = fake_out;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char key[64];

        snprintf(key, sizeof(key), "\n    (%s", keys[i]);
        at = strstr(at, key);
        cr_assert_not_null(at, "no (%s in its place", keys[i]);
    }
    assert_out("        (console\n            (protocol vt100)\n");
}

#endif

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

#endif

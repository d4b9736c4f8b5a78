/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests: a text parsed and checked, with its warnings as one text. */
#ifndef CHECKED_H
#define CHECKED_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static struct fail why;
static char *warnings; /* of the last check; never freed: a test is a process */

/* Parses and checks; the checked configuration, or NULL with the error in why. */
static inline struct conf *checked(const char *text)
{
    struct conf *conf = conf_parse("f", text, strlen(text), &why);
    size_t len;
    FILE *warn;
    int ret;

    if (!conf)
        return NULL;
    free(warnings);
    warn = open_memstream(&warnings, &len);
    ret = conf_check(conf, warn, &why);
    fclose(warn);
    if (!ret)
        return conf;
    conf_free(conf);
    return NULL;
}

static inline int check(const char *text)
{
    struct conf *conf = checked(text);

    conf_free(conf);
    return conf ? 0 : -1;
}

/* The text is refused with a message that begins with @message. */
static inline void refuse(const char *text, const char *message)
{
    cr_assert_eq(check(text), -1, "accepted: %s", text);
    cr_assert_eq(strncmp(why.text, message, strlen(message)), 0, "%s: got '%s'", text, why.text);
}

/* The text is accepted with just these warnings. */
static inline void accept(const char *text, const char *message)
{
    cr_assert_eq(check(text), 0, "%s: %s", text, why.text);
    cr_assert_str_eq(warnings, message, "%s: got '%s'", text, warnings);
}

#endif

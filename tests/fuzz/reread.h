/* SPDX-License-Identifier: BSD-2-Clause */
/* For fuzzers of configs: what is accepted must survive being printed and read again. */
#ifndef FUZZ_REREAD_H
#define FUZZ_REREAD_H

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static inline char *print_conf(const struct conf *conf, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    conf_print(conf, out);
    fclose(out);
    return text;
}

/* Reads what is printed of @conf; it must be accepted, checked too if @conf is, and be the same. */
static inline void read_again(const struct conf *conf, bool is_checked)
{
    size_t len, len_again;
    char *text = print_conf(conf, &len), *text_again;
    struct fail why;
    struct conf *again = conf_parse("f", text, len, &why);

    if (!again || (is_checked && conf_check(again, NULL, &why)))
        abort();
    text_again = print_conf(again, &len_again);
    if (len != len_again || memcmp(text, text_again, len) != 0)
        abort();
    free(text);
    free(text_again);
    conf_free(again);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an S-expression.  What is accepted is kept as a config, which must be readable and
 * say the same; and the check must be able to look at all of it.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/sxp_read.h"

static char *print(const struct conf *conf, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    conf_print(conf, out);
    fclose(out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fail why;
    struct conf *conf = sxp_read("f", (const char *)data, len, &why), *again;
    char *text, *text_again;
    size_t size, size_again;

    if (!conf)
        return 0;
    text = print(conf, &size);
    again = conf_parse("f", text, size, &why);
    if (!again)
        abort();
    text_again = print(again, &size_again);
    if (size != size_again || memcmp(text, text_again, size) != 0)
        abort();
    conf_check(conf, NULL, &why);
    free(text);
    free(text_again);
    conf_free(again);
    conf_free(conf);
    return 0;
}

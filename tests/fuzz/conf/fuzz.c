/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a config file.  What is accepted must survive being printed and read again, before
 * and after the check, to the last byte; and the check must not change what it has checked.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/cmdline.h"
#include "conf/conf.h"

static char *print(const struct conf *conf, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    conf_print(conf, out);
    fclose(out);
    return text;
}

/* Reads what is printed of @conf; it must be accepted, checked too if @conf is, and be the same. */
static void read_again(const struct conf *conf, bool is_checked)
{
    size_t len, len_again;
    char *text = print(conf, &len), *text_again;
    struct fail why;
    struct conf *again = conf_parse("f", text, len, &why);

    if (!again || (is_checked && conf_check(again, NULL, &why)))
        abort();
    text_again = print(again, &len_again);
    if (len != len_again || memcmp(text, text_again, len) != 0)
        abort();
    free(text);
    free(text_again);
    conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char *args[] = {"memory=64", "disk=file:/a,xvda,w", "disk=", "vif=['']", "name=x"};
    char line[CONF_CMDLINE_SIZE], *warnings = NULL;
    struct fail why;
    struct conf *conf = conf_parse("f", (const char *)data, len, &why);
    size_t warnings_len;
    FILE *warn;

    if (conf) {
        read_again(conf, false);
        warn = open_memstream(&warnings, &warnings_len);
        if (conf_check(conf, warn, &why) == 0) {
            read_again(conf, true);
            conf_cmdline(conf, line, &why);
        }
        fclose(warn);
        free(warnings);
        conf_free(conf);
    }
    conf_free(conf_read("f", (const char *)data, len, args, data && len ? data[0] % 6 : 0, &why));
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a config file.  What is accepted must survive being printed and read again, before
 * and after the check, to the last byte; and the check must not change what it has checked.
 */
#include "../reread.h"
#include "conf/cmdline.h"

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

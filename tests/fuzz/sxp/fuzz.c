/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an S-expression.  What is accepted is kept as a config, which must be readable and
 * say the same; and the check must be able to look at all of it.
 */
#include "../reread.h"
#include "conf/sxp_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fail why;
    struct conf *conf = sxp_read("f", (const char *)data, len, &why);

    if (!conf)
        return 0;
    read_again(conf, false);
    conf_check(conf, NULL, &why);
    conf_free(conf);
    return 0;
}

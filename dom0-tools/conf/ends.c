/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do when a domain ends; see ends.h. */
#include <string.h>

#include "conf/ends.h"

const char *conf_end_action(const struct conf *conf, const char *key, bool xl)
{
    const char *action;

    if (strcmp(key, "on_poweroff") == 0 && !conf_find(conf, key) && conf_find(conf, "on_shutdown"))
        key = "on_shutdown";
    action = conf_string(conf, key);
    return action ? action : xl ? "destroy" : "restart";
}

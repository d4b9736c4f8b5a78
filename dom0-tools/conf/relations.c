/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that others make void; see check.h. */
#include "conf/check.h"

/* With the first key given, the second counts for nothing. */
static const struct {
    const char *key, *loser;
} wins[] = {
    {"cmdline", "root"},     {"cmdline", "extra"},           {"cmdline", "ip"}, {"cmdline", "dhcp"},
    {"cmdline", "nfs_root"}, {"on_poweroff", "on_shutdown"}, {"cpus", "cpu"},
};

void check_relations(const struct conf *conf, FILE *warn)
{
    for (size_t i = 0; i < sizeof(wins) / sizeof(wins[0]); i++)
        if (conf_find(conf, wins[i].key) && conf_find(conf, wins[i].loser))
            conf_warn(conf, wins[i].loser, NULL, warn, "has no effect beside %s", wins[i].key);
    for (size_t i = 0; i < conf->count; i++)
        if (conf->entries[i].again)
            conf_warn(conf, conf->entries[i].key, NULL, warn,
                      "is given again: this value replaces that of line %u",
                      conf->entries[i].again);
}

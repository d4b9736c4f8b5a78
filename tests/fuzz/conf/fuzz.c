/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a config file: parse, check, print and parse again (which must give the same
 * keys); and every list item as a disk, a NIC and a CPU set.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/cpuset.h"
#include "conf/disk.h"
#include "conf/vif.h"

static void parse_specs(const struct conf *conf)
{
    struct disk_spec disk;
    struct vif_spec vif;
    struct cpuset set;
    struct fail why;

    for (size_t i = 0; i < conf->count; i++) {
        const char *text = conf->entries[i].value.text;

        if (conf->entries[i].value.type != CONF_STRING)
            continue;
        if (disk_parse(text, &disk, &why) == 0)
            disk_free(&disk);
        if (vif_parse(text, &vif, &why) == 0)
            vif_free(&vif);
        cpuset_parse(text, &set);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fail why;
    struct conf *conf = conf_parse("f", (const char *)data, len, &why), *again;
    char *text = NULL;
    size_t text_len;
    FILE *out;

    if (!conf)
        return 0;
    conf_check(conf, NULL, &why);
    parse_specs(conf);
    out = open_memstream(&text, &text_len);
    conf_print(conf, out);
    fclose(out);
    again = conf_parse("f", text, text_len, &why);
    if (!again || again->count != conf->count)
        abort();
    free(text);
    conf_free(conf);
    conf_free(again);
    return 0;
}

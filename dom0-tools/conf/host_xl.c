/* SPDX-License-Identifier: BSD-2-Clause */
/* xl's host-wide defaults; see host.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/host.h"
#include "conf/words.h"

static int take_text(const struct conf *conf, const struct conf_entry *entry, char *out, size_t cap,
                     struct fail *f)
{
    const struct conf_value *value = &entry->value;

    if (value->type == CONF_NUMBER) { /* a domain's, as xl takes it */
        snprintf(out, cap, "%" PRId64, value->number);
        return 0;
    }
    if (value->type != CONF_STRING)
        return conf_fail(conf, entry->key, value, f, "must be a text (put it between quotes)");
    if (strlen(value->text) >= cap || strchr(value->text, ','))
        return conf_fail(conf, entry->key, value, f,
                         "'%s' is no such name (at most %zu characters, and no comma)", value->text,
                         cap - 1);
    memcpy(out, value->text, strlen(value->text) + 1);
    return 0;
}

/* A word or, as older files have it, a number: "off", "on", "auto", 0, 1. */
static int take_autoballoon(const struct conf *conf, const struct conf_entry *entry,
                            struct host_conf *out, struct fail *f)
{
    static const char *const words[] = {
        [AUTOBALLOON_OFF] = "off", [AUTOBALLOON_ON] = "on", [AUTOBALLOON_AUTO] = "auto"};
    const struct conf_value *value = &entry->value;

    if (value->type == CONF_NUMBER) {
        out->autoballoon = value->number ? AUTOBALLOON_ON : AUTOBALLOON_OFF;
        return 0;
    }
    for (int i = 0; value->type == CONF_STRING && i <= AUTOBALLOON_AUTO; i++)
        if (strcmp(value->text, words[i]) == 0) {
            out->autoballoon = i;
            return 0;
        }
    return conf_fail(conf, entry->key, value, f, "must be \"on\", \"off\" or \"auto\"");
}

static int take_format(const struct conf *conf, const struct conf_entry *entry,
                       struct host_conf *out, struct fail *f)
{
    const struct conf_value *value = &entry->value;

    out->sxp = value->type == CONF_STRING && strcmp(value->text, "sxp") == 0;
    if (out->sxp || (value->type == CONF_STRING && strcmp(value->text, "json") == 0))
        return 0;
    return conf_fail(conf, entry->key, value, f, "must be \"json\" or \"sxp\"");
}

/* The others that xl.conf(5) has (lockfile, claim_mode, ...) have no meaning here. */
static int apply(const struct conf *conf, const struct conf_entry *entry, struct host_conf *out,
                 struct fail *f)
{
    const struct {
        const char *key;
        char *out;
        size_t cap;
    } texts[] = {
        /* the older names of the two below */
        {"vifscript", out->vif_default.script, sizeof(out->vif_default.script)},
        {"defaultbridge", out->vif_default.bridge, sizeof(out->vif_default.bridge)},
        {"vif.default.script", out->vif_default.script, sizeof(out->vif_default.script)},
        {"vif.default.bridge", out->vif_default.bridge, sizeof(out->vif_default.bridge)},
        {"vif.default.gatewaydev", out->vif_default.gatewaydev,
         sizeof(out->vif_default.gatewaydev)},
        {"vif.default.backend", out->vif_default.backend, sizeof(out->vif_default.backend)},
    };

    if (strcmp(entry->key, "autoballoon") == 0)
        return take_autoballoon(conf, entry, out, f);
    if (strcmp(entry->key, "output_format") == 0)
        return take_format(conf, entry, out, f);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(entry->key, texts[i].key) == 0)
            return take_text(conf, entry, texts[i].out, texts[i].cap, f);
    return 0;
}

int host_conf_parse_xl(const char *file, const char *text, size_t len, struct host_conf *out,
                       struct fail *f)
{
    struct conf *conf;
    int ret = 0;

    out->autoballoon = AUTOBALLOON_AUTO;
    if (!text)
        return 0;
    conf = conf_parse_dotted(file, text, len, f);
    if (!conf)
        return -1;
    for (size_t i = 0; !ret && i < conf->count; i++)
        ret = apply(conf, &conf->entries[i], out, f);
    if (word_in(out->vif_default.backend, strlen(out->vif_default.backend), "0|Domain-0"))
        out->vif_default.backend[0] = '\0';
    conf_free(conf);
    return ret;
}

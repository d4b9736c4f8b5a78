/* SPDX-License-Identifier: BSD-2-Clause */
/* Host-wide defaults; see host.h. */
#include <stdio.h>

#include "conf/host.h"
#include "conf/words.h"

/* 16 TiB */
#define DOM0_MIN_MIB_MAX (16u << 20)

/* Each of these is false, and changes nothing, if the value means nothing. */

static bool copy(char *out, size_t cap, struct word word)
{
    /* Old files quote some values. */
    if (word.len >= 2 && (word.at[0] == '\'' || word.at[0] == '"')) {
        word.at++;
        word.len -= 2;
    }
    if (word.len >= cap)
        return false;
    snprintf(out, cap, "%.*s", (int)word.len, word.at);
    return true;
}

static bool number(unsigned int *out, struct word word, unsigned int min, unsigned int max)
{
    unsigned long n;

    if (!word_number(word, max, &n) || n < min)
        return false;
    *out = n;
    return true;
}

/* Old files write a backslash of a pattern as two. */
static bool patterns(char *out, size_t cap, struct word word)
{
    char *to = out;

    if (!word.len) /* '' is all hosts, nothing is no word */
        return false;
    if (!copy(out, cap, word))
        return false;
    for (const char *from = out; *from; from++) {
        if (from[0] == '\\' && from[1] == '\\')
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return true;
}

static bool choice(bool *out, struct word word, const char *no, const char *yes)
{
    if (!word_is(word, no) && !word_is(word, yes))
        return false;
    *out = word_is(word, yes);
    return true;
}

static bool apply_relocation(struct host_conf *out, struct word key, struct word value)
{
    if (word_is(key, "server"))
        return choice(&out->relocation.server, value, "no", "yes");
    if (word_is(key, "port"))
        return number(&out->relocation.port, value, 1, 65535);
    if (word_is(key, "address"))
        return copy(out->relocation.address, sizeof(out->relocation.address), value);
    if (word_is(key, "hosts-allow"))
        return patterns(out->relocation.hosts_allow, sizeof(out->relocation.hosts_allow), value);
    return true;
}

static bool apply(struct host_conf *out, struct word key, struct word value)
{
    if (word_is(key, "backends"))
        return choice(&out->kernel_backends, value, "user", "kernel");
    if (word_is(key, "vif-script"))
        return copy(out->vif_script, sizeof(out->vif_script), value);
    if (word_is(key, "vif-bridge"))
        return copy(out->vif_bridge, sizeof(out->vif_bridge), value);
    if (word_is(key, "vnc-listen"))
        return copy(out->vnc_listen, sizeof(out->vnc_listen), value);
    if (word_is(key, "dom0-min-mem"))
        return number(&out->dom0_min_mib, value, 0, DOM0_MIN_MIB_MAX);
    return !word_skip(&key, "xend-relocation-") || apply_relocation(out, key, value);
}

/* The first one is told: who mends it sees the next. */
static void passed_over(struct host_conf *out, unsigned int line, struct word key,
                        struct word value)
{
    if (!out->passed_over[0])
        snprintf(out->passed_over, sizeof(out->passed_over), "line %u: %.*s: no use for '%.*s'",
                 line, (int)key.len, key.at, (int)value.len, value.at);
}

/* "(KEY VALUE)", behind which a comment may stand, as what is between; false: another line. */
static bool take_parentheses(struct word *line)
{
    size_t end = line->len;
    char quote = '\0';

    for (size_t i = 1; i < line->len && end == line->len; i++)
        if (quote)
            quote = line->at[i] == quote ? '\0' : quote;
        else if (line->at[i] == '\'' || line->at[i] == '"')
            quote = line->at[i];
        else if (line->at[i] == ')')
            end = i;
    if (end == line->len || line->at[0] != '(')
        return false;
    line->at++;
    line->len = end - 1;
    return true;
}

void host_conf_parse(const char *text, struct host_conf *out)
{
    unsigned int nr = 0;
    struct word line;

    *out = (struct host_conf){
        .vif_script = "vif-bridge",
        .vnc_listen = "127.0.0.1",
        .dom0_min_mib = 196,                                        /* xend's */
        .relocation = {.port = 8002, .hosts_allow = "^localhost$"}, /* as in xend's own file */
    };
    while (word_next(&text, '\n', &line)) {
        size_t key_len;
        struct word key, value;

        nr++;
        if (!take_parentheses(&line))
            continue;
        key_len = 0;
        while (key_len < line.len && line.at[key_len] != ' ' && line.at[key_len] != '\t')
            key_len++;
        key = (struct word){line.at, key_len};
        value = (struct word){line.at + key_len, line.len - key_len};
        while (value.len && (*value.at == ' ' || *value.at == '\t')) {
            value.at++;
            value.len--;
        }
        if (!apply(out, key, value))
            passed_over(out, nr, key, value);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Host-wide defaults; see host.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/host.h"
#include "conf/words.h"

static void copy(char *out, size_t cap, struct word word)
{
    /* Old files quote some values. */
    if (word.len >= 2 && (word.at[0] == '\'' || word.at[0] == '"')) {
        word.at++;
        word.len -= 2;
    }
    if (word.len < cap)
        snprintf(out, cap, "%.*s", (int)word.len, word.at);
}

/* A number of at most 16 TiB; anything else changes nothing. */
static void mebibytes(unsigned int *out, struct word word)
{
    char text[9], *end;
    unsigned long n;

    if (!word.len || word.len >= sizeof(text) || word.at[0] < '0' || word.at[0] > '9')
        return;
    snprintf(text, sizeof(text), "%.*s", (int)word.len, word.at);
    n = strtoul(text, &end, 10);
    if (!*end && n <= 16u << 20)
        *out = n;
}

/* Old files write a backslash of a pattern as two. */
static void patterns(char *out, size_t cap, struct word word)
{
    char *to = out;

    copy(out, cap, word);
    for (const char *from = out; *from; from++) {
        if (from[0] == '\\' && from[1] == '\\')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

static void port(unsigned int *out, struct word word)
{
    unsigned long n;

    if (word_number(word, 65535, &n) && n)
        *out = n;
}

static void apply_relocation(struct host_conf *out, struct word key, struct word value)
{
    if (word_is(key, "server"))
        out->relocation.server = word_is(value, "yes");
    else if (word_is(key, "port"))
        port(&out->relocation.port, value);
    else if (word_is(key, "address"))
        copy(out->relocation.address, sizeof(out->relocation.address), value);
    else if (word_is(key, "hosts-allow") && value.len) /* '' is all hosts, nothing is no word */
        patterns(out->relocation.hosts_allow, sizeof(out->relocation.hosts_allow), value);
}

static void apply(struct host_conf *out, struct word key, struct word value)
{
    if (word_is(key, "backends"))
        out->kernel_backends = word_is(value, "kernel");
    else if (word_is(key, "vif-script"))
        copy(out->vif_script, sizeof(out->vif_script), value);
    else if (word_is(key, "vif-bridge"))
        copy(out->vif_bridge, sizeof(out->vif_bridge), value);
    else if (word_is(key, "vnc-listen"))
        copy(out->vnc_listen, sizeof(out->vnc_listen), value);
    else if (word_is(key, "dom0-min-mem"))
        mebibytes(&out->dom0_min_mib, value);
    else if (word_skip(&key, "xend-relocation-"))
        apply_relocation(out, key, value);
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
        apply(out, key, value);
    }
}

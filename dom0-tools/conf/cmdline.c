/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest kernel's command line; see cmdline.h. */
#include <stdio.h>
#include <string.h>

#include "conf/cmdline.h"
#include "conf/words.h"

/* A line that grows; @len may pass the end: then it did not fit. */
struct line {
    char *text;
    size_t len;
};

static void append(struct line *line, const char *prefix, const char *value)
{
    size_t room = line->len < CONF_CMDLINE_SIZE ? CONF_CMDLINE_SIZE - line->len : 0;

    if (value && *value)
        line->len += snprintf(room ? line->text + line->len : NULL, room, "%s%s%s",
                              line->len ? " " : "", prefix, value);
}

/* "dhcp", "on", "bootp", ... as the kernel's last field; NULL: not wanted; "": no such word. */
static const char *autoconf(const char *dhcp)
{
    static const char on[] = "on|yes|1|any";

    if (!dhcp || word_in(dhcp, strlen(dhcp), "off|no|0|none"))
        return NULL;
    if (word_in(dhcp, strlen(dhcp), on))
        return "dhcp";
    return word_in(dhcp, strlen(dhcp), "dhcp|bootp|rarp|both") ? dhcp : "";
}

/* NULL also for an empty text. */
static const char *given(const struct conf *conf, const char *key)
{
    const char *text = conf_string(conf, key);

    return text && *text ? text : NULL;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* ip=CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:AUTOCONF */
static int append_ip(const struct conf *conf, struct line *line, struct fail *f)
{
    const char *ip = given(conf, "ip"), *by = autoconf(given(conf, "dhcp"));
    char text[CONF_CMDLINE_SIZE];

    if (by && !*by)
        return conf_fail(conf, "dhcp", NULL, f, "'%s' is not one of dhcp, bootp, rarp, both, off",
                         given(conf, "dhcp"));
    if (!ip && !by)
        return 0;
    if (ip && strchr(ip, ':')) { /* old files give the kernel's whole form */
        append(line, "ip=", ip);
        return 0;
    }
    snprintf(text, sizeof(text), "%s:%s:%s:%s:%s:%s:%s", or_empty(ip),
             or_empty(given(conf, "nfs_server")), or_empty(given(conf, "gateway")),
             or_empty(given(conf, "netmask")), or_empty(given(conf, "hostname")),
             or_empty(given(conf, "interface")), by ? by : "off");
    append(line, "ip=", text);
    return 0;
}

static int append_nfs(const struct conf *conf, struct line *line, struct fail *f)
{
    const char *server = given(conf, "nfs_server"), *root = given(conf, "nfs_root");
    char text[CONF_CMDLINE_SIZE];

    if (!root)
        return 0;
    if (!server)
        return conf_fail(conf, "nfs_root", NULL, f, "nfs_server is missing");
    snprintf(text, sizeof(text), "%s:%s", server, root);
    append(line, "nfsroot=", text);
    return 0;
}

int conf_cmdline(const struct conf *conf, char text[CONF_CMDLINE_SIZE], struct fail *f)
{
    const char *whole = given(conf, "cmdline"), *longest;
    struct line line = {.text = text};

    text[0] = '\0';
    if (whole) {
        append(&line, "", whole);
    } else {
        if (append_ip(conf, &line, f))
            return -1;
        append(&line, "root=", given(conf, "root"));
        if (append_nfs(conf, &line, f))
            return -1;
        append(&line, "", given(conf, "extra"));
    }
    if (line.len < CONF_CMDLINE_SIZE)
        return 0;
    longest = whole ? "cmdline" : "extra";
    return conf_fail(
        conf, longest, NULL, f,
        "the kernel's command line has %zu bytes (%u is the most a guest can be given)", line.len,
        CONF_CMDLINE_SIZE - 1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Network interface specifications; see vif.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>

#include "conf/near.h"
#include "conf/vif.h"
#include "conf/words.h"

#define RATE_USECS_DEFAULT 50000u /* xl-network-configuration(5) */

static int parse_mac(struct word word, uint8_t mac[6], struct fail *f)
{
    bool ok = word.len == 17;

    for (unsigned int i = 0; ok && i < 6; i++) {
        const char *at = word.at + 3 * i;
        int high = hex_digit(at[0]), low = hex_digit(at[1]);

        ok = high >= 0 && low >= 0 && (i == 5 || at[2] == ':' || at[2] == '-');
        if (ok)
            mac[i] = high << 4 | low;
    }
    if (!ok)
        return fail(f, "'%.*s' is not a MAC address (six pairs like 00:16:3e:01:02:03)",
                    (int)word.len, word.at);
    if (memcmp(mac, (uint8_t[6]){0}, 6) == 0)
        return fail(f, "MAC address %.*s is nobody's (write 00:16:3e:... or leave mac= out)",
                    (int)word.len, word.at);
    if (mac[0] & 1)
        return fail(f, "MAC address %.*s is a multicast address (its first byte is odd)",
                    (int)word.len, word.at);
    return 0;
}

/* Reads digits at *@at; false when there are none or the number is absurd. */
static bool read_number(const char **at, uint64_t *n)
{
    size_t len = strspn(*at, "0123456789");
    unsigned long value;

    if (!word_number((struct word){*at, len}, UINT32_MAX, &value))
        return false;
    *n = value;
    *at += len;
    return true;
}

static uint64_t multiplier(const char **at)
{
    switch (**at) {
    case 'G':
        (*at)++;
        return 1000000000;
    case 'M':
        (*at)++;
        return 1000000;
    case 'K':
        (*at)++;
        return 1000;
    default:
        return 1;
    }
}

bool vif_parse_rate(const char *text, uint64_t *bytes, uint32_t *usecs)
{
    uint64_t rate, interval = RATE_USECS_DEFAULT;
    bool bits;

    if (!read_number(&text, &rate))
        return false;
    rate *= multiplier(&text);
    bits = *text == 'b';
    if ((!bits && *text != 'B') || strncmp(text + 1, "/s", 2) != 0)
        return false;
    text += 3;
    if (*text == '@') {
        text++;
        if (!read_number(&text, &interval))
            return false;
        if (strncmp(text, "ms", 2) == 0) {
            interval *= 1000;
            text += 2;
        } else if (strncmp(text, "us", 2) == 0) {
            text += 2;
        } else if (*text == 's') {
            interval *= 1000000;
            text++;
        } else {
            return false;
        }
    }
    if (*text || rate == 0 || interval == 0 || interval > VIF_RATE_USECS_MAX)
        return false;
    /* Split so that the product cannot overflow: rate < 2^62, interval < 2^24. */
    if (bits)
        rate /= 8;
    *bytes = rate / 1000000 * interval + rate % 1000000 * interval / 1000000;
    *usecs = interval;
    return *bytes > 0;
}

static int set_vifname(struct vif_spec *out, struct word value, struct fail *f)
{
    if (value.len == 0 || value.len >= IFNAMSIZ || memchr(value.at, '/', value.len))
        return fail(f, "vifname '%.*s' is no interface name (1 to %d characters, no '/')",
                    (int)value.len, value.at, IFNAMSIZ - 1);
    return word_store(&out->vifname, value, f);
}

static int set_rate(struct vif_spec *out, struct word value, struct fail *f)
{
    char text[64];

    snprintf(text, sizeof(text), "%.*s", (int)value.len, value.at);
    if (value.len >= sizeof(text) || !vif_parse_rate(text, &out->rate_bytes, &out->rate_usecs))
        return fail(f, "'%.*s' is not a rate (like 10Mb/s or 1MB/s@20ms)", (int)value.len,
                    value.at);
    return 0;
}

static int set_mtu(struct vif_spec *out, struct word value, struct fail *f)
{
    unsigned long mtu;

    if (!word_number(value, 65521, &mtu) || mtu < 68) /* smallest and largest of an IPv4 link */
        return fail(f, "mtu=%.*s is out of range (68 to 65521)", (int)value.len, value.at);
    out->mtu = mtu;
    return 0;
}

static int set_devid(struct vif_spec *out, struct word value, struct fail *f)
{
    unsigned long devid;

    if (!word_number(value, VIF_DEVID_MAX, &devid))
        return fail(f, "devid=%.*s is out of range (0 to %u)", (int)value.len, value.at,
                    VIF_DEVID_MAX);
    out->devid = devid;
    out->has_devid = true;
    return 0;
}

static int set_type(struct vif_spec *out, struct word value, struct fail *f)
{
    if (!word_in(value.at, value.len, "vif|ioemu|netfront|pv|paravirtualised"))
        return fail(f, "type=%.*s is unknown (write vif)", (int)value.len, value.at);
    return word_store(&out->type, value, f);
}

static int set_backend(struct vif_spec *out, struct word value, struct fail *f)
{
    return word_in(value.at, value.len, "0|Domain-0") ? 0 : word_store(&out->backend, value, f);
}

static int set_mac(struct vif_spec *out, struct word value, struct fail *f)
{
    out->has_mac = true;
    return parse_mac(value, out->mac, f);
}

#define TEXT(name, field)                                                                          \
    {                                                                                              \
        name, NULL, offsetof(struct vif_spec, field)                                               \
    }

/* An option has a function, or is text for a field (which none has at 0), or needs no action. */
static const struct {
    const char *name;
    int (*set)(struct vif_spec *out, struct word value, struct fail *f);
    size_t field;
} options[] = {
    {"mac", set_mac, 0},         TEXT("bridge", bridge),      TEXT("ip", ip),
    TEXT("script", script),      {"vifname", set_vifname, 0}, TEXT("gatewaydev", gatewaydev),
    TEXT("netdev", gatewaydev),  {"rate", set_rate, 0},       {"mtu", set_mtu, 0},
    {"backend", set_backend, 0}, {"type", set_type, 0},       TEXT("model", model),
    {"devid", set_devid, 0},     {"accel", NULL, 0}, /* of other hypervisors and of xend's object
                                                        store */
    {"trusted", NULL, 0},        {"vlan", NULL, 0},           {"uuid", NULL, 0},
};

static int set_option(struct vif_spec *out, struct word key, struct word value, struct fail *f)
{
    struct near near;
    char name[32];

    snprintf(name, sizeof(name), "%.*s", (int)key.len, key.at);
    near_init(&near, name);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (!word_is(key, options[i].name)) {
            near_try(&near, options[i].name);
            continue;
        }
        if (options[i].set)
            return options[i].set(out, value, f);
        if (options[i].field)
            return word_store((char **)((char *)out + options[i].field), value, f);
        return 0;
    }
    return fail(f, "unknown network option '%.*s='%s%s%s", (int)key.len, key.at,
                near_best(&near) ? " (did you mean " : "", near_best(&near) ? near_best(&near) : "",
                near_best(&near) ? "=?)" : "");
}

int vif_parse(const char *text, struct vif_spec *out, struct fail *f)
{
    struct word word, key, value;

    *out = (struct vif_spec){0};
    while (word_next(&text, ',', &word)) {
        if (word.len == 0)
            continue;
        if (word_is(word, "trusted") || word_is(word, "untrusted")) {
            out->untrusted = word_is(word, "untrusted");
            continue;
        }
        if (!word_split(word, &key, &value)) {
            fail(f, "'%.*s' is not of the form option=value", (int)word.len, word.at);
        } else if (set_option(out, key, value, f) == 0) {
            continue;
        }
        vif_free(out);
        return -1;
    }
    return 0;
}

bool vif_script_wants_bridge(const char *script)
{
    const char *slash = strrchr(script, '/');

    return strcmp(slash ? slash + 1 : script, "vif-bridge") == 0;
}

/* "10.0.0.1", "fe80::1", "10.0.0.0/24" */
static bool is_address(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    uint8_t raw[16];
    size_t len = strcspn(text, "/");
    unsigned long prefix = 0;

    if (len >= sizeof(address))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (text[len] &&
        !word_number((struct word){text + len + 1, strlen(text + len + 1)}, 128, &prefix))
        return false;
    if (inet_pton(AF_INET, address, raw) == 1)
        return prefix <= 32;
    return inet_pton(AF_INET6, address, raw) == 1;
}

bool vif_bad_address(const char *ip, char *word, size_t cap)
{
    struct word next;

    while (word_next(&ip, ' ', &next)) {
        snprintf(word, cap, "%.*s", (int)next.len, next.at);
        if (next.len && !is_address(word))
            return true;
    }
    return false;
}

void vif_mac_text(const uint8_t mac[6], char text[18])
{
    snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
}

void vif_free(struct vif_spec *vif)
{
    free(vif->bridge);
    free(vif->ip);
    free(vif->script);
    free(vif->vifname);
    free(vif->gatewaydev);
    free(vif->backend);
    free(vif->type);
    free(vif->model);
    *vif = (struct vif_spec){0};
}

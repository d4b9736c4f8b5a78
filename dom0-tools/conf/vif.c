/* SPDX-License-Identifier: BSD-2-Clause */
/* Network interface specifications; see vif.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>

#include "conf/vif.h"
#include "conf/words.h"

#define RATE_USECS_DEFAULT 50000u /* xl-network-configuration(5) */
#define RATE_USECS_MAX     10000000u

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

static int parse_mac(struct word word, uint8_t mac[6], struct fail *f)
{
    bool ok = word.len == 17;

    for (unsigned int i = 0; ok && i < 6; i++) {
        const char *at = word.at + 3 * i;
        int high = hex_value(at[0]), low = hex_value(at[1]);

        ok = high >= 0 && low >= 0 && (i == 5 || at[2] == ':' || at[2] == '-');
        mac[i] = high << 4 | low;
    }
    if (!ok)
        return fail(f, "'%.*s' is not a MAC address (six pairs like 00:16:3e:01:02:03)",
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
    if (*text || rate == 0 || interval == 0 || interval > RATE_USECS_MAX)
        return false;
    /* Split so that the product cannot overflow: rate < 2^62, interval < 2^24. */
    if (bits)
        rate /= 8;
    *bytes = rate / 1000000 * interval + rate % 1000000 * interval / 1000000;
    *usecs = interval;
    return *bytes > 0;
}

static int set_text(char **field, struct word value, struct fail *f)
{
    free(*field);
    *field = word_dup(value);
    return *field ? 0 : fail(f, "out of memory");
}

static int set_vifname(struct vif_spec *out, struct word value, struct fail *f)
{
    if (value.len == 0 || value.len >= IFNAMSIZ || memchr(value.at, '/', value.len))
        return fail(f, "vifname '%.*s' is no interface name (1 to %d characters, no '/')",
                    (int)value.len, value.at, IFNAMSIZ - 1);
    return set_text(&out->vifname, value, f);
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

static int set_option(struct vif_spec *out, struct word key, struct word value, struct fail *f)
{
    if (word_is(key, "mac")) {
        out->has_mac = true;
        return parse_mac(value, out->mac, f);
    }
    if (word_is(key, "bridge"))
        return set_text(&out->bridge, value, f);
    if (word_is(key, "ip"))
        return set_text(&out->ip, value, f);
    if (word_is(key, "script"))
        return set_text(&out->script, value, f);
    if (word_is(key, "vifname"))
        return set_vifname(out, value, f);
    if (word_is(key, "gatewaydev") || word_is(key, "netdev"))
        return set_text(&out->gatewaydev, value, f);
    if (word_is(key, "rate"))
        return set_rate(out, value, f);
    if (word_is(key, "mtu"))
        return set_mtu(out, value, f);
    if (word_is(key, "backend"))
        return word_in(value.at, value.len, "0|Domain-0")
                   ? 0
                   : fail(f, "back-ends in other domains are not supported");
    /* Options of emulated NICs and of features that need no action here */
    if (word_in(key.at, key.len, "type|model|accel|devid|trusted|vlan|uuid"))
        return 0;
    return fail(f, "unknown network option '%.*s='", (int)key.len, key.at);
}

int vif_parse(const char *text, struct vif_spec *out, struct fail *f)
{
    struct word word, key, value;

    *out = (struct vif_spec){0};
    while (word_next(&text, ',', &word)) {
        if (word.len == 0)
            continue;
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

void vif_free(struct vif_spec *vif)
{
    free(vif->bridge);
    free(vif->ip);
    free(vif->script);
    free(vif->vifname);
    free(vif->gatewaydev);
    *vif = (struct vif_spec){0};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Decisions about who may ask; see gate.h. */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "http/gate.h"

#define SCHEME "Bearer "

static bool token_letter(char c)
{
    return c >= '!' && c <= '~';
}

bool token_parse(const char *text, struct token *out)
{
    size_t length = strcspn(text, "\r\n");

    *out = (struct token){0};
    if (length < TOKEN_MIN || length > TOKEN_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!token_letter(text[i]))
            return false;
    memcpy(out->text, text, length);
    out->length = length;
    return true;
}

bool token_matches(const struct token *token, const char *authorization)
{
    char given[TOKEN_MAX] = "";
    unsigned int differ = 0;
    size_t length;

    if (!token->length)
        return true;
    if (!authorization || strncasecmp(authorization, SCHEME, strlen(SCHEME)) != 0)
        return false;
    authorization += strlen(SCHEME);
    length = strlen(authorization);
    if (length > TOKEN_MAX)
        return false;
    memcpy(given, authorization, length);
    for (size_t i = 0; i < TOKEN_MAX; i++)
        differ |= (unsigned char)given[i] ^ (unsigned char)token->text[i];
    return (differ | (length ^ token->length)) == 0;
}

/* Nothing, or a colon and a number. */
static bool port_or_end(const char *text)
{
    return *text == '\0' || (*text == ':' && strspn(text + 1, "0123456789") == strlen(text + 1));
}

bool host_is_local(const char *host)
{
    static const char *const names[] = {"localhost", "[::1]"};
    char address[16];
    struct in_addr in;
    size_t length;

    if (!host)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncasecmp(host, names[i], strlen(names[i])) == 0)
            return port_or_end(host + strlen(names[i]));
    length = strcspn(host, ":");
    if (length >= sizeof(address) || !port_or_end(host + length))
        return false;
    memcpy(address, host, length);
    address[length] = '\0';
    return inet_pton(AF_INET, address, &in) == 1 && ntohl(in.s_addr) >> 24 == 127;
}

bool rate_take(struct rate *rate, int64_t now_ms)
{
    int64_t back = (now_ms - rate->since_ms) * RATE_PER_S / 1000;

    if (back >= rate->spent) {
        *rate = (struct rate){.since_ms = now_ms};
    } else if (back > 0) {
        rate->spent -= back;
        rate->since_ms += back * 1000 / RATE_PER_S;
    }
    if (rate->spent >= RATE_BURST)
        return false;
    rate->spent++;
    return true;
}

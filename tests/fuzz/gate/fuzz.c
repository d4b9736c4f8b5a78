/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as what a request says of itself: gate.h keeps its promises. */
#include <strings.h>

#include "http/gate.h"
#include "http/routes.h"
#include "../text.h"

/* A name that leads elsewhere must not pass: what is local begins with one of these. */
static bool may_be_local(const char *host)
{
    return strncasecmp(host, "localhost", 9) == 0 || strncmp(host, "[::1]", 5) == 0 ||
           strncmp(host, "127.", 4) == 0;
}

static void try(const char *text)
{
    static const char right[] = "Bearer 0123456789abcdef";
    struct token token, parsed;

    must(token_parse("0123456789abcdef", &token));
    must(!host_is_local(text) || may_be_local(text));
    must(!token_matches(&token, text) || strcasecmp(text, right) == 0);
    must(token_matches(&token, right));
    if (token_parse(text, &parsed))
        must(parsed.length >= TOKEN_MIN && parsed.length <= TOKEN_MAX &&
             !memchr(parsed.text, ' ', parsed.length));
    must(route_find(text) < ROUTE_COUNT);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may ask: what is decided about a request before anything is done for it, without any I/O. */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_MIN 16 /* characters; a token is of these and no blanks: ! to ~ */
#define TOKEN_MAX 128

struct token {
    unsigned int length; /* 0: none is asked for */
    char text[TOKEN_MAX];
};

/* Reads the token on the first line of @text; false if there is none of the allowed length. */
bool token_parse(const char *text, struct token *out);

/*
 * Does @authorization, the value of that header or NULL, bear the token?  Takes the same time for
 * all texts of one length, so that it cannot be guessed by the letter.
 */
bool token_matches(const struct token *token, const char *authorization);

/*
 * Is @host, the value of that header or NULL, this machine's own name for itself (localhost, 127.*,
 * [::1], with a port or without)?  A page of somebody else whose name server answers 127.0.0.1 has
 * the browser send that page's name.
 */
bool host_is_local(const char *host);

/* At most RATE_PER_S requests a second, RATE_BURST at once after a rest. */
#define RATE_PER_S 50
#define RATE_BURST 100

struct rate {
    int64_t since_ms;   /* of a clock that only moves forward; 0 at first */
    unsigned int spent; /* of RATE_BURST */
};

/* Takes one request at @now_ms; false: too many. */
bool rate_take(struct rate *rate, int64_t now_ms);

#endif

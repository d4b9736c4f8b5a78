/* SPDX-License-Identifier: BSD-2-Clause */
/* Responses; see answer.h. */
#include <stdio.h>
#include <string.h>

#include "http/answer.h"
#include "http/page.h"
#include "http/routes.h"

#define JSON    "application/json"
#define METRICS "text/plain; version=0.0.4; charset=utf-8"

static struct MHD_Response *page;

/* Nothing is kept by browsers, taken for another kind, shown in a frame or read by other pages. */
static struct MHD_Response *dress(struct MHD_Response *r, const char *type)
{
    const char *const headers[][2] = {
        {MHD_HTTP_HEADER_CONNECTION, "close"},
        {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
        {MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, "nosniff"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Referrer-Policy", "no-referrer"},
        {MHD_HTTP_HEADER_CONTENT_SECURITY_POLICY, page_policy},
    };

    if (!r)
        return NULL;
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        MHD_add_response_header(r, headers[i][0], headers[i][1]);
    return r;
}

struct MHD_Response *answer_text(int route, const char *text, uint32_t length)
{
    return dress(
        MHD_create_response_from_buffer(length, (char *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY),
        route == ROUTE_metrics ? METRICS : JSON);
}

enum MHD_Result answer_page(struct MHD_Connection *connection)
{
    if (!page)
        page = dress(MHD_create_response_from_buffer(page_length, (char *)(uintptr_t)page_text,
                                                     MHD_RESPMEM_PERSISTENT),
                     "text/html; charset=utf-8");
    return page ? MHD_queue_response(connection, MHD_HTTP_OK, page) : MHD_NO;
}

static const char *words_of(unsigned int status)
{
    switch (status) {
    case MHD_HTTP_TOO_MANY_REQUESTS:
        return "too many requests; ask again in a second";
    case MHD_HTTP_METHOD_NOT_ALLOWED:
        return "this is for reading: GET and HEAD";
    case MHD_HTTP_CONTENT_TOO_LARGE:
        return "a request has no body here";
    case MHD_HTTP_MISDIRECTED_REQUEST:
        return "without a token only requests for localhost are answered";
    case MHD_HTTP_NOT_FOUND:
        return "there is no such path; try /, /metrics or /api/v1/all";
    case MHD_HTTP_UNAUTHORIZED:
        return "the header 'Authorization: Bearer TOKEN' is missing or wrong";
    default:
        return "xend's measurements cannot be had at the moment";
    }
}

enum MHD_Result answer_refuse(struct MHD_Connection *connection, unsigned int status)
{
    struct MHD_Response *r;
    enum MHD_Result ret;
    char text[128];
    int length = snprintf(text, sizeof(text), "{\"error\": \"%s\"}\n", words_of(status));

    r = dress(MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_COPY), JSON);
    if (!r)
        return MHD_NO;
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (status == MHD_HTTP_TOO_MANY_REQUESTS)
        MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    ret = MHD_queue_response(connection, status, r);
    MHD_destroy_response(r);
    return ret;
}

void answer_free(void)
{
    if (page)
        MHD_destroy_response(page);
    page = NULL;
}

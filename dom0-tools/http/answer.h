/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sent: with headers that keep it where it belongs, and the connection's end behind it. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <microhttpd.h>
#include <stdint.h>

/* The answer of route @route, a copy of @length bytes; NULL if there is no memory. */
struct MHD_Response *answer_text(int route, const char *text, uint32_t length);

/* Sends the page, or the words for HTTP status @status. */
enum MHD_Result answer_page(struct MHD_Connection *connection);
enum MHD_Result answer_refuse(struct MHD_Connection *connection, unsigned int status);

void answer_free(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The page, put together out of page/ by make-page when the program is built. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include <stddef.h>

/* HTML with its style and script inside; it asks nobody but the server that it came from. */
extern const char page_text[];
extern const size_t page_length; /* without the NUL at its end */

/* Content-Security-Policy: this style, this script, requests to this server; nothing else. */
extern const char page_policy[];

#endif

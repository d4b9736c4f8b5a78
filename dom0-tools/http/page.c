/* SPDX-License-Identifier: BSD-2-Clause */
/* The page as data; see page.h. */
#include "http/page.h"

#include "page.inc"

const char page_policy[] = PAGE_POLICY;
const char page_text[] = {
#define PAGE_BYTES
#include "page.inc"
};
const size_t page_length = sizeof(page_text) - 1;

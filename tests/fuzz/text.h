/* SPDX-License-Identifier: BSD-2-Clause */
/* For fuzzers of texts: try() gets any bytes as a text that ends with a NUL. */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void try(const char *text);

static inline void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);

    must(text != NULL);
    if (len)
        memcpy(text, data, len);
    text[len] = '\0';
    try(text);
    free(text);
    return 0;
}

#endif

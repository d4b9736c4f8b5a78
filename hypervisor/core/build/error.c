/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for the builder's errors, from the one list in hv/build.h. */
#include "hv/build.h"

const char *build_strerror(enum build_error err)
{
    static const char *const text[] = {
#define X(name, words) [BUILD_##name] = words,
        BUILD_ERRORS(X)
#undef X
    };

    if ((size_t)err >= sizeof(text) / sizeof(text[0]))
        return "unknown error";
    return text[err];
}

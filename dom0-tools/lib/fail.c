/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as text; see fail.h. */
#include <stdarg.h>
#include <stdio.h>
#include "lib/fail.h"

int fail(struct fail *f, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
    return -1;
}

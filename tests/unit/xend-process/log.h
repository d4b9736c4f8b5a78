/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading xend's log back. */
#ifndef XEND_PROCESS_LOG_H
#define XEND_PROCESS_LOG_H

#include <criterion/criterion.h>
#include <stdio.h>

/* What the log at @path holds (static). */
static inline const char *log_text(const char *path)
{
    static char text[4096];
    FILE *in = fopen(path, "re");

    cr_assert_not_null(in);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    return text;
}

#endif

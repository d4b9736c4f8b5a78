/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors as text, for the tools: whoever finds the cause writes the whole message (object, cause,
 * mend); whoever can act on it prints it once.
 */
#ifndef LIB_FAIL_H
#define LIB_FAIL_H

struct fail {
    char text[1024]; /* empty: no error yet */
};

/* Writes the message and returns -1, so that `return fail(f, ...)` reads well. */
int fail(struct fail *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

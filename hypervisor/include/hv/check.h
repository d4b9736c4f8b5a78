/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three kinds of assertion.
 *   STATIC_CHECK  a fact of the ABI or of a layout, at compile time
 *   CHECK         our own state is corrupt: always on, panics.  No guest input
 *                 may ever make one false.
 *   refuse(e)     a guest's mistake: yields -e; the debug build logs the place
 */
#ifndef HV_CHECK_H
#define HV_CHECK_H

#define STATIC_CHECK(x, why) _Static_assert(x, why)

__attribute__((noreturn, cold, format(printf, 1, 2))) void panic(const char *fmt, ...);
__attribute__((noreturn, cold)) void check_failed(const char *what, const char *file, int line);
#define CHECK(x) (__builtin_expect(!!(x), 1) ? (void)0 : check_failed(#x, __FILE__, __LINE__))

#ifdef HV_TRACE_REFUSALS
void refuse_trace(int err, const char *file, int line); /* debug/refuse.c */
#define refuse(e)                                                                                  \
    ({                                                                                             \
        refuse_trace((e), __FILE__, __LINE__);                                                     \
        -(e);                                                                                      \
    })
#else
#define refuse(e) (-(e))
#endif

#endif

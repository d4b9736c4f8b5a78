/* SPDX-License-Identifier: BSD-2-Clause */
/* The handful of string and formatting routines a kernel without a C library needs. */
#ifndef FRONT_LIB_H
#define FRONT_LIB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strstr(const char *s, const char *needle);

/* Parses decimal, or hexadecimal after 0x; stops at the first other character (*end, if asked). */
uint64_t str_u64(const char *s, const char **end);

/* Format into `buf` (always terminated if size > 0); returns the length without the terminator,
 * never more than size - 1.  Knows %s %c %d %u %x %p %% with l, width, zero padding and %.*s. */
int front_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int front_snprintf(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The small C library of the hypervisor (core/lib), and its log.  Of other rooms it calls none. */
#ifndef HV_LIB_H
#define HV_LIB_H

#include <stdarg.h>
#include <hv/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strncmp(const char *a, const char *b, size_t n);

/* Zero exactly one page (8 bytes a step). */
void clear_page(void *page);
void copy_page(void *dst, const void *src);

/*
 * printf family: %d %u %x %lx %llx %p %s %c %%, field width,
 * precision (%s) and '*', '0' and '-' flags, l/ll/z.
 * Results are always terminated; returns the length that was needed.
 */
int hv_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int hv_snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* How many rate-limited messages one source had in its present second: a domain's, the hypervisor's
 * own. */
struct log_budget {
    s_time_t second_end;
    unsigned used;
};

/* Log levels, as loglvl= and guest_loglvl= name them. */
enum log_level { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
/* Hypervisor's own messages; to console ring and serial when level <= loglvl. */
void hv_log(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_err(...)  hv_log(LOG_ERR, __VA_ARGS__)
#define log_warn(...) hv_log(LOG_WARNING, __VA_ARGS__)
#define log_info(...) hv_log(LOG_INFO, __VA_ARGS__)
/* The machine's last words: whatever loglvl is, and however much was said this second. */
void log_last(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Messages about what a guest did: up to guest_loglvl; rate-limited ones at most 10 a second of
 * each domain. */
void guest_log(struct domain *d, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void guest_vlog(struct domain *d, enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

#endif

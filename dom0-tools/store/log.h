/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the daemon says things: standard error, or syslog once it is in the background. */
#ifndef STORE_LOG_H
#define STORE_LOG_H

#include <stdbool.h>

void log_to_syslog(void);
void log_msg(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the daemon. */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "store/log.h"

static bool to_syslog;

void log_to_syslog(void)
{
    openlog("xenstored", LOG_PID, LOG_DAEMON);
    to_syslog = true;
}

void log_msg(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (to_syslog) {
        vsyslog(LOG_NOTICE, fmt, ap);
    } else {
        fputs("xenstored: ", stderr);
        vfprintf(stderr, fmt, ap);
        fputc('\n', stderr);
    }
    va_end(ap);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded log file; see journal.h. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "xend/journal.h"

#define LOG_MAX (1 << 20)

static const char *log_path;
static int log_fd = -1;

static void reopen(void)
{
    if (log_fd >= 0)
        close(log_fd);
    log_fd = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

void journal_open(const char *path)
{
    log_path = path;
    reopen();
}

int journal_fd(void)
{
    struct stat st;
    char old[256];

    if (log_fd >= 0 && fstat(log_fd, &st) == 0 && st.st_size > LOG_MAX) {
        snprintf(old, sizeof(old), "%s.1", log_path);
        rename(log_path, old);
        reopen();
    }
    return log_fd >= 0 ? log_fd : STDERR_FILENO;
}

void journal(const char *fmt, ...)
{
    char text[1024], stamp[32];
    time_t now = time(NULL);
    struct tm tm;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    strftime(stamp, sizeof(stamp), "%F %T", localtime_r(&now, &tm));
    dprintf(journal_fd(), "%s xend: %s\n", stamp, text);
}

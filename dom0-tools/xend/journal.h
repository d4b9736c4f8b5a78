/* SPDX-License-Identifier: BSD-2-Clause */
/* /var/log/xen/xend.log: what xend and its back-ends say, at most two files of 1 MiB. */
#ifndef XEND_JOURNAL_H
#define XEND_JOURNAL_H

/* Opens the log; until then, and if it cannot be opened, standard error is used. */
void journal_open(const char *path);

void journal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The descriptor that child processes write to. */
int journal_fd(void);

#endif

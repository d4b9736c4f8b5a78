/* SPDX-License-Identifier: BSD-2-Clause */
/* What every daemon needs: messages, going to the background, its pid file, its end by signal. */
#ifndef LIB_DAEMON_H
#define LIB_DAEMON_H

#include <getopt.h>
#include <stdbool.h>
#include <sys/types.h>

/* Says something: on standard error, or in syslog once daemon_ready() was called. */
void log_msg(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What every daemon can be told: to go to the background, and where to write its process id. */
struct daemon_options {
    bool daemonise;
    const char *pid_file; /* or NULL */
};

/* clang-format off */
#define DAEMON_OPTIONS                                                                             \
    {"daemonise", no_argument, NULL, 'D'}, {"daemonize", no_argument, NULL, 'D'},                  \
    {"pid-file", required_argument, NULL, 'F'}, {"help", no_argument, NULL, 'h'}
/* clang-format on */

/*
 * Parses the command line by @letters and @table, which has DAEMON_OPTIONS and what the daemon has
 * besides; those go to @own (NULL: there are none), which returns -1 for what it does not take.
 * --help prints @usage and ends the process.  0, or -1 after saying why.
 */
int daemon_parse(int argc, char **argv, const char *letters, const struct option *table,
                 const char *usage, int (*own)(int opt), struct daemon_options *o);

/* The number of a user that is not root, else 0. */
uid_t daemon_uid(const char *text);

/*
 * Forks; the parent stays until daemon_ready() and then exits with 0, or with 1 when the daemon
 * dies before that.  To be called before anything else is opened.
 */
void daemon_background(void);

/* From now on log_msg() goes to syslog, and standard error nowhere. */
void daemon_to_syslog(void);

/* Tells the waiting parent, if there is one, that the daemon serves. */
void daemon_ready(void);

/* Writes the process id to @path: 0, or -1 after saying why. */
int daemon_write_pid(const char *path);

/*
 * Room for @n descriptors, of this process and of those that it starts; what there is already is kept.
 * 0, or -1 after saying why.
 */
int daemon_descriptors(unsigned int n);

/*
 * Lets SIGTERM, SIGINT and SIGHUP set the flags behind the pointers (@hup NULL: SIGHUP ends the
 * daemon as well).  Needs loop_init().  0, or -1 with errno.
 */
int daemon_signals(bool *stop, bool *hup);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What reads a guest's image or its menu has nothing but what it was given. */
#ifndef BOOTLOADER_CONFINE_H
#define BOOTLOADER_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The only name that there is after confine(); an empty file, for programs that look for one. */
#define CONFINE_FILE "/disk"

#define CONFINE_NOBODY 65534 /* nobody and nogroup on every Linux distribution */

/*
 * From here on, for the calling process: no network, an empty file system, user nobody (if it was
 * root), bounded CPU time, no new privileges, and only the system calls of a program
 * that reads and writes open files.  0, or -1 with errno.
 */
int confine(void);

/* The same, as somebody else, for what has to do more. */
struct confinement {
    uid_t uid;                /* its user and group, if it was root */
    unsigned int cpu_seconds; /* 0: any */
    bool dies_with_parent;
    const int *calls; /* more system calls, @count of them */
    size_t count;
};
int confine_as(const struct confinement *c);

/* confine() with @count more system calls, and @cpu_seconds of CPU time (0: any). */
int confine_more(const int *calls, size_t count, unsigned int cpu_seconds);

#define CONFINE_FAILED 99 /* exit status of a child that is not confined */

#endif

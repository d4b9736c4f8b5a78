/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes and interfaces that xend's tests see in place of real ones. */
#ifndef FAKE_PROCESS_H
#define FAKE_PROCESS_H

#include <sys/stat.h>

#include "xend/process.h"

/* The last started command line, its words joined by blanks; how many were started so far. */
extern char fake_command[512];
extern unsigned int fake_started;
extern bool fake_start_fails;
extern struct stat fake_first_file; /* the first descriptor that it was given */
extern int fake_first_flags;        /* how that is open */

/* Ends the process that was started last, or was adopted. */
void fake_end(bool clean);

/* How long the timer that runs has been set for, 0: none does; and its end. */
extern int fake_timer_ms;
void fake_time_passes(void);

/* Children run at once, here; their end is told at once, or if this is set by fake_work_ended(). */
extern bool fake_work_waits;
void fake_work_ended(void);

/* Interfaces that there are, joined by blanks: "web vif1.0 ". */
extern char fake_taps[256];

/* The last message of xend's log. */
extern char fake_log[1024];

void fake_process_reset(void);

#endif

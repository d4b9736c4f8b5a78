/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up every right that serving an already opened device does not need. */
#ifndef BACK_DROP_H
#define BACK_DROP_H

/*
 * From here on: user and group nobody, no core file, no new privileges, and only the system calls
 * of the serving loop.  Returns 0, or -1 after saying why.
 */
int drop_privileges(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that serve devices, as xend has noted them (paths.h: devices/TYPE-DOMAIN-ID.pid). */
#ifndef DOMAIN_BACK_PROCESS_H
#define DOMAIN_BACK_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* Reads such a note: the process' id, 0 if none, and its worker's user, 0 if not told. */
pid_t back_process_note(const char *path, uid_t *uid);

/* The living process that serves the device with back half @back, or 0; and its worker's user. */
pid_t back_process_find(const char *type, uint32_t domid, uint32_t id, const char *back,
                        uid_t *uid);

/* Kills it by SIGKILL; 0, or -1 with errno: ESRCH if there is none at the moment. */
int back_process_kill(const char *type, uint32_t domid, uint32_t id, const char *back);

#endif

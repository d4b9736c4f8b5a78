/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes of devices; see back_process.h. */
#include "domain/back_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "domain/paths.h"

pid_t back_process_note(const char *path, uid_t *uid)
{
    FILE *in = fopen(path, "re");
    int pid = 0;

    *uid = 0; /* an xend before this one wrote none */
    if (!in)
        return 0;
    if (fscanf(in, "%d %u", &pid, uid) < 1)
        pid = 0;
    fclose(in);
    return pid;
}

pid_t back_process_find(const char *type, uint32_t domid, uint32_t id, const char *back, uid_t *uid)
{
    char path[PATH_LEN], command[512] = "";
    FILE *in;
    size_t n = 0;
    int pid;

    pid = back_process_note(path_device_file(type, domid, id, "pid", path), uid);
    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    in = pid > 0 ? fopen(path, "re") : NULL;
    if (in) {
        n = fread(command, 1, sizeof(command) - 1, in);
        fclose(in);
    }
    /* The number may belong to somebody else by now. */
    return memmem(command, n, back, strlen(back) + 1) ? pid : 0;
}

int back_process_kill(const char *type, uint32_t domid, uint32_t id, const char *back)
{
    uid_t uid;
    pid_t pid = back_process_find(type, domid, id, back, &uid);
    int fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1, ret = -1;

    /* The descriptor holds whoever has the number now: is that still the one? */
    if (fd >= 0 && back_process_find(type, domid, id, back, &uid) == pid)
        ret = (int)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
    else
        errno = ESRCH;
    if (fd >= 0) {
        int saved = errno;

        close(fd);
        errno = saved;
    }
    return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Running hotplug scripts; see hotplug.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/device.h"
#include "domain/hotplug.h"
#include "lib/store.h"

#define SCRIPT_MS 60000

static void set_environment(const char *script, const char *type, uint32_t domid, uint32_t id,
                            const char *netdev)
{
    char text[96];

    setenv("script", script, 1);
    setenv("XENBUS_TYPE", type, 1);
    setenv("XENBUS_BASE_PATH", "backend", 1);
    snprintf(text, sizeof(text), "backend/%s/%u/%u", type, domid, id);
    setenv("XENBUS_PATH", text, 1);
    if (strcmp(type, "vif") != 0)
        return;
    snprintf(text, sizeof(text), "vif%u.%u", domid, id);
    setenv("vif", text, 1);
    if (netdev)
        setenv("netdev", netdev, 1);
}

/* Collects what the script writes until it closes its end or time is up; true if it closed. */
static bool collect(int fd, char *text, size_t cap, int64_t deadline)
{
    size_t len = 0;

    text[0] = '\0';
    for (;;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - store_now();
        char buf[256];
        ssize_t n;

        if (left <= 0 || poll(&pfd, 1, left) == 0)
            return false;
        n = read(fd, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        if ((size_t)n > cap - 1 - len)
            n = cap - 1 - len;
        memcpy(text + len, buf, n);
        len += n;
        text[len] = '\0';
    }
}

static pid_t start(struct toolstack *ts, const char *script, const char *action, const char *type,
                   uint32_t domid, uint32_t id, int *out)
{
    struct device_paths p = device_paths(type, domid, id);
    char *netdev = store_read(ts->xs, "%s/gatewaydev", p.back);
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) != 0) {
        free(netdev);
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(fds[1], STDERR_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        set_environment(script, type, domid, id, netdev);
        if (strcmp(type, "vif") == 0)
            execl(script, script, action, "type_if=vif", (char *)NULL);
        else
            execl(script, script, action, (char *)NULL);
        dprintf(STDERR_FILENO, "cannot run %s: %s\n", script, strerror(errno));
        _exit(127);
    }
    close(fds[1]);
    *out = fds[0];
    free(netdev);
    return pid;
}

/* In xend's words, which people look for; then what it did not say. */
static int __attribute__((format(printf, 4, 5)))
not_connected(struct toolstack *ts, const char *type, uint32_t id, const char *fmt, ...)
{
    char why[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    return fail(&ts->fail, "Device %u (%s) could not be connected. Hotplug scripts not working: %s",
                id, type, why);
}

/* The reason of a failure: what the script left in the store, else what it printed. */
static int explain(struct toolstack *ts, const char *script, const char *action, const char *type,
                   uint32_t domid, uint32_t id, const char *printed)
{
    struct device_paths p = device_paths(type, domid, id);
    char *error = store_read(ts->xs, "%s/hotplug-error", p.back);
    const char *why = error && *error ? error : *printed ? printed : "no message";

    not_connected(ts, type, id, "%s %s: %.*s", script, action, (int)strcspn(why, "\n"), why);
    free(error);
    return -1;
}

/* Some scripts end well and leave their complaint in the store. */
static bool left_error(struct toolstack *ts, const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths(type, domid, id);
    char *error = store_read(ts->xs, "%s/hotplug-error", p.back);
    bool ret = error && *error;

    free(error);
    return ret;
}

int hotplug_run(struct toolstack *ts, const char *script, const char *action, const char *type,
                uint32_t domid, uint32_t id)
{
    char printed[512];
    int fd, status;
    pid_t pid;
    bool closed;

    pid = start(ts, script, action, type, domid, id, &fd);
    if (pid < 0)
        return fail(&ts->fail, "cannot run %s: %s", script, strerror(errno));
    closed = collect(fd, printed, sizeof(printed), store_now() + SCRIPT_MS);
    close(fd);
    if (!closed)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!closed)
        return not_connected(ts, type, id, "%s %s did not finish within %d s and was stopped",
                             script, action, SCRIPT_MS / 1000);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !left_error(ts, type, domid, id))
        return 0;
    return explain(ts, script, action, type, domid, id, printed);
}

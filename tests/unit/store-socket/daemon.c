/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting, watching and stopping the daemon under test. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"

struct xs_handle *h;
static char dir[] = "/tmp/store-socket.XXXXXX";

int daemon_keeper(void)
{
    char path[128];
    int pid;
    FILE *f;

    snprintf(path, sizeof(path), "%s/pid", dir);
    f = fopen(path, "r");
    cr_assert_not_null(f);
    cr_assert_eq(fscanf(f, "%d", &pid), 1);
    fclose(f);
    return pid;
}

/* Is @pid a server (its first argument says so) of our daemon's session? */
static bool serves(int pid, int session)
{
    char path[64], args[256] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    f = fopen(path, "r");
    if (!f)
        return false;
    if (!fread(args, 1, sizeof(args) - 1, f))
        args[0] = '\0';
    fclose(f);
    return getsid(pid) == session && !strcmp(args + strlen(args) + 1, "--serve");
}

int daemon_server(void)
{
    int session = getsid(daemon_keeper()), pid = 0;

    while (!pid) { /* until the keeper has started one */
        struct dirent *e;
        DIR *proc = opendir("/proc");

        while (!pid && (e = readdir(proc)))
            if (atoi(e->d_name) && serves(atoi(e->d_name), session))
                pid = atoi(e->d_name);
        closedir(proc);
    }
    return pid;
}

void daemon_begin(void)
{
    char path[128];
    int status;

    strcpy(dir, "/tmp/store-socket.XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/run/socket", dir);
    setenv("XENSTORED_PATH", path, 1);
    setenv("DIR", dir, 1);
    /* A copy, which a test may replace. */
    sh("cp $(command -v xenstored) $DIR/ && $DIR/xenstored --daemonise --no-domain-init --pid-file "
       "$DIR/pid",
       &status);
    cr_assert_eq(status, 0);
    h = xs_open(0); /* works at once: the daemon says that it is ready only when it is */
    cr_assert_not_null(h);
}

void daemon_end(void)
{
    int status;

    xs_close(h);
    cr_assert_eq(kill(daemon_keeper(), SIGTERM), 0, "the daemon is still there");
    sh("while kill -0 $(cat $DIR/pid 2>/dev/null || echo x) 2>/dev/null; do :; done", &status);
    sh("test ! -e $DIR/run/socket && test ! -e $DIR/pid && rm -r $DIR", &status);
    cr_assert_eq(status, 0, "nothing is left behind");
}

const char *sh(const char *command, int *status)
{
    static char out[65536];
    char *full;
    size_t len;
    FILE *p;

    cr_assert_gt(asprintf(&full, "PATH=%s:$PATH; %s", PROGRAMS, command), 0);
    p = popen(full, "r");
    cr_assert_not_null(p);
    len = fread(out, 1, sizeof(out) - 1, p);
    out[len] = '\0';
    *status = WEXITSTATUS(pclose(p));
    free(full);
    return out;
}

long daemon_rss(void)
{
    char path[64], line[256];
    long kib = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", daemon_server());
    f = fopen(path, "r");
    cr_assert_not_null(f);
    while (fgets(line, sizeof(line), f))
        if (!strncmp(line, "VmRSS:", 6))
            kib = atol(line + 6);
    fclose(f);
    return kib;
}

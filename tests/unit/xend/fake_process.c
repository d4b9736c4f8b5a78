/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_process.h. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/paths.h"
#include "fake_process.h"
#include "xend/journal.h"
#include "xend/tap.h"
#include "xend/timer.h"

char fake_command[512], fake_taps[256], fake_log[1024];
unsigned int fake_started;
struct stat fake_first_file;
int fake_first_flags;
bool fake_start_fails, fake_work_waits;
static struct process *working;
static bool worked;
static struct process *last;
static struct timer *waiting;
int fake_timer_ms;

void fake_process_reset(void)
{
    fake_command[0] = fake_taps[0] = fake_log[0] = '\0';
    fake_started = 0;
    fake_start_fails = fake_work_waits = false;
    working = NULL;
    last = NULL;
    waiting = NULL;
    fake_timer_ms = 0;
}

bool timer_start(struct timer *t, int ms)
{
    waiting = t;
    t->source.fd = 1000;
    fake_timer_ms = ms;
    return true;
}

void timer_stop(struct timer *t)
{
    if (waiting == t)
        waiting = NULL;
    if (t->source.fd >= 0)
        fake_timer_ms = 0;
    t->source.fd = -1;
}

void fake_time_passes(void)
{
    struct timer *t = waiting;

    timer_stop(t);
    t->fired(t);
}

int process_start(struct process *p, char *const argv[], const int *fds, int count)
{
    if (fake_start_fails)
        return -1;
    for (int i = 0; i < count; i++)
        if (fcntl(fds[i], F_GETFD) < 0)
            return -1;
    if (count) {
        fstat(fds[0], &fake_first_file);
        fake_first_flags = fcntl(fds[0], F_GETFL);
    }
    fake_command[0] = '\0';
    for (int i = 0; argv[i]; i++) {
        strncat(fake_command, argv[i], sizeof(fake_command) - strlen(fake_command) - 1);
        strncat(fake_command, " ", sizeof(fake_command) - strlen(fake_command) - 1);
    }
    fake_started++;
    p->pid = getpid();
    p->source.fd = 1000;
    last = p;
    return 0;
}

int process_adopt(struct process *p, pid_t pid)
{
    p->pid = pid;
    p->source.fd = 1000;
    last = p;
    return 0;
}

int process_work(struct process *p, int (*work)(const void *arg), const void *arg)
{
    if (fake_start_fails)
        return -1;
    worked = work(arg) == 0;
    p->source.fd = 1000;
    working = p;
    if (!fake_work_waits)
        fake_work_ended();
    return 0;
}

void fake_work_ended(void)
{
    working->source.fd = -1;
    working->ended(working, worked);
}

void fake_end(bool clean)
{
    last->source.fd = -1;
    last->ended(last, clean);
}

/* As the kernel shows it, so that a name in use is seen. */
static void show(const char *name, bool there)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", paths.net, name);
    if (there)
        mkdir(path, 0755);
    else
        rmdir(path);
}

int tap_open(const char *name, int fds[NET_QUEUES], struct fail *f)
{
    (void)f;
    for (int i = 0; i < NET_QUEUES; i++)
        fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (!strstr(fake_taps, name)) {
        strcat(fake_taps, name);
        strcat(fake_taps, " ");
    }
    show(name, true);
    return 0;
}

void tap_remove(const char *name)
{
    char *at = strstr(fake_taps, name);
    size_t len = strlen(name) + 1;

    if (at)
        memmove(at, at + len, strlen(at + len) + 1);
    show(name, false);
}

void journal(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(fake_log, sizeof(fake_log), fmt, args);
    va_end(args);
}

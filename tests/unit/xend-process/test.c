/* SPDX-License-Identifier: BSD-2-Clause */
/* xend's real processes, timers and log, which the other tests of xend replace. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xend/journal.h"
#include "xend/process.h"
#include "xend/timer.h"

#include "log.h"

static char dir[64], log_path[96];
static unsigned int ends;
static bool was_clean;

static void ended(struct process *p, bool clean)
{
    cr_assert_eq(p->source.fd, -1, "it can be started again from here");
    ends++;
    was_clean = clean;
}

static void begin(void)
{
    strcpy(dir, "/tmp/xend-process.XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    snprintf(log_path, sizeof(log_path), "%s/log", dir);
    journal_open(log_path);
    cr_assert_eq(loop_init(), 0);
    ends = 0;
}

static void finish(void)
{
    char path[128];

    unlink(log_path);
    snprintf(path, sizeof(path), "%s.1", log_path);
    unlink(path);
    cr_assert_eq(rmdir(dir), 0);
}

TestSuite(process, .init = begin, .fini = finish, .timeout = 300);

static void wait_for_end(void)
{
    unsigned int before = ends;

    while (ends == before)
        loop_wait(-1);
}

/* Runs a program with two descriptors, and waits until it has ended. */
static void run_program(char *const argv[])
{
    struct process p = {.ended = ended};
    int fds[2] = {open("/dev/null", O_RDWR | O_CLOEXEC), open(dir, O_RDONLY | O_CLOEXEC)};

    cr_assert_eq(process_start(&p, argv, fds, 2), 0);
    wait_for_end();
    close(fds[0]);
    close(fds[1]);
}

static void run(char *text)
{
    run_program((char *[]){"sh", "-c", text, NULL});
}

Test(process, a_clean_end)
{
    run("exit 0");
    cr_assert(was_clean);
    cr_assert_str_empty(log_text(log_path));
}

Test(process, other_ends_are_told_with_their_reason)
{
    run("exit 3");
    cr_assert_not(was_clean);
    cr_assert_not_null(strstr(log_text(log_path), "ended with status 3"));
    run("kill -9 $$");
    cr_assert_not(was_clean);
    cr_assert_not_null(strstr(log_text(log_path), "was killed by signal 9"));
}

/* Its output is the log, 3 and 4 are what it is given, and there is no descriptor behind them. */
Test(process, a_program_has_what_it_is_given_and_no_more)
{
    int other = open("/dev/null", O_RDWR), high = fcntl(other, F_DUPFD, 40);
    char want[128];

    run("for fd in 3 4; do readlink /proc/$$/fd/$fd; done; echo bad >&2; "
        "for fd in 5 6 7 8 9 40; do test ! -e /proc/$$/fd/$fd || echo left $fd; done");
    snprintf(want, sizeof(want), "/dev/null\n%s\nbad\n", dir);
    cr_assert_str_eq(log_text(log_path), want);
    close(other);
    close(high);
}

/* xend blocks signals; who inherited that could not be ended. */
Test(process, a_program_blocks_no_signals)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    run_program((char *[]){"grep", "SigBlk", "/proc/self/status", NULL});
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    cr_assert_str_eq(log_text(log_path), "SigBlk:\t0000000000000000\n");
}

Test(process, a_program_that_is_not_there)
{
    struct process p = {.ended = ended};
    char *argv[] = {"hospes-no-such-program", NULL};

    cr_assert_eq(process_start(&p, argv, NULL, 0), 0);
    wait_for_end();
    cr_assert_not(was_clean);
    cr_assert_not_null(
        strstr(log_text(log_path), "cannot run hospes-no-such-program: No such file"));
}

Test(process, too_many_descriptors)
{
    struct process p = {.ended = ended};
    int fds[PROCESS_FDS + 1] = {0};

    cr_assert_eq(process_start(&p, (char *[]){"true", NULL}, fds, PROCESS_FDS + 1), -1);
    cr_assert_eq(errno, EINVAL);
}

static int work(const void *arg)
{
    /* The log is its output; that is all it keeps, as the next number shows. */
    printf("works, %d\n", open("/dev/null", O_RDONLY));
    fflush(stdout);
    return *(const int *)arg;
}

Test(process, work_in_a_child)
{
    struct process p = {.ended = ended};
    int good = 0, bad = 5;

    cr_assert_eq(process_work(&p, work, &good), 0);
    wait_for_end();
    cr_assert(was_clean);
    cr_assert_not_null(strstr(log_text(log_path), "works, 3\n"));
    cr_assert_eq(process_work(&p, work, &bad), 0);
    wait_for_end();
    cr_assert_not(was_clean);
    cr_assert_not_null(strstr(log_text(log_path), "ended with status 5"));
}

/* Who is no child of ours: that it ended is known, not how. */
Test(process, the_process_of_another)
{
    struct process p = {.ended = ended};
    int hold[2], tell[2];
    pid_t middle, other = 0;

    cr_assert_eq(pipe2(hold, O_CLOEXEC) | pipe2(tell, O_CLOEXEC), 0);
    middle = fork();
    if (middle == 0) {
        char byte;

        other = fork();
        if (other == 0) {
            close(hold[1]);
            _exit(read(hold[0], &byte, 1) != 0); /* until its end is closed */
        }
        _exit(write(tell[1], &other, sizeof(other)) != sizeof(other));
    }
    cr_assert_eq(read(tell[0], &other, sizeof(other)), (ssize_t)sizeof(other));
    cr_assert_eq(waitpid(middle, NULL, 0), middle);
    cr_assert_eq(process_adopt(&p, other), 0);
    close(hold[1]);
    wait_for_end();
    cr_assert_not(was_clean);
    cr_assert_str_empty(log_text(log_path));
}

Test(process, nobody_is_adopted)
{
    struct process p = {.ended = ended};
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert_eq(process_adopt(&p, pid), -1);
    cr_assert_eq(errno, ESRCH);
}

static unsigned int fired;

static void on_fired(struct timer *t)
{
    cr_assert_eq(t->source.fd, -1);
    fired++;
}

Test(process, timers_fire_once_and_can_be_stopped)
{
    struct timer first = {.source.fd = -1, .fired = on_fired};
    struct timer stopped = {.source.fd = -1, .fired = on_fired};

    cr_assert(timer_start(&stopped, 1));
    cr_assert(timer_start(&first, 600000));
    cr_assert(timer_start(&first, 1), "started anew, it is the new time that counts");
    timer_stop(&stopped);
    timer_stop(&stopped);
    loop_wait(-1);
    cr_assert_eq(fired, 1);
    loop_wait(0);
    cr_assert_eq(fired, 1);
}

Test(process, the_log_is_two_files_of_a_bounded_size)
{
    char line[512], old[128];
    struct stat st;

    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    snprintf(old, sizeof(old), "%s.1", log_path);
    for (int i = 0; i < 5000; i++)
        journal("%s %d", line, i);
    cr_assert_eq(stat(old, &st), 0);
    cr_assert_lt(st.st_size, (1 << 20) + 1024);
    cr_assert_eq(stat(log_path, &st), 0);
    cr_assert_lt(st.st_size, (1 << 20) + 1024);
    journal("the last");
    cr_assert_eq(strncmp(log_text(log_path) + 20, "xend: xxx", 9), 0,
                 "with date and time in front");
}

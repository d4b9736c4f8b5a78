/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounds of xend's processes: on a fake of the kernel's groups, and on the kernel's own if it has any. */
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

#include "fake_cgroup.h"
#include "lib/cgroup.h"
#include "xend/group.h"
#include "xend/journal.h"
#include "xend/process.h"

#include "log.h"

#define NAME "vbd-7-51712"

static char log_path[] = "/tmp/xend-group.XXXXXX";
static bool over;

static void begin(void)
{
    int fd = mkstemp(log_path);

    cr_assert_geq(fd, 0);
    close(fd);
    journal_open(log_path);
    cr_assert_eq(loop_init(), 0);
}

static void finish(void)
{
    unlink(log_path);
}

TestSuite(group, .init = begin, .fini = finish, .timeout = 300);

static void ended(struct process *p, bool clean)
{
    (void)p;
    cr_assert(clean);
    over = true;
}

static void run(char *text)
{
    struct process p = {.ended = ended, .group = NAME};

    over = false;
    cr_assert_eq(process_start(&p, (char *[]){"sh", "-c", text, NULL}, NULL, 0), 0);
    while (!over)
        loop_wait(-1);
}

Test(group, a_process_runs_in_one_with_bounds)
{
    char text[256];

    fake_cgroup_begin("memory pids");
    snprintf(text, sizeof(text),
             "cd %s/hospes/" NAME " && tail -vn 1 memory.max pids.max cgroup.procs", cgroup_dir);
    run(text);
    cr_assert_str_eq(log_text(log_path), "==> memory.max <==\n536870912\n==> pids.max <==\n80\n"
                                         "==> cgroup.procs <==\n0");
    cr_assert_not(fake_cgroup_exists(NAME), "it goes with its process");
    fake_cgroup_finish();
}

/* The same name, as a device that is served again: what the dead process left is no obstacle. */
Test(group, one_that_is_there_is_taken)
{
    fake_cgroup_begin("memory pids");
    cr_assert(group_begin(NAME));
    cr_assert(group_begin(NAME));
    cr_assert_eq(fake_cgroups_made, 2, "the one above them all, and it");
    group_end(NAME);
    group_end(NAME);
    cr_assert_not(fake_cgroup_exists(NAME));
    cr_assert_str_empty(log_text(log_path));
    fake_cgroup_finish();
}

Test(group, without_groups_devices_are_served_and_it_is_said_once)
{
    const char *first;

    fake_cgroup_begin("");
    run("echo served");
    run("echo served");
    first = strstr(log_text(log_path), "no bounds of memory and number");
    cr_assert_not_null(first);
    cr_assert_not_null(strstr(first, "is cgroup version 2 mounted there, with"));
    cr_assert_null(strstr(first + 1, "no bounds"));
    cr_assert_not_null(strstr(strstr(first, "served\n") + 1, "served\n"));
    fake_cgroup_finish();
}

/* A kernel without one of the controllers: no group is left half made. */
Test(group, half_of_the_bounds_are_none)
{
    struct fail f;
    const struct cgroup_bounds b = {.memory = 1 << 20, .tasks = 5};
    char path[128];

    fake_cgroup_begin("memory pids");
    cr_assert_eq(cgroup_make(NAME, &b, &f), 0);
    cr_assert_str_eq(fake_cgroup_text(NAME, "pids.max"), "5");
    snprintf(path, sizeof(path), "%s/hospes/" NAME "/pids.max", cgroup_dir);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(cgroup_make(NAME, &b, &f), -1);
    cr_assert_not_null(strstr(f.text, "hospes/" NAME ": No such file"));
    cr_assert_not(fake_cgroup_exists(NAME));
    fake_cgroup_finish();
}

Test(group, what_others_left_is_swept_but_not_what_runs)
{
    fake_cgroup_begin("memory pids");
    cr_assert(group_begin(NAME));
    cr_assert(group_begin("boot-12"));
    fake_cgroup_busy = true;
    cgroup_sweep();
    cr_assert(fake_cgroup_exists(NAME));
    fake_cgroup_busy = false;
    cgroup_sweep();
    cr_assert_not(fake_cgroup_exists(NAME) || fake_cgroup_exists("boot-12"));
    fake_cgroup_finish();
}

/* A folder for this test in the kernel's own groups, or NULL: whether it has controllers does not matter. */
static const char *real_groups(void)
{
    static char dir[512], line[1024], place[256], kind[64];
    FILE *in = fopen("/proc/self/mountinfo", "re");
    bool found = false;

    while (in && !found && fgets(line, sizeof(line), in))
        found = sscanf(line, "%*s %*s %*s %*s %255s %*[^-]- %63s", place, kind) == 2 &&
                strcmp(kind, "cgroup2") == 0;
    if (in)
        fclose(in);
    snprintf(dir, sizeof(dir), "%s/hospes-test-%d", place, getpid());
    return found && mkdir(dir, 0755) == 0 ? dir : NULL;
}

/* As a worker whose monitor was killed: it still runs, in the group. */
static pid_t start_orphan(int *life)
{
    int ready[2], held[2];
    char byte;
    pid_t pid;

    cr_assert_eq(pipe2(ready, O_CLOEXEC) | pipe2(held, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        close(held[0]); /* the write end stays open until it has ended */
        if (cgroup_enter(NAME) || write(ready[1], "", 1) != 1)
            _exit(1);
        pause();
    }
    close(held[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    *life = held[0];
    return pid;
}

Test(group, what_a_process_leaves_ends_and_then_its_group_goes)
{
    const char *dir = real_groups();
    char top[600], path[700], byte;
    int life;
    pid_t orphan;

    if (!dir)
        cr_skip("this machine lets nobody make groups (cgroup version 2)");
    cgroup_dir = dir;
    snprintf(top, sizeof(top), "%s/hospes", dir);
    snprintf(path, sizeof(path), "%s/" NAME, top);
    cr_assert_eq(mkdir(top, 0755) | mkdir(path, 0755), 0);
    orphan = start_orphan(&life);
    group_end(NAME);
    while (access(path, F_OK) == 0)
        loop_wait(-1); /* the test's time-out is for an event that does not come */
    cr_assert_eq(read(life, &byte, 1), 0);
    cr_assert_eq(waitpid(orphan, NULL, 0), orphan);
    cr_assert_eq(rmdir(top) | rmdir(dir), 0);
}

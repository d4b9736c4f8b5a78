/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User-space view of a Linux kernel on a hypervisor: system call, process, pipe, fault and signal
 * costs.  Prints "row <ns> <name>" per line; under QEMU's -icount shift=0 a nanosecond is one
 * executed instruction.  Build: gcc -O2 -static -o linux linux.c.  Each row is the median of runs.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 7

static const char *self;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void row_getpid(unsigned n)
{
    while (n--)
        syscall(SYS_getpid);
}

static void wait_child(pid_t pid)
{
    if (pid < 0 || waitpid(pid, NULL, 0) < 0)
        die("fork");
}

static void row_fork(unsigned n)
{
    while (n--) {
        pid_t pid = fork();

        if (!pid)
            _exit(0);
        wait_child(pid);
    }
}

static void row_exec(unsigned n)
{
    while (n--) {
        pid_t pid = fork();

        if (!pid) {
            execl(self, self, "exit", (char *)NULL);
            _exit(1);
        }
        wait_child(pid);
    }
}

static void row_pipe(unsigned n)
{
    int to[2], from[2];
    char c = 0;
    pid_t pid;

    if (pipe(to) || pipe(from))
        die("pipe");
    pid = fork();
    if (!pid) {
        close(to[1]);
        while (read(to[0], &c, 1) == 1)
            if (write(from[1], &c, 1) != 1)
                break;
        _exit(0);
    }
    close(to[0]);
    while (n--)
        if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1)
            die("pipe");
    close(to[1]);
    close(from[0]);
    close(from[1]);
    wait_child(pid);
}

static void row_fault(unsigned n)
{
    volatile char *p =
        mmap(NULL, n * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        die("mmap");
    madvise((void *)p, n * 4096ul, MADV_NOHUGEPAGE);
    for (unsigned i = 0; i < n; i++)
        p[i * 4096ul] = 1;
    munmap((void *)p, n * 4096ul);
}

static void row_mprotect(unsigned n)
{
    static volatile char *p;

    if (!p)
        p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (n--) {
        mprotect((void *)p, 4096, PROT_READ);
        mprotect((void *)p, 4096, PROT_READ | PROT_WRITE);
        *p = 1;
    }
}

static void on_signal(int number)
{
    (void)number;
}

static void row_signal(unsigned n)
{
    signal(SIGUSR1, on_signal);
    while (n--)
        raise(SIGUSR1);
}

static void row_clock(unsigned n)
{
    while (n--)
        now();
}

static const struct {
    const char *name;
    void (*run)(unsigned n);
    unsigned n;
} rows[] = {
    {"getpid", row_getpid, 2000},
    {"fork+exit+wait", row_fork, 10},
    {"fork+exec+wait", row_exec, 5},
    {"pipe round trip", row_pipe, 200},
    {"anonymous page fault", row_fault, 512},
    {"mprotect flip + touch", row_mprotect, 200},
    {"signal to self", row_signal, 500},
    {"clock_gettime", row_clock, 1000},
};

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "exit"))
        return 0;
    self = argv[0];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t t[SAMPLES];

        rows[i].run(rows[i].n);
        for (int s = 0; s < SAMPLES; s++) {
            uint64_t start = now();

            rows[i].run(rows[i].n);
            t[s] = (now() - start) / rows[i].n;
        }
        qsort(t, SAMPLES, sizeof(t[0]), compare);
        printf("row\t%llu\t%s\n", (unsigned long long)t[SAMPLES / 2], rows[i].name);
        fflush(stdout);
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* xenconsole against the store and a pseudo terminal of our own in xenconsoled's place. */
#include <criterion/criterion.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "daemon.h"

static int master, slave, to_client, from_client;
static pid_t client;
static char tty[64];

static void begin(void)
{
    struct termios raw;

    daemon_begin();
    cr_assert_eq(openpty(&master, &slave, tty, NULL, NULL), 0);
    cr_assert_eq(tcgetattr(slave, &raw), 0);
    cfmakeraw(&raw);
    cr_assert_eq(tcsetattr(slave, TCSANOW, &raw), 0);
    cr_assert(xs_mkdir(h, XBT_NULL, "/local/domain/7"));
}

static void start_client(const char *domid)
{
    int in[2], out[2];

    cr_assert_eq(pipe(in), 0);
    cr_assert_eq(pipe(out), 0);
    client = fork();
    if (!client) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        execl(PROGRAMS "/xenconsole", "xenconsole", domid, NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_client = in[1];
    from_client = out[0];
}

/* It has looked for the console then, and waits. */
static void wait_until_it_polls(void)
{
    char path[64], number[8] = "";

    snprintf(path, sizeof(path), "/proc/%d/syscall", client);
    while (atoi(number) != SYS_poll) {
        FILE *f = fopen(path, "r");

        cr_assert_not_null(f);
        if (!fgets(number, sizeof(number), f))
            number[0] = '\0';
        fclose(f);
    }
}

static void offer_tty(void)
{
    cr_assert(xs_write(h, XBT_NULL, "/local/domain/7/console/tty", tty, strlen(tty)));
}

static int client_status(void)
{
    int status;

    cr_assert_eq(waitpid(client, &status, 0), client);
    return WEXITSTATUS(status);
}

static void expect_read(int fd, const char *text)
{
    char buf[64] = "";
    size_t len = 0;

    while (len < strlen(text)) {
        ssize_t n = read(fd, buf + len, strlen(text) - len);

        cr_assert_gt(n, 0);
        len += n;
    }
    cr_assert_str_eq(buf, text);
}

TestSuite(console, .init = begin, .fini = daemon_end, .timeout = 300);

Test(console, bytes_go_both_ways_until_the_escape_key)
{
    offer_tty();
    start_client("7");
    cr_assert_eq(write(master, "login: ", 7), 7);
    expect_read(from_client, "login: ");
    cr_assert_eq(write(to_client, "root\r", 5), 5);
    expect_read(master, "root\r");
    cr_assert_eq(write(to_client, "x\x1dy", 3), 3);
    expect_read(master, "x");
    cr_assert_eq(client_status(), 0);
}

Test(console, waits_for_a_console_that_comes_later)
{
    start_client("7");
    wait_until_it_polls();
    offer_tty();
    cr_assert_eq(write(master, "hello", 5), 5);
    expect_read(from_client, "hello");
    close(to_client); /* no terminal: output goes on */
    cr_assert_eq(write(master, "more", 4), 4);
    expect_read(from_client, "more");
    close(slave);
    close(master); /* the domain is gone */
    cr_assert_eq(client_status(), 0);
}

Test(console, missing_domains_are_told)
{
    start_client("8");
    cr_assert_eq(client_status(), 1);
    start_client("x");
    cr_assert_eq(client_status(), 2);
}

Test(console, only_pseudo_terminals_are_opened)
{
    strcpy(tty, "/dev/null");
    offer_tty();
    start_client("7");
    cr_assert_eq(client_status(), 1);
}

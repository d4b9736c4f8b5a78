/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk's next process waits until every holder of the description that the one before had is
 * gone: requests hold it as a message under way does.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "block/claim.h"

static char name[] = "/tmp/claim.XXXXXX";

static void begin(void)
{
    close(mkstemp(name));
}

static void end(void)
{
    unlink(name);
}

TestSuite(claim, .init = begin, .fini = end, .timeout = 60);

/* As the next process would find it, without waiting. */
static bool is_free(uint32_t domid, uint32_t id)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        alarm(1); /* ends the wait */
        _exit(claim_disk(open(name, O_RDWR), domid, id) ? 2 : 0);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Puts @fd into a message that nobody has received: a reference without a process. */
static void send_away(int socket, int fd)
{
    char room[CMSG_SPACE(sizeof(int))] = "";
    struct iovec byte = {"x", 1};
    struct msghdr m = {
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    cr_assert_eq(sendmsg(socket, &m, 0), 1);
}

Test(claim, outlives_the_process_while_a_request_does)
{
    int ends[2], fd;
    pid_t pid;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    pid = fork();
    if (pid == 0) {
        fd = open(name, O_RDWR);
        if (claim_disk(fd, 5, 51712))
            _exit(1);
        send_away(ends[0], fd);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
    cr_assert_not(is_free(5, 51712), "its request is under way");
    cr_assert(is_free(5, 51728), "another device of the same disk");
    cr_assert(is_free(6, 51712), "another guest's");
    close(ends[0]);
    close(ends[1]);
    cr_assert(is_free(5, 51712));
}

Test(claim, read_only_or_closed_files_cannot_be_claimed)
{
    cr_assert_neq(claim_disk(open(name, O_RDONLY), 5, 51712), 0);
    cr_assert_neq(claim_disk(-1, 5, 51712), 0);
}

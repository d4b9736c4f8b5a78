/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocation server: when it listens, and how many callers it takes. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "fake_process.h"
#include "xend/relocation.h"

static struct host_conf host;

static void begin(void)
{
    fake_reset();
    fake_process_reset();
    cr_assert_eq(loop_init(), 0);
    host = (struct host_conf){.relocation = {.server = true, .address = "127.0.0.1"}};
}

static int call(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(relocation_port()),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

/* So many callers more are taken, whoever calls. */
static void taken(unsigned int n)
{
    unsigned int before = fake_started;

    for (unsigned int i = 0; i < RELOCATIONS + 2; i++)
        loop_wait(0);
    cr_assert_eq(fake_started - before, n, "%u", fake_started - before);
}

Test(relocation, off, .init = begin)
{
    host.relocation.server = false;
    relocation_init(&host);
    cr_assert_eq(relocation_port(), 0);
}

Test(relocation, address_that_is_not_here, .init = begin)
{
    strcpy(host.relocation.address, "192.0.2.1");
    relocation_init(&host);
    cr_assert_eq(relocation_port(), 0);
    cr_assert_not_null(strstr(fake_log, "192.0.2.1"), "%s", fake_log);
}

Test(relocation, takes_so_many_at_once, .init = begin)
{
    relocation_init(&host);
    for (unsigned int i = 0; i < RELOCATIONS + 1; i++)
        call();
    taken(RELOCATIONS);
    cr_assert_str_eq(fake_command, "xm migrate-receive --relocation ");
    cr_assert(S_ISSOCK(fake_first_file.st_mode));
    fake_end(false);
    taken(1);
    fake_start_fails = true;
    fake_end(true);
    call();
    taken(0);
    fake_start_fails = false;
    call();
    taken(1);
}

/* Whoever calls again and again costs a process a second, and no more. */
Test(relocation, takes_so_many_in_a_minute, .init = begin)
{
    relocation_init(&host);
    for (unsigned int i = 0; i < RELOCATIONS_A_MIN; i++) {
        close(call());
        taken(1);
        fake_end(true);
    }
    cr_assert_eq(fake_timer_ms, 60000);
    call();
    taken(0);
    fake_time_passes();
    taken(1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* xend --http: what it refuses, and that there is always a server. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "fake_process.h"
#include "xend/http.h"

static struct fail f;
static char where[64];

/* A port that nobody has. */
static void begin(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    fake_reset();
    fake_process_reset();
    f.text[0] = '\0';
    cr_assert(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
              getsockname(fd, (struct sockaddr *)&at, &length) == 0);
    close(fd);
    snprintf(where, sizeof(where), "127.0.0.1:%u", ntohs(at.sin_port));
}

TestSuite(http, .init = begin);

static void refused(const char *at, const char *token, const char *why)
{
    cr_assert_eq(http_open(at, token, &f), -1, "%s", at);
    cr_assert_not_null(strstr(f.text, why), "no '%s' in '%s'", why, f.text);
    http_start();
    cr_assert_eq(fake_started, 0u);
}

static const char *token_file(const char *text, mode_t mode)
{
    const char *path = fake_file("token", text);

    cr_assert_eq(chmod(path, mode), 0);
    return path;
}

Test(http, address_and_port)
{
    const char *const wrong[] = {"",
                                 "8006",
                                 ":8006",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:0",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:80x",
                                 "127.0.0.1:-1",
                                 "host:80",
                                 "[::1:80",
                                 "[::1]80",
                                 "[]:80"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        refused(wrong[i], NULL, "is not ADDRESS:PORT");
}

Test(http, other_machines_need_a_token)
{
    const char *const open[] = {"0.0.0.0:8006", "[::]:8006", "10.0.0.1:8006", "128.0.0.1:8006"};

    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        refused(open[i], NULL, "give --http-token FILE");
}

Test(http, token_is_roots_alone)
{
    refused(where, "/nowhere", "cannot read the token");
    refused(where, token_file("0123456789abcdef\n", 0640), "others may read");
    refused(where, token_file("0123456789abcdef\n", 0604), "others may read");
    refused(where, token_file("short\n", 0600), "no token of 16 to 128 characters");
    refused(where, token_file("", 0600), "no token of 16 to 128 characters");
    refused(where, "/dev/null", "others may read");
}

Test(http, server_gets_its_socket_and_comes_back)
{
    cr_assert_eq(http_open(where, NULL, &f), 0, "%s", f.text);
    http_start();
    cr_assert_eq(fake_started, 1u);
    cr_assert_not_null(strstr(fake_command, "hospes-http --uid 18790"), "%s", fake_command);
    cr_assert_null(strstr(fake_command, "--token-fd"));
    cr_assert(S_ISSOCK(fake_first_file.st_mode));
    fake_end(false);
    cr_assert_eq(fake_started, 1u, "not at once: it may end each time");
    cr_assert_gt(fake_timer_ms, 0);
    fake_start_fails = true;
    fake_time_passes();
    cr_assert_gt(fake_timer_ms, 0, "nor is it given up");
    fake_start_fails = false;
    fake_time_passes();
    cr_assert_eq(fake_started, 2u);
}

Test(http, token_goes_by_descriptor)
{
    cr_assert_eq(http_open(where, token_file("0123456789abcdef\n", 0600), &f), 0, "%s", f.text);
    http_start();
    cr_assert_not_null(strstr(fake_command, "--token-fd 5"), "%s", fake_command);
    cr_assert_null(strstr(fake_command, "0123456789abcdef"));
}

Test(http, nothing_is_served_unless_it_is_asked_for)
{
    http_start();
    cr_assert_eq(fake_started, 0u);
}

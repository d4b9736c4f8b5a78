/* SPDX-License-Identifier: BSD-2-Clause */
/* The line about long work: what it says, when it is drawn, and that it leaves nothing behind. */
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "lib/progress.h"
#include "lib/store.h"

#define MIB (UINT64_C(1) << 20)

static int64_t now_ms = 1000;

int64_t store_now(void)
{
    return now_ms;
}

/* Runs with standard error on a terminal (or a pipe); what arrived there is in said[]. */
static char said[4096];
static int kept, reader;

static void capture(bool terminal)
{
    int fds[2];

    if (terminal) {
        struct termios raw;

        cr_assert_eq(openpty(&fds[0], &fds[1], NULL, NULL, NULL), 0);
        tcgetattr(fds[1], &raw);
        cfmakeraw(&raw);
        tcsetattr(fds[1], TCSANOW, &raw);
    } else {
        cr_assert_eq(pipe(fds), 0);
    }
    reader = fds[0];
    fcntl(reader, F_SETFL, O_NONBLOCK);
    kept = dup(STDERR_FILENO);
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
}

static const char *captured(void)
{
    ssize_t n = read(reader, said, sizeof(said) - 1);

    said[n > 0 ? n : 0] = '\0';
    return said;
}

static void release(void)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(reader);
}

Test(progress, text_says_part_bytes_rate_and_time_left)
{
    struct progress p = {
        .what = "Saving debian", .total = 256 * MIB, .done = 64 * MIB, .started = 0};
    char line[PROGRESS_LINE_MAX];

    progress_text(&p, 2000, line);
    cr_assert_str_eq(line, "Saving debian: 25%, 64 of 256 MiB, 32.0 MiB/s, 6 s left");
}

Test(progress, text_without_a_total_promises_no_end)
{
    struct progress p = {.what = "Receiving", .done = 10 * MIB, .started = 0};
    char line[PROGRESS_LINE_MAX];

    progress_text(&p, 4000, line);
    cr_assert_str_eq(line, "Receiving: 10 MiB, 2.5 MiB/s");
}

Test(progress, text_of_work_not_begun_divides_by_nothing)
{
    struct progress p = {.what = "x", .total = MIB, .started = 5};
    char line[PROGRESS_LINE_MAX];

    progress_text(&p, 5, line);
    cr_assert_str_eq(line, "x: 0%, 0 of 1 MiB, 0.0 MiB/s");
}

Test(progress, text_of_work_that_grew_stays_within_100)
{
    struct progress p = {.what = "x", .total = MIB, .done = 3 * MIB};
    char line[PROGRESS_LINE_MAX];

    progress_text(&p, 1000, line);
    cr_assert_str_eq(line, "x: 100%, 3 of 3 MiB, 3.0 MiB/s, 0 s left");
}

Test(progress, text_of_a_long_name_fits)
{
    char name[300], line[PROGRESS_LINE_MAX];
    struct progress p = {.what = name, .total = UINT64_MAX, .done = UINT64_MAX - 1};

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    progress_text(&p, INT64_MAX, line);
    cr_assert_lt(strlen(line), PROGRESS_LINE_MAX);
}

Test(progress, short_work_shows_nothing)
{
    struct progress p;

    capture(true);
    progress_start(&p, "Saving", 4 * MIB);
    now_ms += 400;
    progress_to(&p, 4 * MIB);
    progress_end(&p);
    cr_expect_str_empty(captured());
    release();
}

Test(progress, drawn_now_and_then_and_taken_away)
{
    struct progress p;

    capture(true);
    progress_start(&p, "Saving", 4 * MIB);
    now_ms += 1000;
    progress_to(&p, MIB);
    cr_expect_str_eq(captured(), "\rSaving: 25%, 1 of 4 MiB, 1.0 MiB/s, 3 s left\033[K");
    now_ms += 100; /* too soon for another */
    progress_to(&p, 2 * MIB);
    cr_expect_str_empty(captured());
    now_ms += 100;
    progress_to(&p, 3 * MIB);
    cr_expect(strstr(captured(), "75%"));
    progress_end(&p);
    cr_expect_str_eq(captured(), "\r\033[K");
    progress_end(&p);
    cr_expect_str_empty(captured());
    release();
}

Test(progress, no_terminal_no_word)
{
    struct progress p;

    capture(false);
    progress_start(&p, "Saving", 4 * MIB);
    now_ms += 5000;
    progress_to(&p, MIB);
    progress_end(&p);
    cr_expect_str_empty(captured());
    release();
}

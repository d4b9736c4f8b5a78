/* SPDX-License-Identifier: BSD-2-Clause */
/* The line on a terminal about a domain that is saved, sent or restored. */
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "domain/moving.h"
#include "domain/save.h"
#include "domain_test.h"

static int kept, reader;
static char said[4096];

/* Standard error is a terminal from now on. */
static void begin_terminal(void)
{
    int terminal;

    begin();
    cr_assert_eq(openpty(&reader, &terminal, NULL, NULL, NULL), 0);
    fcntl(reader, F_SETFL, O_NONBLOCK);
    kept = dup(STDERR_FILENO);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
}

static const char *what_it_says(void)
{
    ssize_t n = read(reader, said, sizeof(said) - 1);

    said[n > 0 ? n : 0] = '\0';
    return said;
}

static void end_terminal(void)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(reader);
}

/* Each write of a node takes its time. */
static void slow_guests(const char *path)
{
    fake_now += 1000;
    fake_good_guests(path);
}

Test(moving, saving_and_sending_are_told, .init = begin_terminal, .fini = end_terminal)
{
    struct conf *conf;
    char path[96];

    cr_assert_eq(start("name='g'; memory=16"), 1, "%s", ts.fail.text);
    fake_on_write = slow_guests;
    conf = save_config_of(&ts, 1);
    snprintf(path, sizeof(path), "%s/g.save", fake_dir);
    cr_assert_eq(domain_save_file(&ts, 1, conf, path, SAVE_RESUME), 0, "%s", ts.fail.text);
    conf_free(conf);
    cr_assert_not_null(strstr(what_it_says(), "Saving g: "), "%s", said);
    cr_assert_not_null(strstr(said, " of 16 MiB, "), "%s", said);
    cr_assert_str_eq(strrchr(said, '\r'), "\r\033[K", "and the line goes");
}

Test(moving, restoring_is_told_by_the_place_in_the_file, .init = begin_terminal,
     .fini = end_terminal)
{
    const char *path = fake_file("g.save", "");
    int fd = open(path, O_RDWR);
    struct stream_in in = stream_in_fd(&fd, &ts.fail);
    struct moving m;

    cr_assert_eq(ftruncate(fd, 64 << 20), 0);
    moving_in(&m, "Restoring from", path, &in);
    cr_assert_eq(lseek(fd, 16 << 20, SEEK_SET), 16 << 20);
    fake_now += 2000;
    in.moved(in.who);
    cr_assert_not_null(strstr(what_it_says(), "/g.save: 25%, 16 of 64 MiB, 8.0 MiB/s, 6 s left"),
                       "%s", said);
    moving_end(&m);
    cr_assert_str_eq(what_it_says(), "\r\033[K");
    cr_assert_null(in.moved, "who is told is gone");
    close(fd);
}

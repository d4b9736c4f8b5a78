/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader in a process of its own: it reads as well, has no rights, and is not believed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build/apart.h"
#include "domain/save.h"
#include "stream/head.h"
#include "stream/remote.h"
#include "stream_test.h"

/* Shared with the child, as a hypervisor's memory is. */
static struct fake_machine *shared;
static struct guest_ops ops;
static int *rights; /* that the reader had when it mapped */

static void *map_shared(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    cr_assert_neq(at, MAP_FAILED);
    return at;
}

/* How many of the things that it must not do the process can do. */
static int can_do(void)
{
    return (open("/etc/passwd", O_RDONLY) >= 0) + (open("/dev/xen/privcmd", O_RDWR) >= 0) +
           (socket(AF_UNIX, SOCK_STREAM, 0) >= 0) + (fork() >= 0) + (kill(getppid(), 0) == 0) +
           (execl("/bin/true", "true", NULL) != -1) + (setuid(0) == 0) + (geteuid() == 0) +
           (fcntl(2, F_GETFD) >= 0);
}

static void *(*map_really)(void *ctx, const uint64_t *mfns, unsigned int n, bool write,
                           int *errors);
static void *map(void *ctx, const uint64_t *mfns, unsigned int n, bool write, int *errors)
{
    if (*rights < 0)
        *rights = can_do();
    return map_really(ctx, mfns, n, write, errors);
}

static int keep_maps(void *ctx)
{
    (void)ctx;
    return 0;
}

static void begin_apart(void)
{
    begin();
    rights = map_shared(sizeof(*rights));
    *rights = -1;
    shared = map_shared(sizeof(*shared));
    shared->memory = map_shared((size_t)FAKE_FRAMES * PAGE_BYTES);
    fake_machine_reset(shared, 0x9000);
    ops = *shared->guest.ops;
    map_really = ops.map;
    ops.map = map;
    shared->guest.ops = &ops;
}

static int restore_apart(struct restore *r)
{
    const int fd = memfd_create("saved", 0);
    struct stream_in in = stream_in_fd(&fd, &shared->fail);
    int ret;

    cr_assert_eq(write(fd, file.data, file.len), (ssize_t)file.len);
    cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
    *r = (struct restore){.guest = &shared->guest,
                          .in = &in,
                          .max_pages = FAKE_FRAMES,
                          .store_port = 21,
                          .console_port = 22,
                          .cpu = FAKE_CPU};
    ret = apart_restore(r, keep_maps);
    cr_assert_eq(shared->mapped, 0, "a mapping is left");
    cr_assert(ret || in.bytes == file.len);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a process is left");
    close(fd);
    return ret;
}

Test(apart, reads_as_well, .init = begin_apart, .fini = end)
{
    struct restore here, there;

    saved(1300);
    cr_assert_eq(restore_it(&here), 0, "%s", to.fail.text);
    cr_assert_eq(restore_apart(&there), 0, "%s", shared->fail.text);
    cr_assert_eq(there.pages, here.pages);
    cr_assert_eq(there.store_frame, here.store_frame);
    cr_assert_eq(there.console_frame, here.console_frame);
    cr_assert_eq(memcmp(shared->memory, to.memory, (size_t)FAKE_FRAMES * PAGE_BYTES), 0);
    cr_assert_eq(memcmp(shared->part, to.part, sizeof(to.part)), 0);
    cr_assert_eq(shared->pinned, to.pinned);
    cr_assert_eq(memcmp(&shared->tsc, &to.tsc, sizeof(to.tsc)), 0);
}

Test(apart, has_no_rights, .init = begin_apart, .fini = end)
{
    struct restore r;

    saved(PAGES);
    cr_assert_eq(restore_apart(&r), 0, "%s", shared->fail.text);
    cr_expect_eq(*rights, 0, "it can do %d things that it must not", *rights);
}

Test(apart, tells_why_not, .init = begin_apart, .fini = end)
{
    struct restore r;

    saved(PAGES);
    file.len -= 9;
    cr_assert_eq(restore_apart(&r), -1);
    cr_assert(strstr(shared->fail.text, "truncated"), "%s", shared->fail.text);
}

Test(apart, its_calls_fail, .init = begin_apart, .fini = end)
{
    struct restore r;

    saved(PAGES);
    shared->fail_at = 1;
    cr_assert_eq(restore_apart(&r), -1);
    cr_assert(strstr(shared->fail.text, "Input/output error"), "%s", shared->fail.text);
}

static int cannot_keep(void *ctx)
{
    (void)ctx;
    errno = EPERM;
    return -1;
}

Test(apart, without_a_way_to_map, .init = begin_apart, .fini = end)
{
    const int fd = memfd_create("saved", 0);
    struct stream_in in = stream_in_fd(&fd, &shared->fail);
    struct restore r = {.guest = &shared->guest, .in = &in};

    cr_assert_eq(apart_restore(&r, cannot_keep), -1);
    cr_assert(strstr(shared->fail.text, "without privileges: Operation not permitted"), "%s",
              shared->fail.text);
    close(fd);
}

/* ---- what stands before the records ---- */

static const char config[] = "{\"c_info\":{\"type\":\"pv\",\"name\":\"g\"},"
                             "\"b_info\":{\"target_memkb\":65536,\"type.pv\":{}}}";

/* The head of a saved domain, and one byte more; @len of it: 0 all. */
static struct conf *head_apart(size_t len, struct stream_in *in, struct fail *f)
{
    const int fd = memfd_create("saved", 0);
    struct stream_out out = stream_out_fd(&fd, f);
    struct conf *conf;

    cr_assert(stream_put_head(&out, config) == 0 && stream_put(&out, "x", 1) == 0);
    if (len)
        cr_assert_eq(ftruncate(fd, len), 0);
    cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
    *in = stream_in_fd(&fd, f);
    conf = saved_config(in, "g.save");
    cr_assert(!conf || lseek(fd, 0, SEEK_CUR) + 1 == (off_t)out.bytes, "it reads ahead");
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a process is left");
    close(fd);
    return conf;
}

Test(apart, reads_a_head)
{
    struct fail f = {""};
    struct stream_in in;
    struct conf *conf = head_apart(0, &in, &f);

    cr_assert_not_null(conf, "%s", f.text);
    cr_expect_str_eq(conf_string(conf, "name"), "g");
    cr_expect_eq(conf_number(conf, "memory"), 64);
    cr_expect_eq(in.bytes, 52 + sizeof(config) + 16);
    conf_free(conf);
}

Test(apart, tells_where_a_head_is_bad)
{
    struct fail f = {""};
    struct stream_in in;

    cr_assert_null(head_apart(40, &in, &f));
    cr_expect(strstr(f.text, "it ends after 40 bytes, in the header"), "%s", f.text);
    cr_assert_null(head_apart(52 + sizeof(config) + 15, &in, &f));
    cr_expect(strstr(f.text, "in libxl's header"), "%s", f.text);
}

/* Of whatever kind: what a reader finds itself able to do. */
static int read_nothing(void *arg, struct stream_in *in, int socket, int begun)
{
    const int can = begun ? 100 : can_do();

    (void)arg;
    (void)in;
    return write(socket, &can, sizeof(can)) < 0 ? -1 : 0;
}

static int hear_nothing(void *arg, int socket)
{
    return read(socket, arg, sizeof(int)) == sizeof(int) ? 0 : -1;
}

Test(apart, no_reader_has_rights)
{
    const int fd = memfd_create("saved", 0);
    struct fail f = {""};
    struct stream_in in = stream_in_fd(&fd, &f);
    int can = -1;
    const struct apart a = {.in = &in, .read = read_nothing, .hear = hear_nothing, .arg = &can};

    cr_assert_eq(apart_run(&a), 0, "%s", f.text);
    cr_expect_eq(can, 0, "it can do %d things that it must not", can);
    close(fd);
}

/* ---- a reader that somebody else's bytes have taken over ---- */

static int pair[2];

/* Asks with @len bytes, and ends: what the other side makes of it. */
static int asked(const void *message, size_t len)
{
    struct stream_in in = {.fail = &to.fail};
    struct restore r = {.guest = &to.guest, .in = &in};
    int ret;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    if (len)
        cr_assert_eq(write(pair[1], message, len), (ssize_t)len);
    shutdown(pair[1], SHUT_WR);
    to.fail.text[0] = '\0';
    ret = remote_serve(pair[0], &r);
    close(pair[0]);
    close(pair[1]);
    return ret;
}

static void must_not(const uint32_t *message, size_t len, const char *what)
{
    cr_expect_eq(asked(message, len), -1, "%s", what);
    cr_expect(strstr(to.fail.text, len ? "must not have" : "ended"), "%s: %s", what, to.fail.text);
    cr_expect_eq(to.pinned, 0, "%s", what);
}

/* Words: what (1 pin, 2 a vCPU's part, 3 clock, 4 end), frames, vCPU, record, length, error */
Test(apart, is_not_believed, .init = begin, .fini = end)
{
    static uint32_t m[20000];
    const size_t head = 6 * sizeof(*m), pin = BATCH * 9;

    must_not(m, 0, "nothing");
    must_not(m, 4, "half a head");
    must_not((uint32_t[]){9, 0, 0, 0, 0, 0}, head, "an unknown question");
    must_not((uint32_t[]){0, 1, 0, 0, 0, 0}, head, "a page without a number");
    m[0] = 0;
    m[1] = BATCH + 1;
    must_not(m, head + (BATCH + 1) * 8, "too many pages");
    m[0] = 1;
    m[1] = BATCH + 1;
    must_not(m, head + pin, "too many tables");
    m[1] = 1; /* its level is 0: the command before MMUEXT_PIN_L1_TABLE */
    must_not(m, head + pin, "a table of no level");
    ((uint8_t *)m)[head + BATCH * 8] = FRAME_L4 + 1;
    must_not(m, head + pin, "a table of level 5");
    must_not((uint32_t[]){2, 0, FAKE_VCPUS, RECORD_VCPU_MSRS, 0, 0}, head, "no vCPU of it");
    must_not((uint32_t[]){2, 0, 0, RECORD_PAGE_DATA, 0, 0}, head, "no part of a vCPU");
    must_not((uint32_t[]){2, 0, 0, RECORD_VCPU_MSRS, 16, 0}, head, "a part that is not there");
    must_not((uint32_t[]){3, 0, 0, 0, 0, 0}, head, "a clock that is not there");
    must_not((uint32_t[]){4, 0, 0, 0, 0, 0}, head, "an end that says nothing");
}

/* What it has to say goes to a terminal. */
Test(apart, its_text_is_plain, .init = begin, .fini = end)
{
    struct remote remote;
    struct fail f = {"\033]0;pwned\007"};
    struct stream_in in = {.fail = &f}, here = {.fail = &to.fail};
    struct restore told = {.guest = &to.guest, .in = &in}, r = {.guest = &to.guest, .in = &here};

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    remote_init(&remote, pair[1], &to.guest, &f);
    cr_assert_eq(remote_end(&remote, -1, &told), 0);
    cr_assert_eq(remote_serve(pair[0], &r), -1);
    cr_expect_str_eq(to.fail.text, "?]0;pwned?");
    close(pair[0]);
    close(pair[1]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk's two processes as they are in dom0: confined by this machine's kernel, with the real
 * xenstored, and killed.  The test is the guest, and xend in so far as it starts them again.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/device_stats.h"
#include "lib/ring.h"
#include "lib/store.h"
#include <xen/io/blkif.h>

#define BUILD   "../../../build"
#define BLK     BUILD "/backends/hospes-blk"
#define BACK    "/local/domain/0/backend/vbd/5/51712"
#define FRONT   "/local/domain/5/device/vbd/51712"
#define UID     1879048200u
#define PAGES   64u
#define SECTORS 4096u

static char dir[] = "/tmp/backend.XXXXXX";
static struct xs_handle *xs;
static pid_t store, monitor;
static int events, disk;
static uint8_t *guest;
static blkif_front_ring_t ring;

static char *in_dir(const char *name)
{
    static char path[2][128];
    static int turn;

    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
    return path[turn];
}

/*
 * What it prints goes to the file `said`: Criterion waits for whoever holds its pipes.  It is ended
 * by SIGTERM if this process dies; without a store back-ends end too.
 */
static pid_t run(const char *const argv[], const char *preload, const int *fds, int count)
{
    pid_t pid = fork();
    int moved[3];

    if (pid)
        return pid;
    if (preload)
        setenv("LD_PRELOAD", preload, 1);
    setenv("FAKE_XEN", dir, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(open(in_dir("said"), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    for (int i = 0; i < count; i++)
        moved[i] = fcntl(fds[i], F_DUPFD, 10);
    for (int i = 0; i < count; i++)
        if (dup2(moved[i], 3 + i) < 0)
            _exit(126);
    close_range(3 + count, ~0u, 0);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

/* xend's part: a description of its own for each process. */
static void start(const char *program)
{
    const char *const argv[] = {program, "--back",     BACK, "--disk-fd", "3",          "--log-fd",
                                "4",     "--stats-fd", "5",  "--uid",     "1879048200", NULL};
    int fds[] = {open(in_dir("disk"), O_RDWR | O_CLOEXEC),
                 open(in_dir("log"), O_RDWR | O_CREAT | O_CLOEXEC, 0600),
                 open(in_dir("stats"), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};

    monitor = run(argv, BUILD "/unit/backend-process/fake_devices.so", fds, 3);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

/* A condition that others bring about; the test's own time-out ends what never comes. */
static void until(bool (*holds)(void))
{
    while (!holds())
        usleep(1000);
}

static bool store_answers(void)
{
    xs = xs_open(0);
    return xs != NULL;
}

static bool state_is(long state)
{
    return store_number(xs, -1, BACK "/state") == state;
}

static bool waits(void)
{
    return state_is(2);
}

static bool is_connected(void)
{
    return state_is(4);
}

static bool has_answer(void)
{
    return RING_HAS_UNCONSUMED_RESPONSES(&ring);
}

static void put(const char *path, const char *key, const char *value)
{
    cr_assert(store_put(xs, XBT_NULL, path, key, "%s", value));
}

static bool has_name_spaces(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) != 0);
    return waitpid(pid, &status, 0) == pid && status == 0;
}

static bool said(const char *what)
{
    FILE *in = fopen(in_dir("said"), "r");
    char line[512];
    bool found = false;

    while (in && !found && fgets(line, sizeof(line), in))
        found = strstr(line, what) != NULL;
    if (in)
        fclose(in);
    return found;
}

static bool has_tried(void)
{
    return said("all tried");
}

static void begin_with(const char *program)
{
    const char *const daemon[] = {BUILD "/dom0-tools/xenstored", "--no-domain-init", NULL};

    if (geteuid() != 0 || !has_name_spaces())
        cr_skip_test("only root with name spaces can confine a process");
    cr_assert_not_null(mkdtemp(dir));
    setenv("XENSTORED_PATH", in_dir("socket"), 1);
    store = run(daemon, NULL, NULL, 0);
    until(store_answers);
    cr_assert_eq(mkfifo(in_dir("events"), 0600), 0);
    events = open(in_dir("events"), O_RDWR | O_NONBLOCK);
    disk = open(in_dir("disk"), O_RDWR | O_CREAT, 0600);
    cr_assert_eq(ftruncate(disk, SECTORS * 512), 0);
    guest = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
                 open(in_dir("guest"), O_RDWR | O_CREAT, 0600), 0);
    cr_assert_eq(truncate(in_dir("guest"), PAGES * 4096), 0);
    SHARED_RING_INIT((blkif_sring_t *)guest);
    FRONT_RING_INIT(&ring, (blkif_sring_t *)guest, 4096);
    put(BACK, "frontend", FRONT);
    put(BACK, "frontend-id", "5");
    put(BACK, "online", "1");
    put(BACK, "state", "1");
    put(FRONT, "state", "1");
    start(program);
    until(waits);
    put(FRONT, "ring-ref", "0");
    put(FRONT, "event-channel", "3");
    put(FRONT, "state", "3");
}

static void begin(void)
{
    begin_with(BLK);
    until(is_connected);
    put(FRONT, "state", "4");
}

static void end(void)
{
    static const char *const files[] = {"events", "disk",   "guest", "log",
                                        "stats",  "socket", "said"};

    if (!monitor)
        return;
    kill(monitor, SIGKILL);
    kill(store, SIGTERM); /* the keeper: it ends who serves */
    while (wait(NULL) > 0)
        ;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(in_dir(files[i]));
    rmdir(dir);
}

TestSuite(process, .init = begin, .fini = end, .timeout = 300);

static void ask(int operation, uint64_t sector, uint32_t page)
{
    blkif_request_t *req = RING_GET_REQUEST(&ring, ring.req_prod_pvt++);

    *req = (blkif_request_t){
        .operation = operation, .nr_segments = 1, .id = sector, .sector_number = sector};
    req->seg[0] = (struct blkif_request_segment){.gref = page, .last_sect = 7};
}

static void kick(void)
{
    uint32_t port = 5;

    RING_PUSH_REQUESTS(&ring);
    cr_assert_eq(write(events, &port, sizeof(port)), (ssize_t)sizeof(port));
}

static uint64_t answer(void)
{
    blkif_response_t rsp;

    until(has_answer);
    RING_COPY_RESPONSE(&ring, ring.rsp_cons, &rsp);
    ring.rsp_cons++;
    cr_assert_eq(rsp.status, BLKIF_RSP_OKAY, "sector %u", (unsigned int)rsp.id);
    return rsp.id;
}

static pid_t worker(void)
{
    char path[64];
    FILE *in;
    int pid = 0;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", monitor, monitor);
    in = fopen(path, "r");
    if (in && fscanf(in, "%d", &pid) != 1)
        pid = 0;
    if (in)
        fclose(in);
    return pid;
}

/* Not yet where a new monitor has begun, even if the one before it answered all with its last breath. */
static bool has_worker(void)
{
    return worker() > 0;
}

static bool says(pid_t pid, const char *key, const char *value)
{
    char path[64], line[256];
    bool found = false;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    in = fopen(path, "r");
    while (in && fgets(line, sizeof(line), in)) {
        if (strncmp(line, key, strlen(key)) == 0)
            found = strstr(line, value) != NULL;
    }
    if (in)
        fclose(in);
    return found;
}

static bool same_name_space(pid_t pid, const char *which)
{
    struct stat a, b;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, which);
    cr_assert_eq(stat(path, &a), 0);
    snprintf(path, sizeof(path), "/proc/self/ns/%s", which);
    cr_assert_eq(stat(path, &b), 0);
    return a.st_ino == b.st_ino;
}

/* 2^32 is no user's number, and as one of 32 bits root's; nor is the next, which would be daemon's. */
Test(arguments, user_of_more_than_32_bits_is_refused, .timeout = 300)
{
    static const char *const numbers[] = {"4294967296", "4294967297"};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const char *const argv[] = {BLK, "--back",     BACK, "--disk-fd", "0",        "--log-fd",
                                    "0", "--stats-fd", "0",  "--uid",     numbers[i], NULL};
        pid_t pid = run(argv, NULL, NULL, 0);
        int status;

        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert_eq(WEXITSTATUS(status), 2, "it said how it is used: %x", (unsigned int)status);
    }
}

Test(process, worker_is_confined)
{
    static const char *const spaces[] = {"pid", "mnt", "net", "ipc", "uts"};
    pid_t pid = worker();

    cr_assert_gt(pid, 0);
    cr_assert(says(pid, "Uid:", "1879048200\t1879048200\t1879048200\t1879048200"));
    cr_assert(says(pid, "CapEff:", "0000000000000000"));
    cr_assert(says(pid, "CapPrm:", "0000000000000000"));
    cr_assert(says(pid, "CapBnd:", "0000000000000000"));
    cr_assert(says(pid, "NoNewPrivs:", "1"));
    cr_assert(says(pid, "Seccomp:", "2"));
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
        cr_assert_not(same_name_space(pid, spaces[i]), "%s", spaces[i]);
    cr_assert(says(monitor, "CapEff:", "0000000000000020"), "to kill its worker");
    cr_assert(says(monitor, "NoNewPrivs:", "1"));
    cr_assert(says(monitor, "Seccomp:", "2"));
}

static void write_and_read(unsigned int seed)
{
    for (unsigned int i = 0; i < 8; i++) {
        memset(guest + (8 + i) * 4096, seed + i, 4096);
        ask(BLKIF_OP_WRITE, i * 8, 8 + i);
    }
    kick();
    for (unsigned int i = 0; i < 8; i++)
        answer();
    for (unsigned int i = 0; i < 8; i++)
        ask(BLKIF_OP_READ, i * 8, 24 + i);
    kick();
    for (unsigned int i = 0; i < 8; i++)
        answer();
    for (unsigned int i = 0; i < 8; i++)
        cr_assert_eq(memcmp(guest + (8 + i) * 4096, guest + (24 + i) * 4096, 4096), 0);
}

static struct device_stats counted(void)
{
    struct device_stats s = {0};
    int fd = open(in_dir("stats"), O_RDONLY);

    cr_assert_eq(read(fd, &s, sizeof(s)), (ssize_t)sizeof(s));
    close(fd);
    return s;
}

Test(process, serves)
{
    struct device_stats s;

    write_and_read(1);
    s = counted();
    cr_assert_eq(s.magic, DEVICE_STATS_MAGIC);
    cr_assert_eq(s.starts, 1);
    cr_assert_eq(s.of[STATS_READ].requests, 8);
    cr_assert_eq(s.of[STATS_WRITE].bytes, 8 * 4096);
}

/* By turns the worker and its monitor, with requests in the ring; the other one goes too. */
Test(process, killed_twenty_times_with_requests_under_way)
{
    for (unsigned int round = 0; round < 20; round++) {
        uint64_t seen = 0;
        pid_t victim;
        int status;

        for (unsigned int i = 0; i < 8; i++) {
            memset(guest + (8 + i) * 4096, round * 8 + i, 4096);
            ask(BLKIF_OP_WRITE, i * 8, 8 + i);
        }
        until(has_worker);
        victim = round % 2 ? monitor : worker();
        kick();
        kill(victim, SIGKILL);
        cr_assert_eq(waitpid(monitor, &status, 0), monitor);
        cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 1);
        cr_assert(is_connected(), "the guest sees nothing");
        start(BLK);
        for (unsigned int i = 0; i < 8; i++)
            seen |= UINT64_C(1) << answer() / 8;
        cr_assert_eq(seen, 0xff, "each is answered once");
        for (unsigned int i = 0; i < 8; i++) {
            uint8_t data[4096];

            cr_assert_eq(pread(disk, data, sizeof(data), i * 4096), (ssize_t)sizeof(data));
            cr_assert_eq(memcmp(data, guest + (8 + i) * 4096, sizeof(data)), 0);
        }
    }
    write_and_read(200);
    cr_assert_eq(counted().starts, 21);
    cr_assert_geq(counted().of[STATS_WRITE].requests, 20 * 8 + 8, "of all processes");
}

/* A worker that tries to get out (tests/system/doors) finds no door, and no message that helps. */
Test(doors, all_are_shut, .fini = end, .timeout = 300)
{
    begin_with(BUILD "/doors/doors");
    until(has_tried);
    cr_assert_not(said("open: "), "see what it said");
}

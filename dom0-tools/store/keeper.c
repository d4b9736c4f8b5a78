/* SPDX-License-Identifier: BSD-2-Clause */
/* Holding what must outlive the server, and starting it again. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "lib/unconst.h"
#include "store/keeper.h"
#include "store/sock.h"

#define FIRST_DELAY_MS 10 /* of a server that died before it served; doubled up to */
#define LAST_DELAY_MS  1000

static struct state *state;
static char **arguments;
static const struct daemon_options *options;
static int server = -1, control = -1; /* pidfd of who serves; our end to it */
static int delay_ms;
/*
 * The server waits for clients: only now may new ones be let in.  Before that it begins with those
 * whose descriptors it has inherited, and would take one that came since for one of them.
 */
static bool serving;

struct state *keeper_state(void)
{
    void *p = mmap(NULL, STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, STATE_FD, 0);

    if (p == MAP_FAILED) {
        log_msg("cannot map the state: %s", strerror(errno));
        return NULL;
    }
    return p;
}

/* Puts @fd at a number that is passed on to what this process starts. */
static bool place(int fd, int number)
{
    bool ok = fd >= 0 && dup2(fd, number) == number;

    if (fd >= 0)
        close(fd);
    return ok;
}

/*
 * The name that this program was run by, whatever is there now: Linux marks the name of a program
 * that another version has taken the place of.
 */
static bool name_self(char *name, size_t cap)
{
    static const char mark[] = " (deleted)";
    ssize_t n = readlink("/proc/self/exe", name, cap - 1);
    char *end;

    if (n < 0)
        return false;
    name[n] = '\0';
    end = strstr(name, mark);
    if (end && end[sizeof(mark) - 1] == '\0')
        *end = '\0';
    return true;
}

/* Runs this program, with @option in place of its last such one; its process, or -1. */
static pid_t start(const char *option, int their_end)
{
    static char self[4096];
    char *argv[64] = {arguments[0], unconst(option)};
    pid_t pid;

    if (!*self && !name_self(self, sizeof(self)))
        return -1;
    for (int i = 1, n = 2; arguments[i] && n < 63; i++)
        if (strcmp(arguments[i], "--serve") && strcmp(arguments[i], "--keep"))
            argv[n++] = arguments[i];
    pid = fork();
    if (pid == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(their_end, CONTROL_FD);
        execv(self, argv);
        execv("/proc/self/exe", argv); /* the file is gone: as we are, then */
        _exit(127);
    }
    return pid;
}

static bool start_server(void)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    pid = start("--serve", ends[1]);
    close(ends[1]);
    control = ends[0];
    serving = false;
    server = pid < 0 ? -1 : pidfd_open(pid, 0);
    return server >= 0;
}

void keeper_restart(char **argv)
{
    int ends[2];

    while (waitpid(-1, NULL, WNOHANG) > 0) /* it may have been ours */
        ;
    log_msg("the keeper has died; another one is started");
    arguments = argv;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
        !place(pidfd_open(getpid(), 0), SERVER_FD) || start("--keep", ends[1]) < 0)
        log_msg("cannot start a keeper: %s", strerror(errno));
    close(ends[1]);
    close(SERVER_FD);
    place(ends[0], CONTROL_FD);
}

/* A free socket slot, or -1. */
static int free_slot(void)
{
    for (int i = 0; i < SOCKET_SLOTS; i++)
        if (__atomic_load_n(&state->slot[i].use, __ATOMIC_ACQUIRE) == SLOT_FREE)
            return i;
    return -1;
}

static void accept_client(int slot)
{
    struct slot *s = &state->slot[slot];
    int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (!place(fd, CLIENT_FD + slot))
        return;
    moved_set(&s->in_moved, 0);
    moved_set(&s->out_moved, 0);
    __atomic_store_n(&s->use, SLOT_OPEN, __ATOMIC_RELEASE);
    /* If the server dies first, the next one finds it open. */
    sock_pass(control, slot, CLIENT_FD + slot);
}

/* What the server says; false when it is gone. */
static bool listen_to_server(void)
{
    static bool ready;
    struct keeper_message m;

    if (recv(control, &m, sizeof(m), 0) != sizeof(m))
        return false;
    if (m.word == KEEPER_CLOSED && m.slot < SOCKET_SLOTS) {
        close(CLIENT_FD + m.slot);
        __atomic_store_n(&state->slot[m.slot].use, SLOT_FREE, __ATOMIC_RELEASE);
    } else if (m.word == KEEPER_READY) {
        delay_ms = 0;
        serving = true;
        if (!ready)
            daemon_ready();
        ready = true;
    }
    return true;
}

/* The server died: another one, at once if that one had served.  False: it never did. */
static bool replace_server(void)
{
    struct timespec wait = {delay_ms / 1000, delay_ms % 1000 * 1000000};

    close(server);
    close(control);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    if (!state->started)
        return false;
    log_msg("the serving process has died; another one is started");
    nanosleep(&wait, NULL);
    delay_ms = delay_ms ? 2 * delay_ms : FIRST_DELAY_MS;
    if (delay_ms > LAST_DELAY_MS)
        delay_ms = LAST_DELAY_MS;
    if (!start_server())
        log_msg("cannot start it: %s", strerror(errno));
    return true;
}

/* Serves until a signal comes (0) or the first server fails (1). */
static int keep(int signals)
{
    for (;;) {
        int slot = serving ? free_slot() : -1;
        struct pollfd p[] = {{.fd = server, .events = POLLIN},
                             {.fd = control, .events = POLLIN},
                             {.fd = signals, .events = POLLIN},
                             {.fd = slot < 0 ? -1 : LISTEN_FD, .events = POLLIN}};
        bool dead;

        if (poll(p, 4, -1) < 0)
            continue;
        if (p[2].revents)
            return 0;
        dead = p[0].revents || server < 0;
        if (!dead && p[1].revents && !listen_to_server())
            p[1].revents = 0; /* it is about to be seen dead */
        if (!dead && p[3].revents)
            accept_client(slot);
        if (dead && !replace_server())
            return 1;
    }
}

/* Makes what servers share: room for descriptors, the socket, the memory. */
static bool begin(const char *path)
{
    int fd;

    if (daemon_descriptors(CLIENT_FD + SOCKET_SLOTS + 64))
        return false;
    fd = memfd_create("xenstored", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, STATE_SIZE) < 0 || !place(fd, STATE_FD)) {
        log_msg("cannot make room for the state: %s", strerror(errno));
        return false;
    }
    fd = sock_listen(path);
    return fd >= 0 && place(fd, LISTEN_FD);
}

static int stop_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Ends the server and takes back what stands in the file system. */
static void end(const char *path)
{
    struct pollfd p = {.fd = server, .events = POLLIN};

    pidfd_send_signal(server, SIGKILL, NULL, 0);
    poll(&p, 1, -1);
    unlink(path);
    if (options->pid_file)
        unlink(options->pid_file);
}

int keeper_run(char **argv, const struct daemon_options *o, bool adopt)
{
    const char *path = xs_daemon_socket();
    int signals = stop_signals(), status;

    arguments = argv;
    options = o;
    signal(SIGPIPE, SIG_IGN);
    if (!adopt && !begin(path))
        return 1;
    state = keeper_state();
    prctl(PR_SET_NAME, "xenstored-keep"); /* who is looked for by name is the one that serves */
    if (adopt) {
        server = SERVER_FD;
        control = CONTROL_FD;
        serving = true;
    } else if (state) {
        state->version = STATE_VERSION;
        start_server();
    }
    if (!state || (o->pid_file && daemon_write_pid(o->pid_file) < 0) || server < 0)
        status = 1;
    else
        status = keep(signals);
    end(path);
    return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Files, time, faults and output; see fake.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/apart.h"
#include "domain/paths.h"
#include "fake.h"
#include "lib/store.h"

void fake_hypervisor_reset(void);
void fake_memory_reset(void);

char fake_dir[64];
int64_t fake_now;
void (*fake_on_idle)(void);
void (*fake_on_pause)(int ms);
static unsigned int fail_at, calls;
static bool cancelled;
char fake_out[1 << 16], fake_err[1 << 16];

/* ---- files ---- */

static void make_dirs(char *path)
{
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(path, 0755);
        *at = '/';
    }
}

const char *fake_file(const char *name, const char *text)
{
    static char path[256];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", fake_dir, name);
    make_dirs(path);
    out = fopen(path, "we");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0)
        abort();
    return path;
}

bool fake_file_exists(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", fake_dir, name);
    return access(path, F_OK) == 0;
}

const char *fake_read(const char *name)
{
    static char text[8192];
    char path[256];
    FILE *in;

    text[0] = '\0';
    snprintf(path, sizeof(path), "%s/%s", fake_dir, name);
    in = fopen(path, "re");
    if (in) {
        text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
        fclose(in);
    }
    return text;
}

const char *fake_script(const char *name, int status)
{
    char text[512], file[64];
    const char *path;

    snprintf(file, sizeof(file), "scripts/%s", name);
    snprintf(text, sizeof(text), "#!/bin/sh\necho %s \"$1\" \"$vif\" >>%s/scripts.log\nexit %d\n",
             name, fake_dir, status);
    path = fake_file(file, text);
    chmod(path, 0755);
    return path;
}

static void remove_old(void)
{
    char command[128];

    if (!fake_dir[0])
        return;
    snprintf(command, sizeof(command), "rm -rf '%s'", fake_dir);
    if (system(command) != 0)
        abort();
}

static void hold_xend_lock(void)
{
    static int fd = -1;

    if (fd >= 0)
        close(fd);
    fd = open(fake_file("run/xend.lock", ""), O_RDWR | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        abort();
}

void fake_reset(void)
{
    static char dirs[11][96];
    static const char *const names[] = {"scripts", "xend-config.sxp", "run", "managed",   "dump",
                                        "net",     "xl-dump",         "bus", "templates", "images",
                                        "xl.conf"};

    if (!fake_dir[0])
        atexit(remove_old);
    remove_old();
    strcpy(fake_dir, "/tmp/toolstack.XXXXXX");
    if (!mkdtemp(fake_dir))
        abort();
    for (int i = 0; i < 11; i++)
        snprintf(dirs[i], sizeof(dirs[i]), "%s/%s", fake_dir, names[i]);
    paths = (struct paths){.scripts = dirs[0],
                           .xend_conf = dirs[1],
                           .run = dirs[2],
                           .managed = dirs[3],
                           .dump = dirs[4],
                           .net = dirs[5],
                           .xl_dump = dirs[6],
                           .backend_bus = dirs[7],
                           .templates = dirs[8],
                           .images = dirs[9],
                           .xl_conf = dirs[10],
                           .xend_log = "/dev/null"};
    hold_xend_lock();
    fake_file("kernel", "");
    fake_file("net/xenbr0", "");
    fake_script("vif-bridge", 0);
    fake_again();
}

void fake_again(void)
{
    fake_store_reset();
    fake_hypervisor_reset();
    fake_memory_reset();
    fail_at = calls = 0;
    fake_now = 0;
    fake_unpacking = false;
    fake_on_idle = NULL;
    fake_on_pause = NULL;
    cancelled = false;
    fake_on_write = fake_good_backends;
}

/* ---- back-ends ---- */

void fake_good_backends(const char *path)
{
    unsigned int domid, id;
    char type[8], key[16] = "";
    const char *value = fake_node("%s", path);

    if (sscanf(path, "/local/domain/0/backend/%7[a-z]/%u/%u/%15s", type, &domid, &id, key) != 4 ||
        strcmp(key, "state") != 0 || !value)
        return;
    if (strcmp(value, "1") == 0)
        fake_node_set("2", "%s", path);
    else if (strcmp(value, "5") == 0)
        fake_node_set("6", "%s", path);
}

/* ---- faults ---- */

void fake_fail(unsigned int n)
{
    fail_at = n;
    calls = 0;
}

unsigned int fake_calls(void)
{
    return calls;
}

bool fake_fails(void)
{
    if (++calls != fail_at)
        return false;
    errno = EIO;
    return true;
}

/* ---- lib/store_wait.c ---- */

int64_t store_now(void)
{
    return fake_now;
}

void store_cancel(bool on)
{
    cancelled = on;
}

bool store_cancelled(void)
{
    return cancelled;
}

char **store_event(struct xs_handle *xs, int64_t deadline)
{
    char **event = xs_check_watch(xs);

    if (!event && fake_on_idle) {
        fake_on_idle();
        event = xs_check_watch(xs);
    }
    if (!event && fake_now < deadline)
        fake_now = deadline;
    return event;
}

bool store_wait(struct xs_handle *xs, int64_t deadline)
{
    char **event = store_event(xs, deadline);

    free(event);
    return event && !cancelled;
}

void store_pause(int ms)
{
    fake_now += ms;
    if (fake_on_pause)
        fake_on_pause(ms);
}

/* ---- output ---- */

static void read_back(FILE *f, char *text, size_t cap)
{
    rewind(f);
    text[fread(text, 1, cap - 1, f)] = '\0';
    fclose(f);
}

int fake_capture(int (*fn)(void *arg), void *arg)
{
    FILE *out = tmpfile(), *err = tmpfile();
    int saved_out, saved_err, ret;

    if (!out || !err)
        abort();
    fflush(stdout);
    fflush(stderr);
    saved_out = dup(STDOUT_FILENO);
    saved_err = dup(STDERR_FILENO);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    ret = fn(arg);
    fflush(stdout);
    fflush(stderr);
    dup2(saved_out, STDOUT_FILENO);
    dup2(saved_err, STDERR_FILENO);
    close(saved_out);
    close(saved_err);
    read_back(out, fake_out, sizeof(fake_out));
    read_back(err, fake_err, sizeof(fake_err));
    return ret;
}

void fake_good_guests(const char *path)
{
    char wanted[64];
    unsigned int domid;

    fake_good_backends(path);
    if (sscanf(path, "/local/domain/%u/", &domid) != 1 || !fake_domain(domid))
        return;
    snprintf(wanted, sizeof(wanted), "/local/domain/%u/control/shutdown", domid);
    if (strcmp(path, wanted) != 0 || strcmp(fake_node("%s", path), "suspend") != 0)
        return;
    fake_node_set("", "%s", path);
    fake_domain(domid)->flags |= XEN_DOMINF_shutdown | SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
}

/* ---- processes ---- */

void (*fake_reader)(int socket);

/* Its reader is this process, with all of its rights, and one message is all that it has to say. */
int apart_run(const struct apart *a)
{
    int pair[2], ret;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
        return fail(a->in->fail, "cannot make a socket: %s", strerror(errno));
    if (fake_reader)
        fake_reader(pair[1]);
    else
        a->read(a->arg, a->in, pair[1], 0);
    shutdown(pair[1], SHUT_WR);
    ret = a->hear(a->arg, pair[0]);
    close(pair[0]);
    close(pair[1]);
    return ret;
}

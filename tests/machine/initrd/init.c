/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PID 1 of the initial RAM disks of dom0 and of the Debian guests.
 *
 * It inserts the modules that the image builder listed in /modules (in order), waits for the
 * root device, mounts it and hands over to the init program inside.  One static program instead
 * of a shell with tools keeps the image small and the start quick.
 *
 * Kernel command line:
 *   root=/dev/X [ro|rw]    device that holds the root file system (ext4)
 *   mount=/dev/Y:/DIR      one further ext4 device, mounted read-only on DIR of the new root
 *   init=/PATH             program to run (default /sbin/init)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEVICE_WAIT_MS 30000

struct options {
    char root[64];
    bool read_only;
    char extra_dev[64];
    char extra_dir[64];
    char init[128];
};

/* Report why the start failed and stop the machine: there is nobody to return to. */
static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fputs("initrd: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    reboot(RB_POWER_OFF);
    _exit(1);
}

static void copy_word(char *dst, size_t size, const char *src)
{
    if (strlen(src) >= size)
        die("command line word too long: %s", src);
    strcpy(dst, src);
}

static void parse_word(struct options *o, const char *word)
{
    if (!strncmp(word, "root=", 5)) {
        copy_word(o->root, sizeof(o->root), word + 5);
    } else if (!strncmp(word, "init=", 5)) {
        copy_word(o->init, sizeof(o->init), word + 5);
    } else if (!strcmp(word, "ro")) {
        o->read_only = true;
    } else if (!strncmp(word, "mount=", 6)) {
        const char *colon = strchr(word, ':');

        if (!colon)
            die("%s: expected mount=DEVICE:DIRECTORY", word);
        snprintf(o->extra_dev, sizeof(o->extra_dev), "%.*s", (int)(colon - word - 6), word + 6);
        copy_word(o->extra_dir, sizeof(o->extra_dir), colon + 1);
    }
}

static void parse_command_line(struct options *o)
{
    char line[4096];
    char *save = NULL;
    int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

    if (n < 0)
        die("/proc/cmdline: %s", strerror(errno));
    close(fd);
    line[n] = '\0';
    for (char *w = strtok_r(line, " \n", &save); w; w = strtok_r(NULL, " \n", &save))
        parse_word(o, w);
    if (!o->root[0])
        die("the kernel command line has no root=");
}

static void load_modules(void)
{
    char name[256];
    FILE *list = fopen("/modules", "re");

    if (!list)
        die("/modules: %s", strerror(errno));
    while (fscanf(list, "%255s", name) == 1) {
        int fd = open(name, O_RDONLY | O_CLOEXEC);

        if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
            fprintf(stderr, "initrd: %s: %s\n", name, strerror(errno));
        close(fd);
    }
    fclose(list);
}

static int open_uevents(void)
{
    struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
        die("kernel events: %s", strerror(errno));
    return fd;
}

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until the device node exists; every kernel device event is a reason to look again. */
static void wait_for(const char *dev, int uevents)
{
    char event[8192];
    long end = now_ms() + DEVICE_WAIT_MS;

    while (access(dev, F_OK)) {
        struct pollfd p = {.fd = uevents, .events = POLLIN};
        long left = end - now_ms();

        if (left <= 0)
            die("%s did not appear within %d s", dev, DEVICE_WAIT_MS / 1000);
        if (poll(&p, 1, (int)left) > 0 && recv(uevents, event, sizeof(event), 0) < 0 &&
            errno != ENOBUFS)
            die("kernel events: %s", strerror(errno));
    }
}

static void mount_or_die(const char *dev, const char *dir, const char *type, unsigned long flags)
{
    mkdir(dir, 0755);
    if (mount(dev, dir, type, flags, NULL))
        die("mount %s on %s: %s", dev, dir, strerror(errno));
}

int main(void)
{
    struct options o = {.init = "/sbin/init"};
    char dir[96];
    int uevents;

    mount_or_die("proc", "/proc", "proc", 0);
    mount_or_die("sysfs", "/sys", "sysfs", 0);
    mount_or_die("devtmpfs", "/dev", "devtmpfs", 0);
    parse_command_line(&o);
    uevents = open_uevents();
    load_modules();
    wait_for(o.root, uevents);
    mount_or_die(o.root, "/root", "ext4", o.read_only ? MS_RDONLY : 0);
    if (o.extra_dev[0]) {
        wait_for(o.extra_dev, uevents);
        snprintf(dir, sizeof(dir), "/root%s", o.extra_dir);
        mount_or_die(o.extra_dev, dir, "ext4", MS_RDONLY);
    }
    close(uevents);
    if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) ||
        mount("/proc", "/root/proc", NULL, MS_MOVE, NULL) ||
        mount("/sys", "/root/sys", NULL, MS_MOVE, NULL) || chdir("/root") ||
        mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
        die("switching to the new root: %s", strerror(errno));
    execl(o.init, o.init, (char *)NULL);
    die("%s: %s", o.init, strerror(errno));
}

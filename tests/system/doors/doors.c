/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways out of a back-end process; see doors.h. */
#include "doors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>

static uid_t own;

static bool a_file(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool the_root_directory(void)
{
    return open("/", O_RDONLY | O_DIRECTORY) >= 0;
}

static bool a_new_file(void)
{
    return open("/x", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool a_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET, SOCK_DGRAM, 0) >= 0;
}

static bool a_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return errno != EPERM && errno != ENOENT;
}

static bool a_child(void)
{
    pid_t pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool other_processes(void)
{
    return kill(2, 0) == 0 || syscall(SYS_pidfd_open, 1, 0) >= 0 || kill(-1, 0) == 0;
}

static bool a_debugger(void)
{
    return ptrace(PTRACE_CONT, 1, 0, 0) == 0 || errno != EPERM; /* ESRCH: it is not traced */
}

static bool a_mount(void)
{
    return mount("none", "/", "tmpfs", 0, "") == 0;
}

static bool new_name_spaces(void)
{
    return unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_NEWNS) == 0;
}

static bool another_user(void)
{
    return setuid(0) == 0 || setresuid(own + 1, own + 1, own + 1) == 0;
}

static bool executable_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
               MAP_FAILED ||
           mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool a_new_ring(void)
{
    char parameters[120] = "";

    return syscall(SYS_io_uring_setup, 4, parameters) >= 0;
}

static bool program_loading(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) >= 0 || errno != EPERM;
}

/* Refused by the filter, whatever descriptor: EPERM, not ENOTTY or EBADF. */
static bool passes(unsigned long command)
{
    return ioctl(-1, command, NULL) == 0 || errno != EPERM;
}

static bool commands_of_devices(void)
{
    return passes(TCGETS) || passes(TIOCSTI) || passes(TUNSETIFF) || passes(0x1277 /* BLKFLSBUF */);
}

static bool foreign_grants(void)
{
    return passes(IOCTL_GNTDEV_MAP_GRANT_REF) || passes(IOCTL_GNTDEV_UNMAP_GRANT_REF) ||
           passes(IOCTL_GNTDEV_GRANT_COPY) || passes(IOCTL_GNTDEV_SET_UNMAP_NOTIFY);
}

static bool virtual_interrupts(void)
{
    return passes(IOCTL_EVTCHN_BIND_VIRQ) || passes(IOCTL_EVTCHN_BIND_UNBOUND_PORT) ||
           passes(IOCTL_EVTCHN_RESET);
}

static bool many_descriptors(void)
{
    struct rlimit limit;

    return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 || getuid() == 0;
}

static const struct {
    const char *name;
    bool (*is_open)(void);
} doors[] = {
    {"a file", a_file},
    {"the root directory", the_root_directory},
    {"a new file", a_new_file},
    {"a socket", a_socket},
    {"a child", a_child},
    {"other processes", other_processes},
    {"a debugger", a_debugger},
    {"a mount", a_mount},
    {"executable memory", executable_memory},
    {"a new ring", a_new_ring},
    {"program loading", program_loading},
    {"commands of devices", commands_of_devices},
    {"foreign grants", foreign_grants},
    {"virtual interrupts", virtual_interrupts},
    {"limits", many_descriptors},
    {"new name spaces", new_name_spaces},
    {"another user", another_user},
    {"a program", a_program}, /* the last: it does not come back if it is open */
};

bool doors_try(uid_t uid, void (*say)(const char *door))
{
    bool shut = true;

    own = uid;
    for (unsigned int i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        if (!doors[i].is_open())
            continue;
        say(doors[i].name);
        shut = false;
    }
    say("all tried");
    return shut;
}

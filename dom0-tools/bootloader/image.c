/* SPDX-License-Identifier: BSD-2-Clause */
/* Running grub-fstest; see image.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bootloader/child.h"
#include "bootloader/confine.h"
#include "bootloader/image.h"
#include "lib/unconst.h"

#define PROGRAM  "grub-fstest"
#define SHIM     "hospes-bootfs.so"
#define LIST_MAX (64u << 10)
#define MEMORY   (512ul << 20) /* that a reader may have, bytes */
/* Reading goes on for as long as its CPU time lasts; this is for a disk that does not answer. */
#define WAIT_MS (600 * 1000)

/* The shim lies beside the program that runs, or where libraries are installed. */
static int find_shim(char path[PATH_MAX])
{
    static const char *const places[] = {"", "../lib/hospes/"};
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
        if (snprintf(path, PATH_MAX, "%.*s/%s" SHIM, (int)(slash - self), self, places[i]) <
                PATH_MAX &&
            access(path, R_OK) == 0)
            return 0;
    }
    return -1;
}

/* In the child: nothing of this process' but the image, and its output into @out. */
static void become_reader(int image, int out, size_t max, const char *shim, const char *verb,
                          const char *what)
{
    char preload[PATH_MAX + 16];
    char *argv[] = {PROGRAM, CONFINE_FILE, unconst(verb), unconst(what), NULL};
    char *envp[] = {preload, "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    struct rlimit size = {max, max}, memory = {MEMORY, MEMORY};
    sigset_t none;
    int null = open("/dev/null", O_RDWR);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shim);
    image = fcntl(image, F_DUPFD, 10);
    if (null < 0 || image < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0 || dup2(image, IMAGE_FD) < 0 ||
        setrlimit(RLIMIT_FSIZE, &size) || setrlimit(RLIMIT_AS, &memory))
        _exit(CONFINE_FAILED);
    close_range(IMAGE_FD + 1, ~0u, 0);
    execvpe(PROGRAM, argv, envp);
    _exit(127);
}

/* What the end of the reader means; 0: it has read. */
static int judge(int status, const char *what, size_t max, struct fail *f)
{
    errno = EIO;
    if (status == -1)
        return fail(f, "reading %s took too long", what);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
        return fail(f, "%s is larger than %zu MiB", what, max >> 20);
    if (WIFSIGNALED(status))
        return fail(f, "reading %s ended by signal %d (is the file system damaged?)", what,
                    WTERMSIG(status));
    if (WEXITSTATUS(status) == 0)
        return 0;
    if (WEXITSTATUS(status) == 127)
        return fail(f, "cannot run " PROGRAM " (install the package grub-common)");
    if (WEXITSTATUS(status) == CONFINE_FAILED)
        return fail(f, "cannot take away the rights of " PROGRAM);
    errno = ENOENT;
    return fail(f, "there is no readable %s", what);
}

/* An anonymous file with the output of "grub-fstest DISK VERB WHAT", or -1. */
static int run(int image, const char *verb, const char *what, size_t max, struct fail *f)
{
    char shim[PATH_MAX];
    int out, ret;
    pid_t pid;

    if (find_shim(shim)) {
        errno = EIO;
        return fail(f, "cannot find " SHIM " beside this program");
    }
    out = memfd_create("boot", MFD_CLOEXEC);
    pid = out < 0 ? -1 : child_fork();
    if (pid == 0)
        become_reader(image, out, max, shim, verb, what);
    ret = pid < 0 ? fail(f, "cannot start " PROGRAM ": %s", strerror(errno))
                  : judge(child_wait(pid, WAIT_MS), what, max, f);
    if (ret == 0)
        return out;
    if (out >= 0) {
        int saved = errno;

        close(out);
        errno = saved;
    }
    return -1;
}

int image_read(int fd, const char *device, const char *path, size_t max, struct fail *f)
{
    char what[PATH_MAX];

    if ((size_t)snprintf(what, sizeof(what), "%s%s", device, path) >= sizeof(what)) {
        errno = ENOENT;
        return fail(f, "the name of a file on the disk is too long");
    }
    return run(fd, "cat", what, max, f);
}

int image_list(int fd, const char *device, const char *path, struct fail *f)
{
    char what[PATH_MAX];

    snprintf(what, sizeof(what), "%s%s", device, path);
    return run(fd, "ls", what, LIST_MAX, f);
}

/* "(loop0)", or "(loop0,...)" with letters, digits and commas. */
static bool is_device(const char *word, size_t len)
{
    if (len >= IMAGE_DEVICE || len < 7 || memcmp(word, "(loop0", 6) != 0 || word[len - 1] != ')')
        return false;
    for (size_t i = 6; i < len - 1; i++)
        if (!isalnum((unsigned char)word[i]) && word[i] != ',')
            return false;
    return true;
}

static unsigned int partition(const char *name)
{
    size_t digits = strcspn(name + 6, "0123456789");

    return strtoul(name + 6 + digits, NULL, 10);
}

static int by_partition(const void *a, const void *b)
{
    unsigned int first = partition(a), second = partition(b);

    return first < second ? -1 : first > second ? 1 : strcmp(a, b);
}

void image_parse_devices(const char *text, size_t len, struct image_devices *out)
{
    *out = (struct image_devices){0};
    for (size_t i = 0; i < len && out->count < IMAGE_DEVICES;) {
        size_t n = 0;

        while (i + n < len && !isspace((unsigned char)text[i + n]))
            n++;
        if (is_device(text + i, n))
            memcpy(out->name[out->count++], text + i, n);
        i += n + 1;
    }
    qsort(out->name, out->count, sizeof(out->name[0]), by_partition);
}

int image_devices(int fd, struct image_devices *out, struct fail *f)
{
    char *text;
    ssize_t len;
    int list = run(fd, "ls", NULL, LIST_MAX, f);

    if (list < 0)
        return -1;
    text = malloc(LIST_MAX);
    len = text ? pread(list, text, LIST_MAX, 0) : -1;
    image_parse_devices(text, len > 0 ? len : 0, out);
    free(text);
    close(list);
    return out->count ? 0 : fail(f, "the disk cannot be read");
}

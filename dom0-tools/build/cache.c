/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacked kernels kept on disk; see cache.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build/cache.h"

#define CACHE_PARENT "/var/cache/hospes"
#define CACHE_DIR    CACHE_PARENT "/kernels"
#define ENTRIES_MAX  4
#define PAGE         4096u

void cache_name(const struct stat *file, char name[CACHE_NAME_MAX])
{
    snprintf(name, CACHE_NAME_MAX, CACHE_DIR "/%llx-%llx-%llx-%llx.%09lx",
             (unsigned long long)file->st_dev, (unsigned long long)file->st_ino,
             (unsigned long long)file->st_size, (unsigned long long)file->st_ctim.tv_sec,
             file->st_ctim.tv_nsec);
}

void *cache_load(const char *name, size_t len)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *map = MAP_FAILED;
    struct stat st;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && (size_t)st.st_size == len)
        map = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

/* Writes what is not zero; a kernel's unset data stays a hole. */
static bool write_sparse(int fd, const uint8_t *data, size_t len)
{
    static const uint8_t zeroes[PAGE];

    for (size_t at = 0; at < len;) {
        size_t run = at;

        while (run < len && memcmp(data + run, zeroes, len - run < PAGE ? len - run : PAGE) != 0)
            run += len - run < PAGE ? len - run : PAGE;
        while (at < run) {
            ssize_t n = pwrite(fd, data + at, run - at, at);

            if (n <= 0)
                return false;
            at += n;
        }
        at += PAGE;
    }
    return ftruncate(fd, len) == 0 && fsync(fd) == 0;
}

/* Removes the oldest entry until few enough are left. */
static void drop_old(void)
{
    for (;;) {
        DIR *dir = opendir(CACHE_DIR);
        struct timespec oldest = {.tv_sec = INT64_MAX};
        char victim[256] = "";
        struct dirent *entry;
        unsigned int count = 0;
        struct stat st;

        while (dir && (entry = readdir(dir))) {
            if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
                !S_ISREG(st.st_mode))
                continue;
            count++;
            if (st.st_mtim.tv_sec < oldest.tv_sec) {
                oldest = st.st_mtim;
                snprintf(victim, sizeof(victim), "%s", entry->d_name);
            }
        }
        if (dir && count > ENTRIES_MAX && unlinkat(dirfd(dir), victim, 0) != 0)
            count = 0;
        if (dir)
            closedir(dir);
        if (count <= ENTRIES_MAX)
            return;
    }
}

static void store(const char *name, const void *data, size_t len)
{
    char tmp[CACHE_NAME_MAX + 16];
    int fd;

    mkdir(CACHE_PARENT, 0755);
    mkdir(CACHE_DIR, 0700);
    snprintf(tmp, sizeof(tmp), "%s.%d", name, (int)getpid());
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (!write_sparse(fd, data, len) || rename(tmp, name) != 0)
        unlink(tmp);
    close(fd);
    drop_old();
}

/* A grandchild does it, so that nobody has to wait for it. */
void cache_store(const char *name, const void *data, size_t len)
{
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (fork() != 0)
            _exit(0);
        setsid();
        /* Let go of the caller's output: a reader of it must see its end when the caller ends. */
        for (int fd = 0; null >= 0 && fd < 3; fd++)
            dup2(null, fd);
        store(name, data, len);
        _exit(0);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

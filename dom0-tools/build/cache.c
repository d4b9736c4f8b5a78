/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacked kernels kept on disk; see cache.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "build/cache.h"

#define ENTRIES_MAX 4
#define PAGE        4096u
#define CHUNK       (256u * 1024)
#define KEY_BYTES   (64u * 1024)
#define NAME_LEN    256

const char *cache_dir = "/var/cache/hospes/kernels";

/* An entry is two files: KEY.packed and KEY.unpacked, which comes last. */
static void entry_path(struct cache_bytes packed, const char *suffix, char path[NAME_LEN])
{
    size_t n = packed.len < KEY_BYTES ? packed.len : KEY_BYTES;
    uLong key = crc32(0, (const uint8_t *)packed.data + packed.len - n, n);

    /* Only to find it: that it is the same is decided by comparing. */
    snprintf(path, NAME_LEN, "%s/%zx-%08lx.%s", cache_dir, packed.len, key, suffix);
}

/* Opens a file of ours that has exactly @len bytes; -1 otherwise. */
static int open_entry(const char *path, size_t len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
        (size_t)st.st_size == len)
        return fd;
    close(fd);
    return -1;
}

static bool same_content(const char *path, struct cache_bytes packed)
{
    int fd = open_entry(path, packed.len);
    char *buf = malloc(CHUNK);
    size_t at = 0;
    ssize_t n = 0;

    while (fd >= 0 && buf && at < packed.len && (n = read(fd, buf, CHUNK)) > 0 &&
           (size_t)n <= packed.len - at && memcmp(buf, (const char *)packed.data + at, n) == 0)
        at += n;
    free(buf);
    if (fd >= 0)
        close(fd);
    return fd >= 0 && at == packed.len;
}

void *cache_load(struct cache_bytes packed, size_t len)
{
    char path[NAME_LEN];
    void *map = MAP_FAILED;
    int fd;

    entry_path(packed, "packed", path);
    if (!same_content(path, packed))
        return NULL;
    entry_path(packed, "unpacked", path);
    fd = open_entry(path, len);
    if (fd < 0)
        return NULL;
    map = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    futimens(fd, NULL); /* used just now: the oldest is dropped first */
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

static bool is_entry(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && strcmp(dot, ".unpacked") == 0;
}

static bool drop(int dir, const char *unpacked)
{
    char packed[NAME_LEN];

    snprintf(packed, sizeof(packed), "%.*s.packed", (int)(strrchr(unpacked, '.') - unpacked),
             unpacked);
    unlinkat(dir, packed, 0);
    return unlinkat(dir, unpacked, 0) == 0;
}

/* Removes the oldest entry until few enough are left. */
static void drop_old(void)
{
    for (unsigned int count = ENTRIES_MAX + 1; count > ENTRIES_MAX;) {
        DIR *dir = opendir(cache_dir);
        struct timespec oldest = {.tv_sec = INT64_MAX};
        char victim[NAME_LEN] = "";
        struct dirent *entry;
        struct stat st;

        count = 0;
        while (dir && (entry = readdir(dir))) {
            if (!is_entry(entry->d_name) ||
                fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            count++;
            if (st.st_mtim.tv_sec < oldest.tv_sec) {
                oldest = st.st_mtim;
                snprintf(victim, sizeof(victim), "%s", entry->d_name);
            }
        }
        if (dir && count > ENTRIES_MAX && !drop(dirfd(dir), victim))
            count = 0; /* a read-only disk, say */
        if (dir)
            closedir(dir);
    }
}

/* Writes a file that is complete or not there. */
static bool write_file(const char *path, struct cache_bytes what)
{
    char tmp[NAME_LEN + 16];
    bool ok;
    int fd;

    snprintf(tmp, sizeof(tmp), "%s.%d", path, (int)getpid());
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ok = write_sparse(fd, what.data, what.len) && rename(tmp, path) == 0;
    if (!ok)
        unlink(tmp);
    close(fd);
    return ok;
}

static void make_dirs(void)
{
    char path[NAME_LEN];

    snprintf(path, sizeof(path), "%s", cache_dir);
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(path, 0755);
        *at = '/';
    }
    mkdir(path, 0700);
}

bool cache_write(struct cache_bytes packed, struct cache_bytes unpacked)
{
    char path[NAME_LEN];
    bool ok;

    make_dirs();
    entry_path(packed, "unpacked", path);
    unlink(path); /* another's with the same key, or half of an entry */
    entry_path(packed, "packed", path);
    ok = write_file(path, packed);
    entry_path(packed, "unpacked", path);
    ok = ok && write_file(path, unpacked);
    drop_old();
    return ok;
}

/* A grandchild does it, so that nobody has to wait for it. */
void cache_store(struct cache_bytes packed, struct cache_bytes unpacked)
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
        cache_write(packed, unpacked);
        _exit(0);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

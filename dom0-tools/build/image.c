/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading guest kernels from files; see image.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <xen/features.h>

#include "build/cache.h"
#include "build/image.h"
#include "core/build/unpack.h"
#include "lib/progress.h"

/* What every PV hypervisor of the 4.x series offers a guest. */
#define HV_FEATURES                                                                                \
    (1u << XENFEAT_pae_pgdir_above_4gb | 1u << XENFEAT_mmu_pt_update_preserve_ad |                 \
     1u << XENFEAT_gnttab_map_avail_bits | 1u << XENFEAT_memory_op_vnode_supported)

/* How often the terminal is told how far the unpacking is */
#define LOOK_MS 200

int file_map_open(struct file_map *map, const char *path, struct fail *f)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int ret = 0;

    *map = (struct file_map){0};
    if (fd < 0)
        return fail(f, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, &map->st) != 0 || !S_ISREG(map->st.st_mode)) {
        ret = fail(f, "%s is not a regular file", path);
    } else if (map->st.st_size > 0) {
        map->len = map->st.st_size;
        map->data = mmap(NULL, map->len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        if (map->data == MAP_FAILED) {
            map->data = NULL;
            ret = fail(f, "cannot read %s: %s", path, strerror(errno));
        }
    }
    close(fd);
    return ret;
}

void file_map_close(struct file_map *map)
{
    if (map->data)
        munmap(map->data, map->len);
    *map = (struct file_map){0};
}

static void *unpack_in_thread(void *arg)
{
    struct kernel_image *img = arg;
    size_t got;

    img->error = unpack(img->bz.kind, img->bz.data, img->bz.len, img->map, img->map_len, &got);
    if (img->error == BUILD_OK && got != img->map_len)
        img->error = BUILD_UNPACK_DATA;
    return NULL;
}

static enum build_error unpack_begin(struct kernel_image *img)
{
    img->map_len = img->bz.unpacked_len;
    img->map = cache_load((struct cache_bytes){img->bz.data, img->bz.len}, img->map_len);
    if (img->map)
        return BUILD_OK;
    img->worth_keeping = true;
    /* Populated at once: thousands of page faults would cost a PV dom0 more than the copying. */
    img->map = mmap(NULL, img->map_len, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (img->map == MAP_FAILED) {
        img->map = NULL;
        return BUILD_UNPACK_MEMORY;
    }
    img->unpacking = pthread_create(&img->thread, NULL, unpack_in_thread, img) == 0;
    return img->unpacking ? BUILD_OK : BUILD_UNPACK_MEMORY;
}

static int failed(struct kernel_image *img, const char *path, enum build_error err, struct fail *f)
{
    kernel_image_close(img);
    return fail(f, "cannot load kernel %s: %s", path, build_strerror(err));
}

int kernel_image_open(struct kernel_image *img, const char *path, struct fail *f)
{
    enum build_error err;

    *img = (struct kernel_image){0};
    if (file_map_open(&img->file, path, f))
        return -1;
    img->opened = true;
    err = bzimage_find(img->file.data, img->file.len, &img->bz);
    if (err == BUILD_OK && (img->bz.kind != PAYLOAD_NONE || img->bz.data != img->file.data))
        err = unpack_begin(img);
    return err == BUILD_OK ? 0 : failed(img, path, err, f);
}

/*
 * How far the libraries have come, which do not say: they write from the beginning on into memory
 * that was zero, so it is the end of the last page that begins with something else.
 */
size_t kernel_image_written(const struct kernel_image *img)
{
    const volatile uint64_t *at;
    size_t page = img->map_len / BUILD_PAGE_SIZE;

    while (page-- > 0) {
        at = (const volatile uint64_t *)((const char *)img->map + page * BUILD_PAGE_SIZE);
        if (at[0] | at[1] | at[2] | at[3])
            return (page + 1) * BUILD_PAGE_SIZE;
    }
    return 0;
}

/* Joins within @ms milliseconds, or not. */
static bool joined(pthread_t thread, long ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_timedjoin_np(thread, NULL, &until) != ETIMEDOUT;
}

static void join(struct kernel_image *img)
{
    struct progress progress;

    if (!img->unpacking)
        return;
    progress_start(&progress, "Unpacking the kernel", img->map_len);
    if (progress.terminal)
        while (!joined(img->thread, LOOK_MS))
            progress_to(&progress, kernel_image_written(img));
    else
        pthread_join(img->thread, NULL);
    progress_end(&progress);
    img->unpacking = false;
}

int kernel_image_finish(struct kernel_image *img, const char *path, struct fail *f)
{
    enum build_error err;
    const void *elf = img->map ? img->map : img->file.data;
    size_t len = img->map ? img->map_len : img->file.len;

    join(img);
    err = img->error;
    if (err == BUILD_OK)
        err = elf_parse(elf, len, &img->elf);
    if (err == BUILD_OK)
        err = elf_notes(&img->elf, HV_FEATURES, &img->notes);
    return err == BUILD_OK ? 0 : failed(img, path, err, f);
}

void kernel_image_keep(const struct kernel_image *img)
{
    if (img->worth_keeping)
        cache_store((struct cache_bytes){img->bz.data, img->bz.len},
                    (struct cache_bytes){img->map, img->map_len});
}

void kernel_image_close(struct kernel_image *img)
{
    join(img);
    if (img->map)
        munmap(img->map, img->map_len);
    file_map_close(&img->file);
    *img = (struct kernel_image){0};
}

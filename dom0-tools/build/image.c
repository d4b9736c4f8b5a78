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

/* How often the terminal is told how far a kernel has come; a script's wait ends with the thread. */
#define WATCH_S 1

/* What every PV hypervisor of the 4.x series offers a guest. */
#define HV_FEATURES                                                                                \
    (1u << XENFEAT_pae_pgdir_above_4gb | 1u << XENFEAT_mmu_pt_update_preserve_ad |                 \
     1u << XENFEAT_gnttab_map_avail_bits | 1u << XENFEAT_memory_op_vnode_supported)

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

    img->error =
        unpack(img->bz.kind, img->bz.data, img->bz.len, img->map, img->map_len, &img->unpacked);
    if (img->error == BUILD_OK && img->unpacked != img->map_len)
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

static void join(struct kernel_image *img)
{
    if (img->unpacking)
        pthread_join(img->thread, NULL);
    img->unpacking = false;
}

/* Waits for the thread and says on a terminal how far it has come. */
static void watch(struct kernel_image *img)
{
    struct progress p;
    struct timespec next;

    if (!img->unpacking)
        return;
    progress_start(&p, "Unpacking the kernel", img->map_len);
    do {
        clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec += WATCH_S;
        progress_to(&p, __atomic_load_n(&img->unpacked, __ATOMIC_RELAXED));
    } while (pthread_clockjoin_np(img->thread, NULL, CLOCK_MONOTONIC, &next) == ETIMEDOUT);
    img->unpacking = false;
    progress_end(&p);
}

int kernel_image_finish(struct kernel_image *img, const char *path, struct fail *f)
{
    enum build_error err;
    const void *elf = img->map ? img->map : img->file.data;
    size_t len = img->map ? img->map_len : img->file.len;

    watch(img);
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

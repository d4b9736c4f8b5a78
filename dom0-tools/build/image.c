/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading guest kernels from files; see image.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xen/features.h>

#include "build/image.h"
#include "core/build/unpack.h"

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

static enum build_error unpack_kernel(struct kernel_image *img, const struct bzimage *bz,
                                      const struct stat *file)
{
    enum build_error err;
    size_t got;

    img->map_len = bz->unpacked_len;
    cache_name(file, img->cache_name);
    img->map = cache_load(img->cache_name, img->map_len);
    if (img->map) {
        img->cache_name[0] = '\0';
        return BUILD_OK;
    }
    /* Populated at once: thousands of page faults would cost a PV dom0 more than the copying. */
    img->map = mmap(NULL, img->map_len, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (img->map == MAP_FAILED) {
        img->map = NULL;
        return BUILD_UNPACK_MEMORY;
    }
    err = unpack(bz->kind, bz->data, bz->len, img->map, img->map_len, &got);
    if (err == BUILD_OK && got != img->map_len)
        err = BUILD_UNPACK_DATA;
    return err;
}

int kernel_image_open(struct kernel_image *img, const char *path, struct fail *f)
{
    struct file_map file;
    struct bzimage bz;
    enum build_error err;

    *img = (struct kernel_image){0};
    if (file_map_open(&file, path, f))
        return -1;
    err = bzimage_find(file.data, file.len, &bz);
    if (err == BUILD_OK && bz.kind == PAYLOAD_NONE && bz.data == file.data) {
        img->map = file.data;
        img->map_len = file.len;
    } else {
        if (err == BUILD_OK)
            err = unpack_kernel(img, &bz, &file.st);
        file_map_close(&file);
    }
    if (err == BUILD_OK)
        err = elf_parse(img->map, img->map_len, &img->elf);
    if (err == BUILD_OK)
        err = elf_notes(&img->elf, HV_FEATURES, &img->notes);
    if (err == BUILD_OK)
        return 0;
    kernel_image_close(img);
    return fail(f, "cannot load kernel %s: %s", path, build_strerror(err));
}

void kernel_image_keep(const struct kernel_image *img)
{
    if (img->cache_name[0])
        cache_store(img->cache_name, img->map, img->map_len);
}

void kernel_image_close(struct kernel_image *img)
{
    if (img->map)
        munmap(img->map, img->map_len);
    *img = (struct kernel_image){0};
}

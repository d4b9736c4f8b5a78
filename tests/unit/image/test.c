/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest kernels in files: plain ones, packed ones that are unpacked in a thread, broken ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <criterion/criterion.h>

#include "build/cache.h"
#include "build/image.h"
#include "kernel.h"

static char path[] = "/tmp/hospes-kernel.XXXXXX";
static char dir[] = "/tmp/hospes-cache.XXXXXX";
static struct kernel kernel;
static struct kernel_image img;
static struct fail f;

static void begin(void)
{
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
    kernel_linux(&kernel, 1 << 20);
    cr_assert_not_null(mkdtemp(dir));
    cache_dir = dir;
}

static void end(void)
{
    char command[64];

    unlink(path);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(image, .init = begin, .fini = end);

static void write_plain(size_t len)
{
    FILE *out = fopen(path, "w");

    cr_assert_eq(fwrite(kernel.bytes, 1, len, out), len);
    fclose(out);
}

static void write_packed(void)
{
    gzFile out = gzopen(path, "w");

    cr_assert_eq(gzwrite(out, kernel.bytes, kernel.len), (int)kernel.len);
    gzclose(out);
}

static void damage(long at)
{
    FILE *file = fopen(path, "r+");

    fseek(file, at, SEEK_SET);
    fputc(0x5a, file);
    fclose(file);
}

/* Nobody looks on: there is no terminal. */
int64_t store_now(void)
{
    return 0;
}

Test(image, plain)
{
    write_plain(kernel.len);
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert_not(img.unpacking);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "%s", f.text);
    cr_assert_eq(img.elf.entry, KERNEL_ENTRY);
    cr_assert_not(img.worth_keeping);
    kernel_image_close(&img);
}

Test(image, packed)
{
    write_packed();
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert(img.unpacking);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "%s", f.text);
    cr_assert_eq(img.elf.entry, KERNEL_ENTRY);
    cr_assert(img.worth_keeping);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "asked again");
    kernel_image_close(&img);
}

Test(image, given_up_while_it_is_unpacked)
{
    write_packed();
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    kernel_image_close(&img);
    cr_assert_null(img.map);
}

Test(image, refusals)
{
    write_plain(100);
    cr_assert_eq(kernel_image_open(&img, path, &f), 0);
    cr_assert_eq(kernel_image_finish(&img, path, &f), -1, "cut off");
    cr_assert(strstr(f.text, path));
    write_packed();
    damage(20);
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert_eq(kernel_image_finish(&img, path, &f), -1, "damaged");
    cr_assert(strstr(f.text, path));
    unlink(path);
    cr_assert_eq(kernel_image_open(&img, path, &f), -1);
    cr_assert(strstr(f.text, "No such file"));
}

/* ---- the cache ---- */

static const char one[] = "a packed kernel", other[] = "a packed kerneL", elf[] = "unpacked";
#define BYTES(text) ((struct cache_bytes){text, sizeof(text)})

static void *load(struct cache_bytes packed)
{
    void *map = cache_load(packed, sizeof(elf));

    if (map) {
        cr_assert_arr_eq(map, elf, sizeof(elf));
        munmap(map, sizeof(elf));
    }
    return map;
}

Test(image, found_again_by_content)
{
    cr_assert_null(load(BYTES(one)));
    cr_assert(cache_write(BYTES(one), BYTES(elf)));
    cr_assert_not_null(load(BYTES(one)));
    cr_assert_null(load(BYTES(other)));
    cr_assert_null(cache_load(BYTES(one), sizeof(elf) - 1), "another length was announced");
}

/* The key only finds an entry; what was packed must be equal. */
Test(image, an_entry_with_the_same_key_is_not_taken_for_another)
{
    static uint8_t a[(64 * 1024) + 1],
        b[(64 * 1024) + 1]; /* differ only before what the key is made of */

    b[0] = 1;
    cr_assert(cache_write((struct cache_bytes){a, sizeof(a)}, BYTES(elf)));
    cr_assert_not_null(load((struct cache_bytes){a, sizeof(a)}));
    cr_assert_null(load((struct cache_bytes){b, sizeof(b)}));
    cr_assert(cache_write((struct cache_bytes){b, sizeof(b)}, BYTES(elf)));
    cr_assert_not_null(load((struct cache_bytes){b, sizeof(b)}));
    cr_assert_null(load((struct cache_bytes){a, sizeof(a)}), "its place is taken");
}

Test(image, few_entries_are_kept)
{
    char text[32] = "";
    int found = 0;

    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof(text), "kernel %d", i);
        cr_assert(cache_write(BYTES(text), BYTES(elf)));
    }
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof(text), "kernel %d", i);
        found += load(BYTES(text)) != NULL;
    }
    cr_assert_eq(found, 4);
}

Test(image, opened_again_it_is_not_unpacked)
{
    write_packed();
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "%s", f.text);
    cr_assert(cache_write((struct cache_bytes){img.bz.data, img.bz.len},
                          (struct cache_bytes){img.map, img.map_len}));
    kernel_image_close(&img);
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert_not(img.unpacking);
    cr_assert_not(img.worth_keeping);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "%s", f.text);
    kernel_image_close(&img);
}

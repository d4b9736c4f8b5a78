/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest kernels in files: plain ones, packed ones that are unpacked in a thread, broken ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <criterion/criterion.h>

#include "build/image.h"
#include "kernel.h"

static char path[] = "/tmp/hospes-kernel.XXXXXX";
static struct kernel kernel;
static struct kernel_image img;
static struct fail f;

static void begin(void)
{
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
    kernel_linux(&kernel, 1 << 20);
}

static void end(void)
{
    unlink(path);
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

Test(image, plain)
{
    write_plain(kernel.len);
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert_not(img.unpacking);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "%s", f.text);
    cr_assert_eq(img.elf.entry, KERNEL_ENTRY);
    cr_assert_str_empty(img.cache_name);
    kernel_image_close(&img);
}

Test(image, packed)
{
    write_packed();
    cr_assert_eq(kernel_image_open(&img, path, &f), 0, "%s", f.text);
    cr_assert(img.unpacking);
    cr_assert_eq(kernel_image_finish(&img, path, &f), 0, "%s", f.text);
    cr_assert_eq(img.elf.entry, KERNEL_ENTRY);
    cr_assert_neq(img.cache_name[0], '\0', "worth keeping");
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

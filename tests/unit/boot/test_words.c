/* SPDX-License-Identifier: BSD-2-Clause */
/* pygrub's command line and its answers. */
#include <criterion/criterion.h>
#include <string.h>

#include "bootloader/image.h"
#include "bootloader/options.h"

static struct boot_options o;
static struct fail f;
static char text[8192];

static int options(int argc, char **argv)
{
    return boot_options(argc, argv, &o, &f);
}
#define OPTIONS(...)                                                                               \
    options(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), (char *[]){__VA_ARGS__})

Test(options, as_xl_calls_it)
{
    cr_assert_eq(OPTIONS("--kernel=", "--ramdisk=", "--args=root=/dev/xvda ro", "--output=/run/f",
                         "--output-format=simple0", "--output-directory=/run/d", "-q", "--entry",
                         "2", "/srv/a.img"),
                 0, "%s", f.text);
    cr_expect_null(o.request.kernel);
    cr_expect_str_eq(o.request.args, "root=/dev/xvda ro");
    cr_expect_str_eq(o.request.entry, "2");
    cr_expect_str_eq(o.output, "/run/f");
    cr_expect_str_eq(o.directory, "/run/d");
    cr_expect_str_eq(o.disk, "/srv/a.img");
    cr_expect(o.quiet && o.format == OUTPUT_SIMPLE0);
}

Test(options, refusals)
{
    cr_expect_eq(OPTIONS("--frobnicate"), -1);
    cr_expect_not_null(strstr(f.text, "no option '--frobnicate'"));
    cr_expect_eq(OPTIONS("-qx"), -1);
    cr_expect_eq(OPTIONS("--entry"), -1);
    cr_expect_not_null(strstr(f.text, "needs a value"));
    cr_expect_eq(OPTIONS("--quiet=1"), -1);
    cr_expect_eq(OPTIONS("--output-format=xml"), -1);
    cr_expect_eq(OPTIONS("--offset=32256"), -1);
    cr_expect_eq(OPTIONS("a", "b"), -1);
    cr_expect_eq(OPTIONS("--offset=0", "a"), 0);
}

static size_t answer(enum output_format format, const char *ramdisk, const char *args)
{
    size_t n = output_write(format, "/run/k", ramdisk, args, text, sizeof(text) - 1);

    text[n] = '\0';
    return n;
}

Test(output, formats)
{
    answer(OUTPUT_SXP, "/run/r", "root=\"a\" \\b");
    cr_expect_str_eq(text, "linux (kernel /run/k)(ramdisk /run/r)(args \"root=\\\"a\\\" \\\\b\")");
    answer(OUTPUT_SXP, NULL, "");
    cr_expect_str_eq(text, "linux (kernel /run/k)");
    answer(OUTPUT_SIMPLE, "/run/r", "ro");
    cr_expect_str_eq(text, "kernel /run/k\nramdisk /run/r\nargs ro\n\n");
    cr_expect_eq(answer(OUTPUT_SIMPLE0, NULL, "ro"), 23);
    cr_expect_arr_eq(text, "kernel /run/k\0args ro\0", 23);
}

/* XSA-198: what a guest's menu says must not become another line, or another list. */
Test(output, nothing_is_injected)
{
    cr_expect_eq(answer(OUTPUT_SIMPLE, NULL, "ro\nkernel /etc/shadow"), 0);
    cr_expect_eq(answer(OUTPUT_SIMPLE0, "/r\n", ""), 0);
    cr_expect_eq(answer(OUTPUT_SXP, "/r)(kernel /etc/shadow", ""), 0);
    cr_expect_eq(output_write(OUTPUT_SXP, "/k", NULL, "ro", text, 15), 0, "no room");
}

Test(devices, names)
{
    static const char list[] =
        "(proc) (loop0) (loop0,gpt10) (loop0,gpt2) (host) (loop0,a;b) "
        "(loop0,msdos1,bsd1) (loop0,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx)\n";
    struct image_devices d;

    image_parse_devices(list, sizeof(list) - 1, &d);
    cr_assert_eq(d.count, 4);
    cr_expect_str_eq(d.name[0], "(loop0)");
    cr_expect_str_eq(d.name[1], "(loop0,msdos1,bsd1)");
    cr_expect_str_eq(d.name[2], "(loop0,gpt2)");
    cr_expect_str_eq(d.name[3], "(loop0,gpt10)");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks of all kinds, read by GRUB without rights. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bootloader/boot.h"
#include "bootloader/child.h"
#include "bootloader/confine.h"
#include "bootloader/image.h"
#include "bootloader/unpacked.h"
#include "fake_cgroup.h"

static struct boot_files files;
static struct fail f;

/* No group is left at the end of any of these. */
static void begin(void)
{
    fake_cgroup_begin("memory pids");
}

TestSuite(disk, .init = begin, .fini = fake_cgroup_finish);
TestSuite(child, .init = begin, .fini = fake_cgroup_finish);
TestSuite(unpack, .init = begin, .fini = fake_cgroup_finish);

/* Beside this program. */
static int disk(const char *name)
{
    char path[512];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
    int fd;

    path[n] = '\0';
    strcpy(strrchr(path, '/'), "/disks/");
    fd = open(strcat(path, name), O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0, "%s", path);
    return fd;
}

static void same(int fd, const char *name)
{
    static char want[1 << 20], got[1 << 20];
    int original = disk(name);
    ssize_t n = read(original, want, sizeof(want));

    cr_assert_eq(pread(fd, got, sizeof(got), 0), n, "%s", name);
    cr_assert_arr_eq(got, want, n);
    close(original);
}

static void boots(const char *image, const char *kernel, const char *args)
{
    struct boot_request request = {.args = "quiet=1"};
    char all[256];
    int fd = disk(image);

    cr_assert_eq(boot_load(fd, &request, &files, &f), 0, "%s: %s", image, f.text);
    snprintf(all, sizeof(all), "%s quiet=1", args);
    cr_expect_str_eq(files.kernel_name, kernel);
    cr_expect_str_eq(files.args, all);
    same(files.kernel, "kernel");
    same(files.ramdisk, "ramdisk");
    boot_close(&files);
    close(fd);
}

#define NAME   "vmlinuz-6.1.0-18-amd64"
#define DEBIAN "root=/dev/xvda2 ro console=hvc0 quiet"

Test(disk, ext4_whole)
{
    boots("legacy.img", "/boot/" NAME, "root=/dev/xvda2 ro");
    cr_expect_gt(fake_cgroups_made, 4, "one for each reader");
}

Test(disk, btrfs)
{
    boots("btrfs.img", "/boot/" NAME, "root=/dev/xvda2 ro");
}

Test(disk, xfs)
{
    boots("xfs.img", "/boot/" NAME, "root=/dev/xvda2 ro");
}

Test(disk, fat_with_extlinux)
{
    boots("fat.img", "/boot/extlinux/../" NAME, "root=/dev/xvda1 ro");
}

Test(disk, gpt_with_grub2)
{
    boots("gpt.img", "/boot/" NAME, DEBIAN);
}

Test(disk, mbr_with_grub2)
{
    boots("mbr.img", "/boot/" NAME, DEBIAN);
}

/* The newest of those that are files; what the installer leaves for rescue comes last. */
Test(disk, entries_as_files)
{
    struct boot_request request = {.entry = "0123abcd-5.9.1", .name_only = true};
    int fd = disk("fedora.img");

    boots("fedora.img", "/boot/" NAME, "root=/dev/xvda2 ro rhgb");
    cr_assert_eq(boot_load(fd, &request, &files, &f), 0, "%s", f.text);
    cr_expect_str_eq(files.kernel_name, "/boot/vmlinuz-5.9.1");
    request.entry = "2";
    cr_assert_eq(boot_load(fd, &request, &files, &f), 0, "%s", f.text);
    cr_expect_str_eq(files.kernel_name, "/boot/vmlinuz-0-rescue");
    close(fd);
}

Test(disk, separate_boot_partition)
{
    boots("separate.img", "/" NAME, DEBIAN);
}

Test(disk, entry_and_files_by_name)
{
    struct boot_request request = {.entry = "1>1"};
    int fd = disk("gpt.img");

    cr_assert_eq(boot_load(fd, &request, &files, &f), 0, "%s", f.text);
    cr_expect_str_eq(files.args, "root=/dev/xvda2 ro single dis_ucode_ldr");
    boot_close(&files);
    request = (struct boot_request){.kernel = "/boot/" NAME};
    cr_assert_eq(boot_load(fd, &request, &files, &f), 0, "%s", f.text);
    same(files.kernel, "kernel");
    cr_expect_eq(files.ramdisk, -1);
    boot_close(&files);
}

static void refused(const char *image, const struct boot_request *request, const char *why)
{
    int fd = disk(image);

    f.text[0] = '\0';
    cr_expect_eq(boot_load(fd, request, &files, &f), -1);
    cr_expect_not_null(strstr(f.text, why), "'%s' lacks '%s'", f.text, why);
    cr_expect(files.kernel == -1 && files.ramdisk == -1);
    close(fd);
}

Test(disk, refusals)
{
    refused("empty.img", &(struct boot_request){0}, "no boot menu");
    refused("kernel", &(struct boot_request){0}, "no boot menu");
    refused("gpt.img", &(struct boot_request){.entry = "9"}, "no entry '9'");
    refused("gpt.img", &(struct boot_request){.kernel = "/boot/none"}, "/boot/none is on no file");
    refused("gpt.img", &(struct boot_request){.kernel = "vmlinuz"}, "by their whole path");
    refused("gpt.img", &(struct boot_request){.ramdisk_max = 600000}, "is larger than");
}

/* Every 97th byte of what describes the file system, turned round: an answer, or a reason. */
Test(disk, damaged, .timeout = 120)
{
    struct boot_request request = {0};
    int fd = disk("legacy.img"), copy;
    static char image[16 << 20];
    FILE *out = tmpfile();

    cr_assert_eq(read(fd, image, sizeof(image)), sizeof(image));
    copy = fileno(out);
    for (size_t at = 1024, round = 0; round < 24; at += 97 * 31, round++) {
        image[at] ^= 0x5a;
        cr_assert_eq(pwrite(copy, image, sizeof(image), 0), sizeof(image));
        f.text[0] = '\0';
        if (boot_load(copy, &request, &files, &f) == 0)
            boot_close(&files);
        else
            cr_expect_neq(f.text[0], '\0');
    }
    fclose(out);
    close(fd);
}

/* Runs @look as a reader would be and returns its status. */
static int confined(int (*look)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(confine() ? 100 : look());
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

/* How many of the things that a reader must not do it can do. */
static int rights(void)
{
    return (open("/etc/passwd", O_RDONLY) >= 0) + (open("/proc/self/maps", O_RDONLY) >= 0) +
           (open("/new", O_WRONLY | O_CREAT, 0600) >= 0) + (open(CONFINE_FILE, O_WRONLY) >= 0) +
           (socket(AF_UNIX, SOCK_STREAM, 0) >= 0) + (fork() >= 0) +
           (execl("/bin/true", "true", NULL) != -1) + (kill(getppid(), 0) == 0) +
           (chroot("/") == 0) + (setuid(0) == 0);
}

static int reads_still(void)
{
    return open(CONFINE_FILE, O_RDONLY) < 0;
}

Test(confine, nothing_is_allowed)
{
    cr_expect_eq(confined(rights), 0);
    cr_expect_eq(confined(reads_still), 0);
}

/* A bzImage is unpacked by a process without rights; what is none, or a damaged one, is refused. */
Test(unpack, damaged)
{
    static uint8_t image[4096] = {0x1f, 0x8b, 8};
    FILE *out = tmpfile();
    int fd = fileno(out);

    cr_expect_eq(boot_unpack(fd, &f), -1);
    cr_expect_not_null(strstr(f.text, "is empty"));
    memcpy(image + sizeof(image) - 4, "\0\0\1\0", 4); /* a gzip'd kernel of 64 KiB, it says */
    cr_assert_eq(pwrite(fd, image, sizeof(image), 0), sizeof(image));
    cr_expect_eq(boot_unpack(fd, &f), -1);
    cr_expect_not_null(strstr(f.text, "damaged"), "%s", f.text);
    cr_assert_eq(pwrite(fd, "nonsense", 8, 0), 8);
    cr_expect_eq(boot_unpack(fd, &f), -1);
    cr_expect_not_null(strstr(f.text, "cannot load"), "%s", f.text);
    fclose(out);
}

/* The group that a child of this process is in has the number of this process. */
static int is_bounded(void)
{
    char name[32], bounds[64];

    snprintf(name, sizeof(name), "boot-%d", getppid());
    snprintf(bounds, sizeof(bounds), "%s ", fake_cgroup_text(name, "memory.max"));
    strcat(bounds, fake_cgroup_text(name, "pids.max"));
    return strcmp(fake_cgroup_text(name, "cgroup.procs"), "0") != 0 ? 1
           : strcmp(bounds, "2147483648 4") != 0                    ? 2
                                                                    : 0;
}

Test(child, is_bounded)
{
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(is_bounded());
    cr_assert_eq(child_wait(pid, -1), 0);
}

Test(child, has_so_much_time)
{
    pid_t pid = child_fork();

    if (pid == 0)
        pause();
    cr_assert_eq(child_wait(pid, 1), -1);
}

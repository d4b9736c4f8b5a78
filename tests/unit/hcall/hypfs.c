/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree that hypfs_op shows: lists agree with what is in them, values with what they tell. */
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include "host.h"
#include "world.h"

static struct {
    struct xen_hypfs_direntry e;
    char content[1024];
} got;
static struct vcpu *cur;

static long call(unsigned cmd, const char *path, uint64_t len, const void *buf, uint64_t room)
{
    return world_call(cur, __HYPERVISOR_hypfs_op, (uint64_t)cmd, path, len, buf, room);
}

static long read_room(const char *path, uint64_t room)
{
    memset(&got, 0xee, sizeof(got));
    return call(XEN_HYPFS_OP_read, path, strlen(path) + 1, &got, room);
}

static const char *text(const char *path)
{
    cr_assert_eq(read_room(path, sizeof(got)), 0, "%s", path);
    cr_assert_eq(got.e.type, XEN_HYPFS_TYPE_STRING, "%s", path);
    return got.content;
}

/* Everything below a directory whose list says that it has so many bytes. */
static unsigned walk(const char *dir)
{
    char list[1024];
    uint32_t len, files = 0;

    cr_assert_eq(read_room(dir, sizeof(got)), 0, "%s", dir);
    len = got.e.content_len;
    memcpy(list, got.content, len);
    cr_assert_eq(read_room(dir, sizeof(got.e) + len), 0, "%s: just enough", dir);
    cr_assert_eq((unsigned char)got.content[len], 0xee);
    cr_assert_eq(read_room(dir, sizeof(got.e) + len - 1), -XEN_ENOBUFS, "%s", dir);
    for (uint32_t at = 0, next = 1; len && next; at += next) {
        struct xen_hypfs_direntry e;
        char path[200];
        uint16_t off;

        cr_assert_lt(at, len, "%s", dir);
        memcpy(&e, list + at, sizeof(e));
        memcpy(&off, list + at + sizeof(e), sizeof(off));
        next = off;
        snprintf(path, sizeof(path), "%s/%s", dir[1] ? dir : "", list + at + sizeof(e) + 2);
        cr_assert_eq(read_room(path, sizeof(got)), 0, "%s", path);
        cr_expect_arr_eq(&got.e, &e, sizeof(e), "%s: its list knows it", path);
        cr_expect_eq(e.max_write_len, 0);
        files += e.type == XEN_HYPFS_TYPE_DIR ? walk(path) : 1;
    }
    return files;
}

Test(hypfs, every_list_knows_what_is_in_it)
{
    cur = world_start(1);
    cr_expect_geq(walk("/"), 15);
}

Test(hypfs, values)
{
    cur = world_start(1);
    cmdline_parse("loglvl=error/all guest_loglvl=none/debug noreboot");
    cr_expect_str_eq(text("/params/loglvl"), "error/all");
    cr_expect_str_eq(text("/params/guest_loglvl"), "none/all");
    cr_expect_str_eq(text("/params/gnttab_max_frames"), "64");
    cr_expect_str_eq(text("/mitigations/nothing"), "not needed, off: nobody is here");
    cr_assert_eq(read_room("/params/noreboot", sizeof(got)), 0);
    cr_expect_eq(got.e.type, XEN_HYPFS_TYPE_BOOL);
    cr_expect_eq(got.e.content_len, 1);
    cr_expect_eq(got.content[0], 1);
    cr_assert_eq(read_room("/buildinfo/version/minor", sizeof(got)), 0);
    cr_expect_eq(got.e.content_len, 4);
    cr_expect_arr_eq(got.content, &(uint32_t){17}, 4);
}

Test(hypfs, refusals)
{
    char longest[1025];

    cur = world_start(1);
    memset(longest, 'a', sizeof(longest) - 1);
    longest[0] = '/', longest[1023] = 0;
    cr_expect_eq(read_room(longest, sizeof(got)), -XEN_ENOENT);
    longest[1023] = 'a', longest[1024] = 0;
    cr_expect_eq(read_room(longest, sizeof(got)), -XEN_EINVAL);
    cr_expect_eq(call(XEN_HYPFS_OP_read, "/params", 8 + (1ul << 32), &got, sizeof(got)),
                 -XEN_EINVAL);
    cr_expect_eq(call(XEN_HYPFS_OP_read, "/params\0x", 10, &got, sizeof(got)), -XEN_EINVAL);
    cr_expect_eq(call(XEN_HYPFS_OP_read, "/params", 7, &got, sizeof(got)), -XEN_EINVAL);
    cr_expect_eq(read_room("/mitigations/nosuch", sizeof(got)), -XEN_ENOENT);
    cr_expect_eq(read_room("/mitigations/nothing/", sizeof(got)), -XEN_ENOENT);
    cr_expect_eq(read_room("/params", sizeof(got.e) - 1), -XEN_EINVAL);
    cr_expect_eq(read_room("/params", ~0ul), 0);
    cr_expect_eq(call(XEN_HYPFS_OP_write_contents, "/params/noreboot", 17, "", 1), -XEN_EACCES);
    cr_expect_eq(call(XEN_HYPFS_OP_get_version, "/", 0, NULL, 0), -XEN_EINVAL);
    cr_expect_eq(call(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 0), XEN_HYPFS_VERSION);
    cr_expect_eq(world_call(world_guest(cur, 1, 1)->vcpu[0], __HYPERVISOR_hypfs_op,
                            (uint64_t)XEN_HYPFS_OP_read, "/", 2ul, &got, sizeof(got)),
                 -XEN_EPERM);
    for (long at = 0; at < 3; at++) { /* the path, the entry, the content */
        host_fault_in = at;
        cr_expect_eq(read_room("/params", sizeof(got)), -XEN_EFAULT, "%ld", at);
        host_fault_in = -1;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* hypfs_op: the files that both hypervisors have, sizes at their bounds, and every refusal. */
#include "hypfs.h"
#include "report.h"
#include <front/hcall.h>
#include <front/lib.h>

static struct {
    struct xen_hypfs_direntry e;
    char content[4096];
} got;

static long read_file(const char *path, uint64_t room)
{
    memset(&got, 0xee, sizeof(got));
    return hc_hypfs_op(XEN_HYPFS_OP_read, path, strlen(path) + 1, &got, room);
}

/* The entry of that name in the directory read last; NULL: none, or the list is broken. */
static const struct xen_hypfs_dirlistentry *entry(const char *name)
{
    const struct xen_hypfs_dirlistentry *l;
    unsigned at = 0;

    do {
        if (at + sizeof(*l) > got.e.content_len)
            return NULL;
        l = (const void *)(got.content + at);
        if (!strcmp(l->name, name))
            return l;
        at += l->off_next;
    } while (l->off_next);
    return NULL;
}

static void test_tree(void)
{
    static const struct {
        const char *dir, *name;
        uint8_t type;
    } has[] = {
        {"/", "buildinfo", XEN_HYPFS_TYPE_DIR},
        {"/", "cpupool", XEN_HYPFS_TYPE_DIR},
        {"/", "params", XEN_HYPFS_TYPE_DIR},
        {"/buildinfo", "changeset", XEN_HYPFS_TYPE_STRING},
        {"/buildinfo/", "version", XEN_HYPFS_TYPE_DIR},
        {"/buildinfo/compileinfo", "compiler", XEN_HYPFS_TYPE_STRING},
        {"/buildinfo/version", "extra", XEN_HYPFS_TYPE_STRING},
        {"/buildinfo/version", "major", XEN_HYPFS_TYPE_UINT},
        {"/cpupool/0", "sched-gran", XEN_HYPFS_TYPE_STRING},
        {"/params", "gnttab_max_frames", XEN_HYPFS_TYPE_STRING},
        {"/params", "loglvl", XEN_HYPFS_TYPE_STRING},
    };

    for (unsigned i = 0; i < array_size(has); i++) {
        check_eq(read_file(has[i].dir, sizeof(got)), 0, "read %s", has[i].dir);
        check_eq(got.e.type, XEN_HYPFS_TYPE_DIR, "is a directory");
        const struct xen_hypfs_dirlistentry *l = entry(has[i].name);
        check(l && l->e.type == has[i].type && !l->e.pad && !l->e.encoding, "has %s", has[i].name);
    }
    check(!entry("nosuch"), "and not everything");
}

static void test_values(void)
{
    uint32_t version = (uint32_t)hc_xen_version(XENVER_version, NULL), number;
    char extra[16] = "";

    check_eq(read_file("/buildinfo/version/major", sizeof(got)), 0, "major");
    check_eq(got.e.content_len, 4, "is a number");
    memcpy(&number, got.content, 4);
    check_eq(number, version >> 16, "is that of xen_version");
    check_eq((unsigned char)got.content[4], 0xee, "nothing behind it is written");
    check_eq(read_file("/buildinfo/version/minor", sizeof(got)), 0, "minor");
    memcpy(&number, got.content, 4);
    check_eq(number, version & 0xffff, "is that of xen_version");
    check_eq(hc_xen_version(XENVER_extraversion, extra), 0, "extraversion");
    check_eq(read_file("/buildinfo/version/extra", sizeof(got)), 0, "extra");
    check(!strcmp(extra, got.content), "is that of xen_version");
    check_eq(got.e.content_len, (long)strlen(extra) + 1, "with its end");
    check_eq(read_file("/params/loglvl", sizeof(got)), 0, "loglvl");
    check(!strcmp(got.content, "warning/warning"), "as the command line says (%s)", got.content);
}

static void test_room(void)
{
    long need = sizeof(got.e);

    check_eq(read_file("/buildinfo/version/extra", (uint64_t)need - 1), -EINVAL,
             "no room for the entry");
    check_eq(got.e.type, 0xee, "nothing is written");
    check_eq(read_file("/buildinfo/version/extra", (uint64_t)need), -ENOBUFS,
             "room for the entry only");
    check_eq(got.e.type, XEN_HYPFS_TYPE_STRING, "which is written");
    check_eq((unsigned char)got.content[0], 0xee, "and no content");
    need += got.e.content_len;
    check_eq(read_file("/buildinfo/version/extra", (uint64_t)need - 1), -ENOBUFS,
             "a byte too little");
    check_eq(read_file("/buildinfo/version/extra", (uint64_t)need), 0, "just enough");
    check_eq(read_file("/buildinfo", sizeof(got.e)), -ENOBUFS, "a directory, too");
}

static void test_paths(void)
{
    static const char *const invalid[] = {"", "x", "buildinfo"};
    static const char *const absent[] = {
        "/nosuch",
        "//",
        "/buildinfo//version",
        "/build",
        "/buildinfox",
        "/buildinfo/version/major/",
        "/buildinfo/version/major/x",
        "/.",
        "/buildinfo/..",
    };
    static char path[XEN_HYPFS_MAX_PATHLEN + 1];

    for (unsigned i = 0; i < array_size(invalid); i++)
        check_eq(read_file(invalid[i], sizeof(got)), -EINVAL, "'%s' is no path", invalid[i]);
    for (unsigned i = 0; i < array_size(absent); i++)
        check_eq(read_file(absent[i], sizeof(got)), -ENOENT, "%s is not there", absent[i]);
    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    path[XEN_HYPFS_MAX_PATHLEN - 1] = 0;
    check_eq(read_file(path, sizeof(got)), -ENOENT, "the longest path");
    path[XEN_HYPFS_MAX_PATHLEN - 1] = 'a';
    check_eq(read_file(path, sizeof(got)), -EINVAL, "a longer one");
    static const struct {
        const char *path;
        uint64_t len;
    } ends[] = {{"/", 0}, {"/", 1}, {"/buildinfo", 5}, {"/buildinfo\0xxxx", 16}, {"/", 1ul << 40}};
    for (unsigned i = 0; i < array_size(ends); i++)
        check_eq(hc_hypfs_op(XEN_HYPFS_OP_read, ends[i].path, ends[i].len, &got, sizeof(got)),
                 -EINVAL, "length %lu of %s", ends[i].len, ends[i].path);
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_read, (const char *)16, 5, &got, sizeof(got)), -EFAULT,
             "a path nowhere");
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_read, "/", 2, (void *)16, sizeof(got)), -EFAULT,
             "a buffer nowhere");
}

static void test_writes(void)
{
    static const char path[] = "/buildinfo/version/major";
    uint32_t four = 4;

    check_eq(hc_hypfs_op(XEN_HYPFS_OP_write_contents, path, sizeof(path), &four, sizeof(four)),
             -EACCES, "write a file");
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_write_contents, "/buildinfo", 11, "x", 2), -EACCES,
             "write a directory");
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_write_contents, "/nosuch", 8, "x", 2), -ENOENT,
             "write what is not there");
    check_eq(hc_hypfs_op(99, "/", 2, &got, sizeof(got)), -EOPNOTSUPP, "unknown hypfs_op");
}

void test_hypfs(void)
{
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 0), XEN_HYPFS_VERSION, "version");
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 1), -EINVAL, "with arguments");
    test_tree();
    test_values();
    test_room();
    test_paths();
    test_writes();
}

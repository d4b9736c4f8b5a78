/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypfs_op: a small tree of files about the hypervisor, to be read by the control domain
 * (xen/hypfs.h).  Names and values are those of Xen's hypfs where there is the same; what hostile
 * guests make necessary on this CPU is in /mitigations.  Nothing can be written.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/grant.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "version.h"

#define CONTENT_MAX 512 /* of a directory or file: unit/hcall reads them all */

enum { ROOT, BUILDINFO, COMPILEINFO, VERSION, CPUPOOL, CPUPOOL_0, MITIGATIONS, PARAMS };

static void text_loglvl(char *to)
{
    hv_snprintf(to, CONTENT_MAX, "%s/%s", cmdline_level(cmdline.loglvl),
                cmdline_level(cmdline.loglvl_limited));
}

static void text_guest_loglvl(char *to)
{
    hv_snprintf(to, CONTENT_MAX, "%s/%s", cmdline_level(cmdline.guest_loglvl),
                cmdline_level(cmdline.guest_loglvl_limited));
}

#define TEXT_OF(macro)  TEXT_OF_(macro)
#define TEXT_OF_(value) #value
#define DIR             XEN_HYPFS_TYPE_DIR
#define TEXT            XEN_HYPFS_TYPE_STRING
#define UINT            XEN_HYPFS_TYPE_UINT
#define BOOL            XEN_HYPFS_TYPE_BOOL

/* Directories stand at their number; each knows the one it is in. */
static const struct node {
    const char *name;
    uint8_t type, parent;
    const void *value;      /* TEXT: char[], UINT: uint32_t, BOOL: bool */
    void (*text)(char *to); /* TEXT: or this */
} nodes[] = {
    [ROOT] = {"", DIR, 0xff, NULL, NULL},
    [BUILDINFO] = {"buildinfo", DIR, ROOT, NULL, NULL},
    [COMPILEINFO] = {"compileinfo", DIR, BUILDINFO, NULL, NULL},
    [VERSION] = {"version", DIR, BUILDINFO, NULL, NULL},
    [CPUPOOL] = {"cpupool", DIR, ROOT, NULL, NULL},
    [CPUPOOL_0] = {"0", DIR, CPUPOOL, NULL, NULL},
    [MITIGATIONS] = {"mitigations", DIR, ROOT, NULL, NULL},
    [PARAMS] = {"params", DIR, ROOT, NULL, NULL},
    {"changeset", TEXT, BUILDINFO, CHANGESET, NULL},
    {"compile_by", TEXT, COMPILEINFO, COMPILE_BY, NULL},
    {"compile_date", TEXT, COMPILEINFO, "", NULL},
    {"compile_domain", TEXT, COMPILEINFO, "", NULL},
    {"compiler", TEXT, COMPILEINFO, COMPILER, NULL},
    {"extra", TEXT, VERSION, EXTRAVERSION, NULL},
    {"major", UINT, VERSION, &(const uint32_t){VERSION_MAJOR}, NULL},
    {"minor", UINT, VERSION, &(const uint32_t){VERSION_MINOR}, NULL},
    {"sched-gran", TEXT, CPUPOOL_0, "cpu", NULL},
    {"console_timestamps", TEXT, PARAMS, "none", NULL},
    {"dom0_vcpus_pin", BOOL, PARAMS, &cmdline.dom0_vcpus_pin, NULL},
    {"gnttab_max_frames", TEXT, PARAMS, TEXT_OF(GRANT_MAX_FRAMES_DEFAULT), NULL},
    {"gnttab_max_maptrack_frames", TEXT, PARAMS, TEXT_OF(MAPTRACK_MAX_FRAMES_DEFAULT), NULL},
    {"guest_loglvl", TEXT, PARAMS, NULL, text_guest_loglvl},
    {"loglvl", TEXT, PARAMS, NULL, text_loglvl},
    {"noreboot", BOOL, PARAMS, &cmdline.noreboot, NULL},
};

/* Node i: those of the table, then the mitigations; false: there are no more. */
static bool node_at(unsigned i, struct node *n)
{
    if (i < ARRAY_SIZE(nodes)) {
        *n = nodes[i];
        return true;
    }
    *n = (struct node){.type = TEXT, .parent = MITIGATIONS};
    n->value = arch_mitigation(i - (unsigned)ARRAY_SIZE(nodes), &n->name);
    return n->value;
}

/* What is in a file; its length. */
static uint32_t file_content(const struct node *n, char *to)
{
    if (n->type != TEXT) {
        uint32_t len = n->type == UINT ? sizeof(uint32_t) : sizeof(bool);
        memcpy(to, n->value, len);
        return len;
    }
    if (n->text)
        n->text(to);
    else
        hv_snprintf(to, CONTENT_MAX, "%s", (const char *)n->value);
    return (uint32_t)strlen(to) + 1;
}

#define NAME_AT offsetof(struct xen_hypfs_dirlistentry, name)

static uint32_t dir_content(unsigned dir, char *to);

static struct xen_hypfs_direntry describe(unsigned i, const struct node *n)
{
    char scratch[CONTENT_MAX];

    return (struct xen_hypfs_direntry){
        .type = n->type,
        .content_len = n->type == DIR ? dir_content(i, NULL) : file_content(n, scratch),
    };
}

/* The list of what is in a directory (to NULL: not wanted); its length. */
static uint32_t dir_content(unsigned dir, char *to)
{
    uint32_t at = 0, last = 0;
    struct node n;

    for (unsigned i = 0; node_at(i, &n); i++) {
        if (n.parent != dir)
            continue;
        uint16_t size = (uint16_t)(NAME_AT + ROUND_UP(strlen(n.name) + 1, 4ul));
        CHECK(at + size <= CONTENT_MAX);
        if (to) {
            struct xen_hypfs_direntry e = describe(i, &n);
            memset(to + at, 0, size);
            memcpy(to + at, &e, sizeof(e));
            memcpy(to + at + NAME_AT, n.name, strlen(n.name));
            if (at) /* the one before has a next */
                memcpy(to + last + sizeof(e), &(uint16_t){(uint16_t)(at - last)}, 2);
        }
        last = at;
        at += size;
    }
    return at;
}

/* The node of a path that begins with a slash, or -XEN_ENOENT. */
static int find(const char *path)
{
    unsigned dir = ROOT;

    for (const char *p = path + 1; *p;) {
        struct node n;
        size_t len = 0;
        unsigned i = 0;
        bool there;

        while (p[len] && p[len] != '/')
            len++;
        while ((there = node_at(i, &n)) &&
               (n.parent != dir || strlen(n.name) != len || strncmp(p, n.name, len)))
            i++;
        p += len;
        if (!there || (*p && n.type != DIR))
            return refuse(XEN_ENOENT);
        p += *p == '/';
        dir = i;
    }
    return (int)dir;
}

/* A path of the guest's, of so many bytes with the terminating zero. */
static int find_guest(gva_t at, uint64_t len)
{
    char path[XEN_HYPFS_MAX_PATHLEN];

    if (!len || len > sizeof(path))
        return refuse(XEN_EINVAL);
    if (guest_read(path, at, len))
        return refuse(XEN_EFAULT);
    if (strnlen(path, len) != len - 1 || path[0] != '/')
        return refuse(XEN_EINVAL);
    return find(path);
}

static long read_node(unsigned i, gva_t buf, uint64_t size)
{
    char content[CONTENT_MAX];
    struct xen_hypfs_direntry e;
    struct node n;

    (void)node_at(i, &n);
    e = describe(i, &n);
    if (size < sizeof(e))
        return refuse(XEN_EINVAL);
    if (guest_write(buf, &e, sizeof(e)))
        return refuse(XEN_EFAULT);
    if (size - sizeof(e) < e.content_len)
        return -XEN_ENOBUFS;
    if (n.type == DIR)
        dir_content(i, content);
    else
        file_content(&n, content);
    return guest_write(gva_add(buf, sizeof(e)), content, e.content_len);
}

long op_hypfs_op(struct vcpu *cur, unsigned cmd, gva_t path, uint64_t path_len, gva_t buf,
                 uint64_t size)
{
    (void)cur; /* the hypercall table lets only the control domain in */
    if (cmd == XEN_HYPFS_OP_get_version)
        return path.a || path_len || buf.a || size ? refuse(XEN_EINVAL) : XEN_HYPFS_VERSION;
    budget_draw(BUDGET_PAGE);
    int i = find_guest(path, path_len);
    if (i < 0)
        return i;
    switch (cmd) {
    case XEN_HYPFS_OP_read:
        return read_node((unsigned)i, buf, size);
    case XEN_HYPFS_OP_write_contents:
        return refuse(XEN_EACCES);
    default:
        return refuse(XEN_EOPNOTSUPP);
    }
}

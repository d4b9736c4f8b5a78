/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing core files; see core.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include "domain/core.h"
#include "domain/core_frames.h"
#include "lib/store.h"
#include "lib/xalloc.h"

#define BATCH 256u /* pages mapped at a time: 1 MiB */

/* All that a core is made of, but for the pages themselves. */
struct core {
    uint32_t domid;
    const struct core_options *options;
    vcpu_guest_context_any_t *vcpus;
    size_t vcpu_count;
    struct core_frame *frames;
    size_t frame_count;
    uint64_t shared_info; /* its machine frame */
};

static int cannot(struct toolstack *ts, const char *path)
{
    return fail(&ts->fail, "cannot write the core %s: %s", path, strerror(errno));
}

static bool put(int fd, const void *data, size_t len, uint64_t at)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(fd, (const char *)data + done, len - done, at + done);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? n : 0;
    }
    return true;
}

/* ---- what is in it ---- */

/* vCPUs that were never started have no registers. */
static void read_vcpus(struct toolstack *ts, struct core *core, unsigned int max)
{
    core->vcpus = xcalloc(max, sizeof(*core->vcpus));
    for (unsigned int i = 0; i < max; i++)
        core->vcpu_count +=
            xc_vcpu_getcontext(ts->xch, core->domid, i, &core->vcpus[core->vcpu_count]) == 0;
}

static int gather(struct toolstack *ts, struct core *core)
{
    xc_domaininfo_t info;

    if (!ts_domain_info(ts, core->domid, &info))
        return fail(&ts->fail, "domain %u is gone", core->domid);
    core->shared_info = info.shared_info_frame;
    read_vcpus(ts, core, info.max_vcpu_id + 1);
    core->frames = core_frames(ts, core->domid, &core->frame_count);
    return core->frames ? 0 : -1;
}

static void *hypervisor_head(struct toolstack *ts, const struct core *core,
                             struct core_layout *layout)
{
    struct core_version version = {.pagesize = xc_version(ts->xch, XENVER_pagesize, NULL)};
    int number = xc_version(ts->xch, XENVER_version, NULL);

    version.major_version = number >> 16;
    version.minor_version = number & 0xffff;
    xc_version(ts->xch, XENVER_extraversion, &version.extra_version);
    xc_version(ts->xch, XENVER_compile_info, &version.compile_info);
    xc_version(ts->xch, XENVER_capabilities, &version.capabilities);
    xc_version(ts->xch, XENVER_changeset, &version.changeset);
    xc_version(ts->xch, XENVER_platform_parameters, &version.platform_parameters);
    return xalloc_check(core_head(core->vcpu_count, core->frame_count, &version, layout));
}

/* ---- writing ---- */

static bool is_zero(const uint64_t *page)
{
    for (size_t i = 0; i < CORE_PAGE / sizeof(*page); i++)
        if (page[i])
            return false;
    return true;
}

/* Pages [first, first + n): those of zeroes stay holes. */
static int write_batch(struct toolstack *ts, const struct core *core, int fd, uint64_t at,
                       size_t first, unsigned int n)
{
    xen_pfn_t gmfns[BATCH];
    int errors[BATCH], ret = 0;
    char *pages;

    for (unsigned int i = 0; i < n; i++)
        gmfns[i] = core->frames[first + i].gmfn;
    pages = xc_map_foreign_bulk(ts->xch, core->domid, PROT_READ, gmfns, errors, n);
    if (!pages)
        return -1;
    for (unsigned int i = 0; i < n && !ret; i++) {
        const char *page = pages + (size_t)i * CORE_PAGE;

        if (errors[i] && core->options->live)
            continue; /* the guest has given it away meanwhile */
        if (errors[i]) {
            errno = -errors[i];
            ret = -1;
        } else if (!is_zero((const uint64_t *)page) &&
                   !put(fd, page, CORE_PAGE, at + (first + i) * CORE_PAGE)) {
            ret = -1;
        }
    }
    munmap(pages, (size_t)n * CORE_PAGE);
    return ret;
}

static int write_pages(struct toolstack *ts, const struct core *core, int fd, uint64_t at,
                       const char *path)
{
    for (size_t first = 0; first < core->frame_count; first += BATCH) {
        size_t left = core->frame_count - first;
        unsigned int n = left < BATCH ? left : BATCH;

        if (store_cancelled())
            return fail(&ts->fail, "interrupted; no core has been written");
        if (write_batch(ts, core, fd, at, first, n))
            return cannot(ts, path);
        if (core->options->progress)
            core->options->progress((first + n) * CORE_PAGE, core->frame_count * CORE_PAGE);
    }
    return 0;
}

static int write_shared_info(struct toolstack *ts, const struct core *core, int fd, uint64_t at)
{
    void *page =
        xc_map_foreign_range(ts->xch, core->domid, CORE_PAGE, PROT_READ, core->shared_info);
    bool ok;

    if (!page)
        return fail(&ts->fail, "cannot read domain %u's shared page: %s", core->domid,
                    strerror(errno));
    ok = put(fd, page, CORE_PAGE, at);
    munmap(page, CORE_PAGE);
    return ok ? 0 : -1;
}

static int write_all(struct toolstack *ts, const struct core *core, int fd, const char *path)
{
    struct core_layout layout;
    char *head = hypervisor_head(ts, core, &layout);
    bool ok = put(fd, head, layout.prstatus, 0);

    free(head);
    for (size_t i = 0; ok && i < core->vcpu_count; i++)
        ok = put(fd, &core->vcpus[i].c, sizeof(core->vcpus[i].c),
                 layout.prstatus + i * sizeof(core->vcpus[i].c));
    if (!ok || !put(fd, core->frames, core->frame_count * sizeof(*core->frames), layout.p2m))
        return cannot(ts, path);
    if (write_shared_info(ts, core, fd, layout.shared_info) ||
        write_pages(ts, core, fd, layout.pages, path))
        return -1;
    return ftruncate(fd, layout.end) || fsync(fd) ? cannot(ts, path) : 0;
}

/* ---- the file ---- */

/* A device or directory of that name is no place for a core, and a full disk serves nobody. */
static int check_place(struct toolstack *ts, const struct core *core, const char *path)
{
    const char *slash = strrchr(path, '/');
    char dir[CORE_PATH_LEN];
    struct stat st;
    struct statvfs fs;
    uint64_t need = core->frame_count * CORE_PAGE, room;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return fail(&ts->fail, "%s is not a file (name the file that the core shall be)", path);
    snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    if (statvfs(dir, &fs))
        return fail(&ts->fail, "%s: %s (make the directory, or name another file)", dir,
                    strerror(errno));
    room = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (room < need)
        return fail(&ts->fail,
                    "%s has room for %llu MiB, the core may need %llu MiB (name a file elsewhere)",
                    dir, (unsigned long long)room >> 20, (unsigned long long)need >> 20);
    return 0;
}

static int write_file(struct toolstack *ts, const struct core *core, const char *path)
{
    char temporary[CORE_PATH_LEN + 8];
    int fd, ret;

    if (strlen(path) >= CORE_PATH_LEN)
        return fail(&ts->fail, "the core's file name is longer than %d letters", CORE_PATH_LEN - 1);
    if (check_place(ts, core, path))
        return -1;
    snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return cannot(ts, path);
    ret = write_all(ts, core, fd, path);
    if (close(fd) && !ret)
        ret = cannot(ts, path);
    if (!ret && rename(temporary, path))
        ret = cannot(ts, path);
    if (ret)
        unlink(temporary);
    return ret;
}

/* Pauses @domid if it runs; true if it was this that paused it. */
static bool hold(struct toolstack *ts, uint32_t domid)
{
    xc_domaininfo_t info;

    return ts_domain_info(ts, domid, &info) &&
           !(info.flags & (XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_dying)) &&
           xc_domain_pause(ts->xch, domid) == 0;
}

int core_dump(struct toolstack *ts, uint32_t domid, const char *path,
              const struct core_options *options)
{
    struct core core = {.domid = domid, .options = options};
    bool held = !options->live && hold(ts, domid);
    int ret = gather(ts, &core);

    if (!ret)
        ret = write_file(ts, &core, path);
    if (held && xc_domain_unpause(ts->xch, domid) && !ret)
        ret = fail(&ts->fail, "the core is written, but the domain stays paused: %s",
                   strerror(errno));
    free(core.vcpus);
    free(core.frames);
    return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A hypervisor in memory, and a domain builder that builds nothing; see fake.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/dommove.h"
#include <xenguest.h>
#include "fake.h"
#include "lib/xalloc.h"
#include "libxenctrl/hypfs.h"
#include "stream/live.h"

#define DOMAINS 256

struct xc_interface_core {
    int unused;
};

static struct {
    xc_domaininfo_t info;
    struct xen_domctl_sched_credit credit;
    bool used, dying;
    int looks;
    uint64_t affinity, claim;
} domains[DOMAINS];
uint64_t fake_free_pages;
int fake_scheduler, fake_linger;
char fake_ring[256], fake_cmdline[64];
bool fake_old_hypervisor;
int fake_refusal;

void fake_hypervisor_reset(void)
{
    memset(domains, 0, sizeof(domains));
    fake_free_pages = 1024 << 8;
    fake_scheduler = XEN_SCHEDULER_CREDIT;
    fake_linger = 0;
    fake_ring[0] = '\0';
    fake_cmdline[0] = '\0';
    fake_old_hypervisor = false;
    fake_refusal = 0;
    fake_domain_add(0, "Domain-0")->tot_pages = 512 << 8;
}

xc_domaininfo_t *fake_domain(uint32_t domid)
{
    return domid < DOMAINS && domains[domid].used ? &domains[domid].info : NULL;
}

xc_domaininfo_t *fake_domain_add(uint32_t domid, const char *name)
{
    xc_domaininfo_t *info = &domains[domid].info;

    domains[domid].used = true;
    domains[domid].dying = false;
    domains[domid].credit = (struct xen_domctl_sched_credit){.weight = 256};
    domains[domid].affinity = ~UINT64_C(0);
    *info = (xc_domaininfo_t){.domain = domid, .nr_online_vcpus = 1, .flags = XEN_DOMINF_running};
    info->tot_pages = info->max_pages = 16 << 8;
    info->handle[15] = domid;
    fake_node_set(name, "/local/domain/%u/name", domid);
    return info;
}

unsigned int fake_domain_count(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < DOMAINS; i++)
        n += domains[i].used;
    return n;
}

/* ---- <xenctrl.h> ---- */

static xc_interface handle;

xc_interface *xc_interface_open(struct xentoollog_logger *a, struct xentoollog_logger *b,
                                unsigned int flags)
{
    (void)a;
    (void)b;
    (void)flags;
    if (fake_refusal)
        errno = fake_refusal;
    return fake_refusal ? NULL : &handle;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max,
                          xc_domaininfo_t *list)
{
    unsigned int n = 0;

    (void)xch;
    for (uint32_t i = first; i < DOMAINS && n < max; i++) {
        if (domains[i].used && domains[i].dying && domains[i].looks-- <= 0)
            domains[i].used = false;
        if (domains[i].used)
            list[n++] = domains[i].info;
    }
    return n;
}

struct xen_domctl_createdomain fake_created;
int xc_domain_create(xc_interface *xch, uint32_t *domid, struct xen_domctl_createdomain *config)
{
    uint32_t id = *domid ? *domid : 1;

    (void)xch;
    if (fake_fails())
        return -1;
    if (*domid && domains[id].used) {
        errno = EEXIST;
        return -1;
    }
    while (domains[id].used)
        id++;
    fake_created = *config;
    domains[id].used = true;
    domains[id].dying = false;
    domains[id].claim = 0;
    domains[id].credit = (struct xen_domctl_sched_credit){.weight = 256};
    domains[id].info = (xc_domaininfo_t){
        .domain = id, .flags = XEN_DOMINF_paused, .max_vcpu_id = config->max_vcpus - 1};
    memcpy(domains[id].info.handle, config->handle, sizeof(config->handle));
    *domid = id;
    return 0;
}

static int with_domain(uint32_t domid)
{
    if (fake_domain(domid))
        return 0;
    errno = ESRCH;
    return -1;
}

int xc_domain_destroy(xc_interface *xch, uint32_t domid)
{
    (void)xch;
    if (with_domain(domid))
        return -1;
    domains[domid].dying = true;
    domains[domid].info.flags = XEN_DOMINF_dying;
    domains[domid].looks = fake_linger;
    fake_free_pages += domains[domid].info.tot_pages;
    domains[domid].claim = 0;
    if (!fake_linger)
        domains[domid].used = false;
    return 0;
}

int xc_domain_pause(xc_interface *xch, uint32_t domid)
{
    (void)xch;
    if (with_domain(domid))
        return -1;
    domains[domid].info.flags |= XEN_DOMINF_paused;
    return 0;
}

int xc_domain_unpause(xc_interface *xch, uint32_t domid)
{
    (void)xch;
    if (fake_fails() || with_domain(domid))
        return -1;
    domains[domid].info.flags &= ~XEN_DOMINF_paused;
    return 0;
}

int xc_domain_setmaxmem(xc_interface *xch, uint32_t domid, uint64_t kib)
{
    (void)xch;
    if (with_domain(domid))
        return -1;
    domains[domid].info.max_pages = kib / 4;
    return 0;
}

static uint64_t claimed(void)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < DOMAINS; i++)
        sum += domains[i].claim;
    return sum;
}

int xc_domain_claim_pages(xc_interface *xch, uint32_t domid, unsigned long nr_pages)
{
    (void)xch;
    if (fake_fails() || with_domain(domid))
        return -1;
    if (nr_pages > domains[domid].info.max_pages) {
        errno = EINVAL;
        return -1;
    }
    if (nr_pages > fake_free_pages - (claimed() - domains[domid].claim)) {
        errno = ENOMEM;
        return -1;
    }
    domains[domid].claim = nr_pages;
    return 0;
}

int xc_domain_set_tsc_info(xc_interface *xch, uint32_t domid, uint32_t mode, uint64_t ns,
                           uint32_t khz, uint32_t incarnation)
{
    (void)xch;
    (void)mode;
    (void)ns;
    (void)khz;
    (void)incarnation;
    return fake_fails() ? -1 : with_domain(domid);
}

int xc_physinfo(xc_interface *xch, xc_physinfo_t *info)
{
    (void)xch;
    *info = (xc_physinfo_t){.nr_cpus = 4,
                            .max_cpu_id = 3,
                            .nr_nodes = 1,
                            .cores_per_socket = 4,
                            .threads_per_core = 1,
                            .cpu_khz = 2400123,
                            .total_pages = 4096 << 8,
                            .free_pages = fake_free_pages,
                            .outstanding_pages = claimed()};
    return 0;
}

int xc_get_cpumap_size(xc_interface *xch)
{
    (void)xch;
    return 8;
}

int xc_get_online_cpus(xc_interface *xch)
{
    (void)xch;
    return 4;
}

xc_cpumap_t xc_cpumap_alloc(xc_interface *xch)
{
    (void)xch;
    return xcalloc(1, 8);
}

void xc_cpumap_setcpu(int cpu, xc_cpumap_t map)
{
    map[cpu / 8] |= 1 << cpu % 8;
}

int xc_vcpu_setaffinity(xc_interface *xch, uint32_t domid, int vcpu, xc_cpumap_t hard,
                        xc_cpumap_t soft, uint32_t flags)
{
    (void)xch;
    (void)vcpu;
    (void)soft;
    (void)flags;
    if (fake_fails() || with_domain(domid))
        return -1;
    memcpy(&domains[domid].affinity, hard, 8);
    return 0;
}

int xc_vcpu_getaffinity(xc_interface *xch, uint32_t domid, int vcpu, xc_cpumap_t hard,
                        xc_cpumap_t soft, uint32_t flags)
{
    (void)xch;
    (void)vcpu;
    (void)flags;
    if (hard)
        memcpy(hard, &domains[domid].affinity, 8);
    if (soft)
        memset(soft, 0xff, 8);
    return 0;
}

int xc_vcpu_getinfo(xc_interface *xch, uint32_t domid, uint32_t vcpu, xc_vcpuinfo_t *info)
{
    (void)xch;
    *info = (xc_vcpuinfo_t){.vcpu = vcpu, .online = 1, .blocked = 1, .cpu_time = 1500000000};
    return with_domain(domid);
}

int xc_sched_id(xc_interface *xch, int *id)
{
    (void)xch;
    *id = fake_scheduler;
    return 0;
}

int xc_sched_credit_domain_get(xc_interface *xch, uint32_t domid, struct xen_domctl_sched_credit *p)
{
    (void)xch;
    *p = domains[domid].credit;
    return with_domain(domid);
}

int xc_sched_credit_domain_set(xc_interface *xch, uint32_t domid, struct xen_domctl_sched_credit *p)
{
    (void)xch;
    if (fake_fails() || with_domain(domid))
        return -1;
    domains[domid].credit = *p;
    return 0;
}

int xc_sched_credit_params_get(xc_interface *xch, uint32_t cpupool_id,
                               struct xen_sysctl_credit_schedule *schedule)
{
    (void)xch;
    (void)cpupool_id;
    *schedule = (struct xen_sysctl_credit_schedule){.tslice_ms = 30, .ratelimit_us = 1000};
    return 0;
}

int xc_sched_credit2_domain_get(xc_interface *xch, uint32_t domid,
                                struct xen_domctl_sched_credit2 *p)
{
    (void)xch;
    *p = (struct xen_domctl_sched_credit2){.weight = domains[domid].credit.weight,
                                           .cap = domains[domid].credit.cap};
    return with_domain(domid);
}

int xc_sched_credit2_domain_set(xc_interface *xch, uint32_t domid,
                                struct xen_domctl_sched_credit2 *p)
{
    struct xen_domctl_sched_credit one = {.weight = p->weight, .cap = p->cap};

    return xc_sched_credit_domain_set(xch, domid, &one);
}

int xc_send_debug_keys(xc_interface *xch, const char *keys)
{
    (void)xch;
    (void)keys;
    return 0;
}

/* Clears what the call itself has read, as the hypervisor does. */
int xc_readconsolering(xc_interface *xch, char *buffer, unsigned int *n, int clear, int incremental,
                       uint32_t *index)
{
    unsigned int start = incremental ? *index : 0, len = strlen(fake_ring);
    unsigned int count = start < len ? len - start : 0;

    (void)xch;
    if (count > *n)
        count = *n;
    memcpy(buffer, fake_ring + start, count);
    if (clear && count) {
        memmove(fake_ring, fake_ring + start + count, len - start - count + 1);
        start = 0;
        count = count ? count : 0;
        *index = 0;
    } else {
        *index = start + count;
    }
    *n = count;
    return 0;
}

/* What the hypervisor tells of its mitigations: two of them. */
int xc_hypfs_read(xc_interface *xch, const char *path, struct xen_hypfs_direntry *entry,
                  char *content, size_t room)
{
    static const char list[] = "\2\0\0\0\7\0\0\0\0\0\0\0\32\0meltdown\0\0\0\0"
                               "\2\0\0\0\7\0\0\0\0\0\0\0\0\0rsb\0";
    const char *file = strcmp(path, "/mitigations/meltdown") == 0 ? "not needed, off: new (xpti)"
                       : strcmp(path, "/mitigations/rsb") == 0    ? "needed, on: old"
                                                                  : NULL;

    (void)xch;
    *entry = (struct xen_hypfs_direntry){.type = file ? XEN_HYPFS_TYPE_STRING : XEN_HYPFS_TYPE_DIR};
    entry->content_len = file ? strlen(file) + 1 : sizeof(list) - 1;
    if (fake_old_hypervisor || entry->content_len >= room)
        return -1;
    memcpy(content, file ? file : list, entry->content_len);
    return (int)entry->content_len;
}

int xc_version(xc_interface *xch, int cmd, void *arg)
{
    (void)xch;
    if (cmd == XENVER_version)
        return 4 << 16 | 17;
    if (cmd == XENVER_pagesize)
        return 4096;
    if (cmd == XENVER_build_id) {
        ((xen_build_id_t *)arg)->buf[0] = 0xab;
        ((xen_build_id_t *)arg)->buf[1] = 0x01;
        return 2;
    }
    if (cmd == XENVER_capabilities)
        strcpy(arg, "xen-3.0-x86_64 ");
    if (cmd == XENVER_commandline)
        strcpy(arg, fake_cmdline);
    return 0;
}

int xc_getcpuinfo(xc_interface *xch, int max, xc_cpuinfo_t *info, int *count)
{
    (void)xch;
    for (*count = 0; *count < 4 && *count < max; ++*count)
        info[*count].idletime = (100 + *count) * UINT64_C(1000000000);
    return 0;
}

int xc_cputopoinfo(xc_interface *xch, unsigned int *max, xc_cputopo_t *topo)
{
    (void)xch;
    *max = 4;
    for (unsigned int i = 0; topo && i < 4; i++)
        topo[i] = (xc_cputopo_t){.core = i};
    return 0;
}

/* ---- build/ ---- */

bool fake_unpacking;

int dombuild_check(const struct dombuild_params *params, struct fail *f)
{
    return params->nr_pages < 1024 ? fail(f, "too little memory") : 0;
}

int dombuild_run(xc_interface *xch, uint32_t domid, const struct dombuild_params *params,
                 struct dombuild_result *result, struct fail *f)
{
    (void)xch;
    if (fake_fails())
        return fail(f, "cannot build");
    fake_domain(domid)->tot_pages = params->nr_pages;
    fake_domain(domid)->nr_online_vcpus = params->vcpus;
    fake_free_pages -= params->nr_pages;
    domains[domid].claim -= params->nr_pages;
    *result = (struct dombuild_result){.store_port = 1, .console_port = 2};
    return 0;
}

int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop, unsigned int *mb,
                      unsigned int mode)
{
    (void)xch, (void)domid, (void)sop, (void)mb, (void)mode;
    return fake_fails() ? -1 : 0;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid, unsigned int sop,
                              xc_hypercall_buffer_t *dirty_bitmap, unsigned long pages,
                              unsigned int mode, xc_shadow_op_stats_t *stats)
{
    (void)xch, (void)domid, (void)sop, (void)dirty_bitmap, (void)mode, (void)stats;
    return fake_fails() ? -1 : (long long)pages;
}

void *xc__hypercall_buffer_alloc_pages(xc_interface *xch, xc_hypercall_buffer_t *b, int nr_pages)
{
    (void)xch;
    return b->hbuf = calloc(nr_pages, 4096);
}

void xc__hypercall_buffer_free_pages(xc_interface *xch, xc_hypercall_buffer_t *b, int nr_pages)
{
    (void)xch, (void)nr_pages;
    free(b->hbuf);
    b->hbuf = NULL;
}

/* A domain's memory is the one word "memory" in these streams. */
int domsave_run(xc_interface *xch, uint32_t domid, struct stream_out *out, struct save_live *live,
                uint64_t *pages, struct fail *f)
{
    (void)xch;
    *pages = fake_domain(domid)->tot_pages;
    if (fake_fails())
        return fail(f, "cannot save");
    if (live && live->suspend(live->ctx))
        return -1;
    return stream_put(out, "memory", 6);
}

int domrestore_run(xc_interface *xch, uint32_t domid, const struct dombuild_params *params,
                   struct stream_in *in, struct dombuild_result *result, struct fail *f)
{
    char word[6];

    if (stream_get(in, word, sizeof(word), "the memory"))
        return -1;
    return dombuild_run(xch, domid, params, result, f);
}

int xc_domain_resume(xc_interface *xch, uint32_t domid, int fast)
{
    (void)xch;
    if (fake_fails() || !fast)
        return -1;
    fake_domain(domid)->flags &=
        ~(XEN_DOMINF_shutdown | XEN_DOMINF_shutdownmask << XEN_DOMINF_shutdownshift);
    return 0;
}

int kernel_image_open(struct kernel_image *img, const char *path, struct fail *f)
{
    (void)path;
    (void)f;
    img->opened = true;
    img->unpacking = fake_unpacking;
    return 0;
}

int kernel_image_finish(struct kernel_image *img, const char *path, struct fail *f)
{
    (void)path;
    img->unpacking = false;
    return fake_unpacking && fake_fails() ? fail(f, "cannot unpack") : 0;
}

void kernel_image_close(struct kernel_image *img)
{
    (void)img;
}

void kernel_image_keep(const struct kernel_image *img)
{
    (void)img;
}

int file_map_open(struct file_map *map, const char *path, struct fail *f)
{
    FILE *in = fopen(path, "re");
    char *text;

    *map = (struct file_map){0};
    if (!in)
        return fail(f, "cannot open %s", path);
    text = xcalloc(1, 1 << 16);
    map->len = fread(text, 1, 1 << 16, in);
    map->data = text;
    fclose(in);
    return 0;
}

void file_map_close(struct file_map *map)
{
    free((void *)map->data);
    *map = (struct file_map){0};
}

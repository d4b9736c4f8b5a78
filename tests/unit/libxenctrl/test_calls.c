/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxenctrl against a hypervisor made of one function: what reaches the hypercall, what comes
 * back, and that errors and errno survive the way through the bounce buffers.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <xenctrl.h>
#include "libxenctrl/hypfs.h"
#include <xenforeignmemory.h>
#include <xen/sys/privcmd.h>

static long (*answer)(const privcmd_hypercall_t *call);
static unsigned int calls;

int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_open(const char *path, int flags, ...);

/* /dev/xen/hypercall is "missing": the fall-back memory is used. */
int __wrap_open(const char *path, int flags, ...)
{
    if (strcmp(path, "/dev/xen/privcmd") == 0)
        return __real_open("/dev/null", flags);
    if (strncmp(path, "/dev/xen/", 9) == 0 || strncmp(path, "/proc/xen/", 10) == 0) {
        errno = ENOENT;
        return -1;
    }
    return __real_open(path, flags, 0600);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    const privcmd_hypercall_t *call;
    va_list args;
    long ret;

    (void)fd;
    cr_assert_eq(request, IOCTL_PRIVCMD_HYPERCALL);
    va_start(args, request);
    call = va_arg(args, const privcmd_hypercall_t *);
    va_end(args);
    calls++;
    ret = answer(call);
    if (ret >= 0)
        return ret;
    errno = -ret;
    return -1;
}

/* Foreign mappings are another library's affair. */
xenforeignmemory_handle *xenforeignmemory_open(struct xentoollog_logger *logger, unsigned flags)
{
    (void)logger;
    (void)flags;
    return (void *)1;
}

int xenforeignmemory_close(xenforeignmemory_handle *fmem)
{
    (void)fmem;
    return 0;
}

static xc_interface *xch;

static void open_it(void)
{
    xch = xc_interface_open(NULL, NULL, 0);
    cr_assert_not_null(xch);
    calls = 0;
}

static void close_it(void)
{
    cr_assert_eq(xc_interface_close(xch), 0);
}

static struct xen_domctl *domctl_of(const privcmd_hypercall_t *call)
{
    struct xen_domctl *domctl = (void *)(uintptr_t)call->arg[0];

    cr_assert_eq(call->op, __HYPERVISOR_domctl);
    cr_assert_eq(domctl->interface_version, XEN_DOMCTL_INTERFACE_VERSION);
    return domctl;
}

static long create(const privcmd_hypercall_t *call)
{
    struct xen_domctl *domctl = domctl_of(call);

    cr_assert_eq(domctl->cmd, XEN_DOMCTL_createdomain);
    cr_assert_eq(domctl->u.createdomain.max_vcpus, 3);
    domctl->domain = 42;
    return 0;
}

Test(domain, create_returns_the_number, .init = open_it, .fini = close_it)
{
    struct xen_domctl_createdomain config = {.max_vcpus = 3};
    uint32_t domid = 0;

    answer = create;
    cr_assert_eq(xc_domain_create(xch, &domid, &config), 0);
    cr_assert_eq(domid, 42);
}

static long busy_twice(const privcmd_hypercall_t *call)
{
    cr_assert_eq(domctl_of(call)->cmd, XEN_DOMCTL_destroydomain);
    return calls < 3 ? -EAGAIN : 0;
}

Test(domain, destroy_goes_on_until_done, .init = open_it, .fini = close_it)
{
    answer = busy_twice;
    cr_assert_eq(xc_domain_destroy(xch, 7), 0);
    cr_assert_eq(calls, 3);
}

static long no_such(const privcmd_hypercall_t *call)
{
    (void)call;
    return -ESRCH;
}

Test(domain, errors_become_errno, .init = open_it, .fini = close_it)
{
    xc_dominfo_t info;

    answer = no_such;
    errno = 0;
    cr_assert_eq(xc_domain_pause(xch, 7), -1);
    cr_assert_eq(errno, ESRCH);
    cr_assert_eq(xc_domain_getinfo(xch, 7, 1, &info), -1);
    cr_assert_eq(xc_domain_destroy(xch, 7), -1);
    cr_assert_eq(errno, ESRCH);
}

static long two_domains(const privcmd_hypercall_t *call)
{
    struct xen_domctl *domctl = domctl_of(call);

    if (domctl->domain > 5)
        return -ESRCH;
    domctl->domain = domctl->domain == 0 ? 0 : 5; /* the first at or above */
    domctl->u.getdomaininfo.domain = domctl->domain;
    domctl->u.getdomaininfo.flags = XEN_DOMINF_shutdown | SHUTDOWN_crash
                                                              << XEN_DOMINF_shutdownshift;
    domctl->u.getdomaininfo.tot_pages = 77;
    return 0;
}

Test(domain, getinfo_walks_the_list, .init = open_it, .fini = close_it)
{
    xc_dominfo_t info[4];

    answer = two_domains;
    cr_assert_eq(xc_domain_getinfo(xch, 0, 4, info), 2);
    cr_assert_eq(info[1].domid, 5);
    cr_assert(info[1].crashed && info[1].shutdown && !info[1].running);
    cr_assert_eq(xc_get_tot_pages(xch, 5), 77);
    cr_assert_eq(xc_get_tot_pages(xch, 3), -1, "5 is not 3");
}

static long claimed(const privcmd_hypercall_t *call)
{
    struct xen_memory_reservation *res = (void *)(uintptr_t)call->arg[1];

    cr_assert_eq(call->op, __HYPERVISOR_memory_op);
    cr_assert_eq(call->arg[0], XENMEM_claim_pages);
    cr_assert_eq(res->domid, 9);
    cr_assert_null(res->extent_start.p, "anything else is -EINVAL");
    cr_assert_eq(res->extent_order | res->mem_flags, 0);
    return res->nr_extents > 1000 ? -ENOMEM : 0;
}

Test(memory, claims, .init = open_it, .fini = close_it)
{
    answer = claimed;
    cr_assert_eq(xc_domain_claim_pages(xch, 9, 1000), 0);
    cr_assert_eq(xc_domain_claim_pages(xch, 9, 1001), -1);
    cr_assert_eq(errno, ENOMEM);
}

static long half_populated(const privcmd_hypercall_t *call)
{
    struct xen_memory_reservation *res = (void *)(uintptr_t)call->arg[1];
    xen_pfn_t *extents = res->extent_start.p;

    cr_assert_eq(call->op, __HYPERVISOR_memory_op);
    cr_assert_eq(call->arg[0], XENMEM_populate_physmap);
    cr_assert_eq(res->nr_extents, 4);
    cr_assert_eq(res->domid, 9);
    for (int i = 0; i < 2; i++)
        extents[i] += 1000;
    return 2;
}

Test(memory, partial_success_is_reported_and_exact_refuses_it, .init = open_it, .fini = close_it)
{
    xen_pfn_t pfn[4] = {0, 1, 2, 3};

    answer = half_populated;
    cr_assert_eq(xc_domain_populate_physmap(xch, 9, 4, 0, 0, pfn), 2);
    cr_assert_eq(pfn[1], 1001);
    cr_assert_eq(pfn[2], 2);
    errno = 0;
    cr_assert_eq(xc_domain_populate_physmap_exact(xch, 9, 4, 0, 0, pfn), -1);
    cr_assert_eq(errno, ENOMEM);
}

static long port_11(const privcmd_hypercall_t *call)
{
    struct evtchn_alloc_unbound *arg = (void *)(uintptr_t)call->arg[1];

    cr_assert_eq(call->op, __HYPERVISOR_event_channel_op);
    cr_assert_eq(call->arg[0], EVTCHNOP_alloc_unbound);
    cr_assert_eq(arg->dom, 4);
    cr_assert_eq(arg->remote_dom, 0);
    arg->port = 11;
    return 0;
}

Test(evtchn, alloc_unbound, .init = open_it, .fini = close_it)
{
    answer = port_11;
    cr_assert_eq(xc_evtchn_alloc_unbound(xch, 4, 0), 11);
}

static long ring_text(const privcmd_hypercall_t *call)
{
    struct xen_sysctl *sysctl = (void *)(uintptr_t)call->arg[0];

    cr_assert_eq(sysctl->interface_version, XEN_SYSCTL_INTERFACE_VERSION);
    memcpy(sysctl->u.readconsole.buffer.p, "hello", 5);
    sysctl->u.readconsole.count = 5;
    sysctl->u.readconsole.index += 5;
    return 0;
}

Test(host, console_ring, .init = open_it, .fini = close_it)
{
    char text[16] = "................";
    unsigned int len = sizeof(text);
    uint32_t index = 3;

    answer = ring_text;
    cr_assert_eq(xc_readconsolering(xch, text, &len, 0, 1, &index), 0);
    cr_assert_eq(len, 5);
    cr_assert_eq(index, 8);
    cr_assert_arr_eq(text, "hello.", 6, "not more than the answer is copied");
}

static long idle_times(const privcmd_hypercall_t *call)
{
    struct xen_sysctl *sysctl = (void *)(uintptr_t)call->arg[0];
    struct xen_sysctl_cpuinfo *info = sysctl->u.getcpuinfo.info.p;

    cr_assert_eq(sysctl->cmd, XEN_SYSCTL_getcpuinfo);
    cr_assert_eq(sysctl->u.getcpuinfo.max_cpus, 3);
    info[0].idletime = 7;
    info[1].idletime = 8;
    sysctl->u.getcpuinfo.nr_cpus = 2;
    return 0;
}

Test(host, idle_times_of_its_cpus, .init = open_it, .fini = close_it)
{
    xc_cpuinfo_t info[3] = {{0}};
    int count = 0;

    answer = idle_times;
    cr_assert_eq(xc_getcpuinfo(xch, 3, info, &count), 0);
    cr_assert_eq(count, 2);
    cr_assert_eq(info[0].idletime, 7);
    cr_assert_eq(info[1].idletime, 8);
}

static long set_affinity(const privcmd_hypercall_t *call)
{
    struct xen_sysctl *sysctl = (void *)(uintptr_t)call->arg[0];
    struct xen_domctl *domctl;

    if (call->op == __HYPERVISOR_sysctl) {
        sysctl->u.physinfo.max_cpu_id = 9;
        return 0;
    }
    domctl = domctl_of(call);
    cr_assert_eq(domctl->u.vcpuaffinity.flags, XEN_VCPUAFFINITY_HARD);
    cr_assert_eq(domctl->u.vcpuaffinity.cpumap_hard.nr_bits, 10);
    cr_assert_eq(((uint8_t *)domctl->u.vcpuaffinity.cpumap_hard.bitmap.p)[1], 2);
    ((uint8_t *)domctl->u.vcpuaffinity.cpumap_hard.bitmap.p)[1] = 0;
    return 0;
}

Test(vcpu, affinity_comes_back_effective, .init = open_it, .fini = close_it)
{
    uint8_t map[2] = {0, 2};

    answer = set_affinity;
    cr_assert_eq(xc_vcpu_setaffinity(xch, 1, 0, map, NULL, XEN_VCPUAFFINITY_HARD), 0);
    cr_assert_eq(map[1], 0);
    cr_assert_eq(xc_vcpu_setaffinity(xch, 1, 0, NULL, NULL, XEN_VCPUAFFINITY_HARD), -1);
    cr_assert_eq(errno, EINVAL);
}

Test(buffers, arrays_end, .init = open_it, .fini = close_it)
{
    xc_hypercall_buffer_array_t *array = xc_hypercall_buffer_array_create(xch, 2);
    xc_hypercall_buffer_t buffer = {0};

    cr_assert_not_null(xc__hypercall_buffer_array_alloc(xch, array, 1, &buffer, 100));
    cr_assert_not_null(xc__hypercall_buffer_array_get(xch, array, 1, &buffer));
    for (unsigned i = 2; i; i <<= 1) {
        cr_assert_null(xc__hypercall_buffer_array_alloc(xch, array, i, &buffer, 100));
        cr_assert_null(xc__hypercall_buffer_array_get(xch, array, i, &buffer));
    }
    xc_hypercall_buffer_array_destroy(xch, array);
}

/* Pages that were in use before come back empty: they go to the hypervisor as they are. */
Test(buffers, pages_are_empty, .init = open_it, .fini = close_it)
{
    xc_hypercall_buffer_t buffer = {0};

    for (int round = 0; round < 3; round++) {
        unsigned char *page = xc__hypercall_buffer_alloc_pages(xch, &buffer, 1);

        cr_assert_not_null(page);
        for (unsigned int i = 0; i < XC_PAGE_SIZE; i++)
            cr_assert_eq(page[i], 0);
        memset(page, 0x5e, XC_PAGE_SIZE);
        xc__hypercall_buffer_free_pages(xch, &buffer, 1);
    }
}

static const char *file = "as it is";
static uint64_t asked_for;

static long hypfs(const privcmd_hypercall_t *call)
{
    struct xen_hypfs_direntry *e = (void *)call->arg[3];

    cr_assert_eq(call->op, __HYPERVISOR_hypfs_op);
    cr_assert_eq(call->arg[0], XEN_HYPFS_OP_read);
    cr_assert_str_eq((char *)call->arg[1], "/params/x");
    cr_assert_eq(call->arg[2], 10, "with its end");
    asked_for = call->arg[4];
    *e = (struct xen_hypfs_direntry){.type = XEN_HYPFS_TYPE_STRING, .content_len = strlen(file)};
    if (call->arg[4] - sizeof(*e) < e->content_len)
        return -ENOBUFS;
    memcpy(e + 1, file, e->content_len);
    return 0;
}

Test(calls, hypfs_read)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    struct xen_hypfs_direntry entry;
    char content[16];

    answer = hypfs;
    for (size_t room = 1; room <= sizeof(content); room++) {
        memset(content, '#', sizeof(content));
        errno = 0;
        int ret = xc_hypfs_read(xch, "/params/x", &entry, content, room);
        cr_assert_eq(asked_for, sizeof(entry) + room - 1);
        if (room <= 8) {
            cr_assert(ret == -1 && errno == ENOBUFS, "%zu", room);
            continue;
        }
        cr_assert_eq(ret, 8);
        cr_assert_str_eq(content, "as it is", "ended, though the file is not");
        cr_assert_eq(entry.type, XEN_HYPFS_TYPE_STRING);
        cr_assert(room == sizeof(content) || content[room] == '#', "no byte beyond the room");
    }
    xc_interface_close(xch);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and registers of the fake hypervisor's domains; see fake.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include "fake.h"
#include "libxenctrl/frames.h"

#define PAGE 4096u

struct fake_frame fake_frames[FAKE_FRAMES];
static xen_pfn_t m2p[FAKE_FRAMES];
uint64_t fake_vcpus_running;

void fake_memory_reset(void)
{
    for (unsigned int i = 0; i < FAKE_FRAMES; i++)
        fake_frames[i] = (struct fake_frame){.owner = -1, .pfn = ~UINT64_C(0)};
    fake_vcpus_running = 1;
}

const xen_pfn_t *frames_map_m2p(xc_interface *xch, unsigned long *frames)
{
    (void)xch;
    if (fake_fails())
        return NULL;
    *frames = FAKE_FRAMES;
    for (unsigned int i = 0; i < FAKE_FRAMES; i++)
        m2p[i] = fake_frames[i].pfn;
    return m2p;
}

void frames_unmap_m2p(const xen_pfn_t *table, unsigned long frames)
{
    (void)table, (void)frames;
}

int frames_types(xc_interface *xch, uint32_t domid, xen_pfn_t *frames, unsigned int n)
{
    (void)xch;
    if (n > FRAMES_TYPES_MAX) {
        errno = E2BIG;
        return -1;
    }
    if (fake_fails())
        return -1;
    for (unsigned int i = 0; i < n; i++)
        frames[i] = frames[i] < FAKE_FRAMES && fake_frames[frames[i]].owner == (int)domid
                        ? fake_frames[frames[i]].type
                        : XEN_DOMCTL_PFINFO_XTAB;
    return 0;
}

/* Pages hold their frame's number in every word, or zeroes. */
void *xc_map_foreign_bulk(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int *err,
                          unsigned int num)
{
    uint64_t *pages;

    (void)xch;
    (void)prot;
    if (fake_fails())
        return NULL;
    pages =
        mmap(NULL, (size_t)num * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (unsigned int i = 0; i < num; i++) {
        const struct fake_frame *frame = &fake_frames[arr[i]];

        err[i] = frame->owner == (int)dom && !frame->gone ? 0 : -EINVAL;
        for (size_t k = 0; k < PAGE / sizeof(*pages) && !frame->zero && !err[i]; k++)
            pages[i * PAGE / sizeof(*pages) + k] = arr[i];
    }
    return pages;
}

void *xc_map_foreign_range(xc_interface *xch, uint32_t dom, int size, int prot, unsigned long mfn)
{
    xen_pfn_t frame = mfn;
    int err;

    (void)size;
    return xc_map_foreign_bulk(xch, dom, prot, &frame, &err, 1);
}

int xc_vcpu_getcontext(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                       vcpu_guest_context_any_t *ctxt)
{
    (void)xch;
    (void)domid;
    if (vcpu >= 64 || !(fake_vcpus_running >> vcpu & 1)) {
        errno = ENODATA;
        return -1;
    }
    memset(ctxt, 0, sizeof(*ctxt));
    ctxt->x64.user_regs.rip = 0xffffffff81000000 + vcpu;
    return 0;
}

int xc_numainfo(xc_interface *xch, unsigned int *max_nodes, xc_meminfo_t *meminfo,
                uint32_t *distance)
{
    static const uint32_t far[] = {10, 21, 21, 10};

    (void)xch;
    *max_nodes = 2;
    meminfo[0] = (xc_meminfo_t){.memsize = UINT64_C(3072) << 20, .memfree = UINT64_C(1000) << 20};
    meminfo[1] = (xc_meminfo_t){.memsize = UINT64_C(1024) << 20, .memfree = UINT64_C(24) << 20};
    memcpy(distance, far, sizeof(far));
    return 0;
}

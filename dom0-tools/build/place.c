/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a planned guest into its frames, through foreign mappings. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "build/job.h"

#define PAGE BUILD_PAGE_SIZE
/* Pages mapped at a time: large enough to need few system calls, small enough for a small dom0 */
#define CHUNK_PAGES 4096u

void *job_map(struct job *job, uint64_t pfn, uint64_t pages)
{
    xenforeignmemory_handle *fmem = xc_interface_fmem_handle(job->xch);
    void *addr =
        xenforeignmemory_map(fmem, job->domid, PROT_READ | PROT_WRITE, pages, &job->p2m[pfn], NULL);

    if (!addr)
        fail(job->fail, "cannot map the new domain's memory: %s", strerror(errno));
    return addr;
}

void job_unmap(struct job *job, void *addr, uint64_t pages)
{
    xenforeignmemory_unmap(xc_interface_fmem_handle(job->xch), addr, pages);
}

/* Copies @len bytes to pseudo-physical address @paddr, then zeroes @zero more. */
static int copy_in(struct job *job, uint64_t paddr, const uint8_t *src, uint64_t len, uint64_t zero)
{
    while (len + zero) {
        uint64_t skip = paddr % PAGE, left = len + zero;
        uint64_t room = CHUNK_PAGES * PAGE - skip;
        uint64_t n = left < room ? left : room, data = n < len ? n : len;
        uint64_t pages = (skip + n + PAGE - 1) / PAGE;
        uint8_t *at = job_map(job, paddr / PAGE, pages);

        if (!at)
            return -1;
        memcpy(at + skip, src, data);
        memset(at + skip + data, 0, n - data);
        job_unmap(job, at, pages);
        paddr += n;
        src += data;
        len -= data;
        zero -= n - data;
    }
    return 0;
}

static int place_kernel(struct job *job)
{
    const struct elf_image *elf = &job->params->kernel->elf;
    struct elf_segment seg;

    for (unsigned int i = 0; i < elf->phnum; i++)
        if (elf_segment(elf, i, &seg) && copy_in(job, build_kernel_paddr(&job->plan, seg.paddr),
                                                 seg.data, seg.filesz, seg.memsz - seg.filesz))
            return -1;
    return 0;
}

static int place_ramdisk(struct job *job)
{
    const struct file_map *rd = job->params->ramdisk;
    uint64_t len = job->plan.ramdisk_len;

    return len ? copy_in(job, job->plan.ramdisk.pfn * PAGE, rd->data, len, -len % PAGE) : 0;
}

static int place_p2m(struct job *job)
{
    uint64_t len = job->params->nr_pages * sizeof(*job->p2m);

    return copy_in(job, job->plan.p2m.pfn * PAGE, (const uint8_t *)job->p2m, len, -len % PAGE);
}

static uint64_t mfn_of(void *ctx, uint64_t pfn)
{
    return ((struct job *)ctx)->p2m[pfn];
}

/* Fills the tables of one area; they must be unmapped again before the hypervisor may pin them. */
static int place_tables(struct job *job, const struct build_area *area)
{
    uint64_t count = build_table_count(&job->plan);
    uint8_t *at;

    if (!area->pages)
        return 0;
    at = job_map(job, area->pfn, area->pages);
    if (!at)
        return -1;
    for (uint64_t n = 0; n < count; n++) {
        struct build_table table = build_table_get(&job->plan, n);

        if (table.pfn - area->pfn < area->pages)
            build_table_fill(&job->plan, &table, mfn_of, job,
                             (uint64_t *)(at + (table.pfn - area->pfn) * PAGE));
    }
    job_unmap(job, at, area->pages);
    return 0;
}

int job_place(struct job *job)
{
    if (place_kernel(job) || place_ramdisk(job) || place_p2m(job) ||
        place_tables(job, &job->plan.tables) || place_tables(job, &job->plan.p2m_tables))
        return -1;
    return 0;
}

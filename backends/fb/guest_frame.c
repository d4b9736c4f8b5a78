/* SPDX-License-Identifier: BSD-2-Clause */
/* Frame buffers in a guest's memory; see guest_frame.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fb/guest_frame.h"
#include "lib/ring.h"

#define DIRECTORY_MAX (FRAME_BYTES_MAX / RING_PAGE / FRAMES_A_PAGE)

int guest_frame_open(struct guest_frame *g, uint32_t domid, struct fail *f)
{
    *g = (struct guest_frame){.domid = domid, .memory = xenforeignmemory_open(NULL, 0)};
    if (!g->memory || xenforeignmemory_restrict(g->memory, (domid_t)domid))
        return fail(f, "cannot open Xen's device for the guest's memory alone: %s",
                    strerror(errno));
    return 0;
}

void *guest_page_map(struct guest_frame *g, uint32_t frame_number)
{
    xen_pfn_t frame = frame_number;

    return xenforeignmemory_map(g->memory, g->domid, PROT_READ | PROT_WRITE, 1, &frame, NULL);
}

void guest_page_unmap(struct guest_frame *g, void *page)
{
    if (page)
        xenforeignmemory_unmap(g->memory, page, 1);
}

/* Copies the numbers of the @pages frames out of the directory: what is used has been copied. */
static int read_directory(struct guest_frame *g, uint32_t pages, xen_pfn_t *frames)
{
    uint32_t count = (pages + FRAMES_A_PAGE - 1) / FRAMES_A_PAGE;
    xen_pfn_t directory[DIRECTORY_MAX];
    void *map;

    for (uint32_t i = 0; i < count; i++)
        directory[i] = *(volatile unsigned long *)&g->page->pd[i];
    map = xenforeignmemory_map(g->memory, g->domid, PROT_READ, count, directory, NULL);
    if (!map)
        return -1;
    memcpy(frames, map, pages * sizeof(*frames));
    xenforeignmemory_unmap(g->memory, map, count);
    return 0;
}

static int map_pixels(struct guest_frame *g, struct fail *f)
{
    uint32_t pages = (g->frame.bytes + RING_PAGE - 1) / RING_PAGE;
    xen_pfn_t *frames = malloc(pages * sizeof(*frames));

    if (frames && read_directory(g, pages, frames) == 0)
        g->pixels = xenforeignmemory_map(g->memory, g->domid, PROT_READ, pages, frames, NULL);
    free(frames);
    g->pages = g->pixels ? pages : 0;
    if (g->pixels)
        return 0;
    return fail(f, "cannot map the guest's frame buffer: %s", strerror(errno));
}

int guest_frame_map(struct guest_frame *g, uint32_t frame_number, struct fail *f)
{
    g->page = guest_page_map(g, frame_number);
    if (!g->page)
        return fail(f, "cannot map the guest's page of its frame buffer: %s", strerror(errno));
    if (!frame_of_page(g->page, &g->frame))
        fail(f,
             "the guest's frame buffer has an impossible shape (32 bits a pixel, at most %u "
             "MiB, are shown)",
             FRAME_BYTES_MAX >> 20);
    else if (map_pixels(g, f) == 0)
        return 0;
    guest_frame_unmap(g);
    return -1;
}

void guest_frame_unmap(struct guest_frame *g)
{
    if (g->pixels)
        xenforeignmemory_unmap(g->memory, (void *)(uintptr_t)g->pixels, g->pages);
    guest_page_unmap(g, g->page);
    g->pixels = NULL;
    g->page = NULL;
}

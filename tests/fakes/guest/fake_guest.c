/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest of arrays; see fake_guest.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_guest.h"
#include "lib/xalloc.h"
#include "stream/record.h"
#include "stream/table.h"

static bool fails(struct fake_machine *m)
{
    if (!m->fail_at || --m->fail_at)
        return false;
    errno = EIO;
    return true;
}

void *fake_frame(struct fake_machine *m, uint64_t mfn)
{
    return mfn >= m->base && mfn - m->base < FAKE_FRAMES && m->used[mfn - m->base]
               ? m->memory + (mfn - m->base) * PAGE_BYTES
               : NULL;
}

/* One frame is mapped in place, several as a copy that goes back when they are unmapped. */
struct mapping {
    uint64_t mfn[BATCH];
    uint8_t data[];
};

static void *map(void *ctx, const uint64_t *mfns, unsigned int n, bool write, int *errors)
{
    struct fake_machine *m = ctx;
    struct mapping *map;

    (void)write;
    if (fails(m))
        return NULL;
    m->mapped++;
    map = xcalloc(1, sizeof(*map) + (size_t)n * PAGE_BYTES);
    for (unsigned int i = 0; i < n; i++) {
        void *from = fake_frame(m, mfns[i]);

        errors[i] = from ? 0 : -EINVAL;
        map->mfn[i] = mfns[i];
        if (from)
            memcpy(map->data + (size_t)i * PAGE_BYTES, from, PAGE_BYTES);
    }
    return map->data;
}

static void unmap(void *ctx, const void *at, unsigned int n)
{
    struct fake_machine *m = ctx;
    struct mapping *map = (void *)((uint8_t *)at - sizeof(*map));

    for (unsigned int i = 0; i < n; i++) {
        void *to = fake_frame(m, map->mfn[i]);

        if (to)
            memcpy(to, map->data + (size_t)i * PAGE_BYTES, PAGE_BYTES);
    }
    m->mapped--;
    free(map);
}

static uint64_t pfn_of(void *ctx, uint64_t mfn)
{
    struct fake_machine *m = ctx;

    return fake_frame(m, mfn) ? m->m2p[mfn - m->base] : NO_FRAME;
}

static int types(void *ctx, uint64_t *frames, unsigned int n)
{
    struct fake_machine *m = ctx;

    if (fails(m))
        return -1;
    for (unsigned int i = 0; i < n; i++)
        frames[i] = fake_frame(m, frames[i]) ? m->type[frames[i] - m->base] : FRAME_XTAB;
    return 0;
}

static int vcpu_online(void *ctx, unsigned int vcpu, bool *online)
{
    struct fake_machine *m = ctx;

    *online = m->online[vcpu];
    return fails(m) ? -1 : 0;
}

static int vcpu_get(void *ctx, unsigned int vcpu, uint32_t record, void *data, uint32_t *len)
{
    struct fake_machine *m = ctx;
    struct fake_part *part = &m->part[vcpu][record];

    if (fails(m))
        return -1;
    *len = part->len;
    memcpy(data, part->data, part->len);
    return 0;
}

static int vcpu_set(void *ctx, unsigned int vcpu, uint32_t record, const void *data, uint32_t len)
{
    struct fake_machine *m = ctx;
    struct fake_part *part = &m->part[vcpu][record];

    if (fails(m) || len > sizeof(part->data))
        return -1;
    memcpy(part->data, data, len);
    part->len = len;
    m->online[vcpu] = true;
    return 0;
}

static int tsc_get(void *ctx, struct tsc_info *tsc)
{
    struct fake_machine *m = ctx;

    *tsc = m->tsc;
    return fails(m) ? -1 : 0;
}

static int tsc_set(void *ctx, const struct tsc_info *tsc)
{
    struct fake_machine *m = ctx;

    m->tsc = *tsc;
    return fails(m) ? -1 : 0;
}

/* Frames from the top down, so that they are in another order than the pages. */
/* Of an ordinary leaf and of one with sub-leaves. */
static int cpu_get(void *ctx, struct cpu_leaf *leaves, uint32_t *n)
{
    static const struct cpu_leaf all[] = {
        {1, UINT32_MAX, 0, 0, FAKE_SSE3, 0}, {7, 0, 0, FAKE_AVX2, 0, 0}, {7, 1, 0, ~0u, 0, 0}};

    if (fails(ctx))
        return -1;
    memcpy(leaves, all, sizeof(all));
    *n = sizeof(all) / sizeof(all[0]);
    return 0;
}

static int populate(void *ctx, uint64_t *frames, unsigned int n)
{
    struct fake_machine *m = ctx;
    unsigned int at = FAKE_FRAMES;

    if (fails(m))
        return -1;
    for (unsigned int i = 0; i < n; i++) {
        while (at && m->used[at - 1])
            at--;
        if (!at) {
            errno = ENOMEM;
            return -1;
        }
        m->used[--at] = true;
        m->m2p[at] = frames[i];
        frames[i] = m->base + at;
    }
    return 0;
}

/* As the hypervisor: a table that names a frame which is not the guest's is refused. */
static int pin(void *ctx, const uint64_t *mfns, const uint8_t *levels, unsigned int n)
{
    struct fake_machine *m = ctx;

    if (fails(m))
        return -1;
    for (unsigned int i = 0; i < n; i++) {
        const uint64_t *table = fake_frame(m, mfns[i]);
        uint64_t frame;

        for (unsigned int j = 0; table && j < PAGE_ENTRIES; j++)
            if (table_names(table[j], &frame) && !fake_frame(m, frame))
                table = NULL;
        if (!table) {
            errno = EINVAL;
            return -1;
        }
        m->type[mfns[i] - m->base] = FRAME_PINNED | levels[i];
        m->pinned++;
    }
    return 0;
}

static const struct guest_ops ops = {
    .map = map,
    .unmap = unmap,
    .pfn_of = pfn_of,
    .types = types,
    .vcpu_online = vcpu_online,
    .vcpu_get = vcpu_get,
    .tsc_get = tsc_get,
    .cpu_get = cpu_get,
    .populate = populate,
    .vcpu_set = vcpu_set,
    .tsc_set = tsc_set,
    .pin = pin,
};

void fake_machine_reset(struct fake_machine *m, uint64_t base)
{
    uint8_t *memory = m->memory ? m->memory : xcalloc(FAKE_FRAMES, PAGE_BYTES);

    memset(memory, 0, (size_t)FAKE_FRAMES * PAGE_BYTES);
    *m = (struct fake_machine){.base = base, .memory = memory};
    m->used[0] = true; /* shared info, which is nobody's page */
    m->m2p[0] = NO_FRAME;
    m->guest = (struct guest){.ops = &ops,
                              .ctx = m,
                              .shared_info_mfn = base,
                              .vcpus = FAKE_VCPUS,
                              .max_pages = FAKE_FRAMES,
                              .fail = &m->fail};
}

void fake_machine_free(struct fake_machine *m)
{
    free(m->memory);
    m->memory = NULL;
}

uint64_t fake_mfn(struct fake_machine *m, uint64_t pfn)
{
    for (unsigned int i = 1; i < FAKE_FRAMES; i++)
        if (m->used[i] && m->m2p[i] == pfn)
            return m->base + i;
    return NO_FRAME;
}

uint64_t *fake_page(struct fake_machine *m, uint64_t pfn)
{
    return fake_frame(m, fake_mfn(m, pfn));
}

static uint64_t entry(struct fake_machine *m, uint64_t pfn)
{
    return fake_mfn(m, pfn) << 12 | 0x8000000000000067ull; /* NX, and flags that must stay */
}

static void set_type(struct fake_machine *m, uint64_t pfn, uint8_t type)
{
    m->type[fake_mfn(m, pfn) - m->base] = type;
}

static void make_tables(struct fake_machine *m, uint64_t lists)
{
    uint64_t va = FAKE_P2M_VADDR, *l1 = fake_page(m, PFN_L1);

    fake_page(m, PFN_L4)[va >> 39 & 511] = entry(m, PFN_L3);
    fake_page(m, PFN_L4)[L4_HV_FIRST] = 0xdead000067ull; /* the hypervisor's own */
    fake_page(m, PFN_L3)[va >> 30 & 511] = entry(m, PFN_L2);
    fake_page(m, PFN_L2)[va >> 21 & 511] = entry(m, PFN_L1);
    for (uint64_t i = 0; i < lists; i++)
        l1[i] = entry(m, PFN_LISTS + i);
    l1[FAKE_DATA_SLOT] = entry(m, PFN_DATA);
    l1[FAKE_DATA_SLOT + 1] = 0x123456000ull; /* not present: a swap entry */
    set_type(m, PFN_L4, FRAME_PINNED | FRAME_L4);
    set_type(m, PFN_USER_L4, FRAME_PINNED | FRAME_L4);
    set_type(m, PFN_L3, FRAME_L1 + 2);
    set_type(m, PFN_L2, FRAME_L1 + 1);
    set_type(m, PFN_L1, FRAME_PINNED | FRAME_L1);
}

static void make_p2m(struct fake_machine *m, uint64_t pages, uint64_t lists, bool tree)
{
    shared_info_t *shared = fake_frame(m, m->base);

    for (uint64_t pfn = 0; pfn < lists * PAGE_ENTRIES; pfn++)
        fake_page(m, PFN_LISTS + pfn / PAGE_ENTRIES)[pfn % PAGE_ENTRIES] =
            pfn < pages ? fake_mfn(m, pfn) : NO_FRAME;
    fake_page(m, PFN_TOP)[0] = fake_mfn(m, PFN_MID);
    for (uint64_t i = 0; i < lists; i++)
        fake_page(m, PFN_MID)[i] = fake_mfn(m, PFN_LISTS + i);
    shared->arch.max_pfn = pages;
    shared->arch.pfn_to_mfn_frame_list_list = tree ? fake_mfn(m, PFN_TOP) : NO_FRAME;
    shared->arch.p2m_cr3 = tree ? 0 : xen_pfn_to_cr3(fake_mfn(m, PFN_L4));
    shared->arch.p2m_vaddr = FAKE_P2M_VADDR;
    shared->evtchn_pending[1] = 5;
    shared->vcpu_info[1].evtchn_upcall_mask = 1;
    shared->vcpu_info[1].evtchn_pending_sel = 2;
}

static void make_vcpu(struct fake_machine *m, unsigned int vcpu)
{
    struct vcpu_guest_context *c = (void *)m->part[vcpu][RECORD_VCPU_BASIC].data;
    uint32_t *extended = (void *)m->part[vcpu][RECORD_VCPU_EXTENDED].data;
    const uint32_t msr[] = {FAKE_MSR, 0, vcpu, 0};

    c->flags = VGCF_in_kernel | VGCF_online;
    c->user_regs.rip = 0xffffffff81000000ull + vcpu;
    c->user_regs.rdx = vcpu ? 7 : fake_mfn(m, PFN_START_INFO);
    c->gdt_ents = 16;
    c->gdt_frames[0] = fake_mfn(m, PFN_GDT);
    c->ctrlreg[3] = xen_pfn_to_cr3(fake_mfn(m, PFN_L4));
    c->ctrlreg[1] = vcpu ? 0 : xen_pfn_to_cr3(fake_mfn(m, PFN_USER_L4)) | 1;
    m->part[vcpu][RECORD_VCPU_BASIC].len = sizeof(*c);
    extended[0] = vcpu;
    extended[1] = 64;
    m->part[vcpu][RECORD_VCPU_EXTENDED].len = 64;
    memset(m->part[vcpu][RECORD_VCPU_XSAVE].data, 0x40 + vcpu, 16 + 576);
    m->part[vcpu][RECORD_VCPU_XSAVE].len = 16 + 576;
    memcpy(m->part[vcpu][RECORD_VCPU_MSRS].data, msr, sizeof(msr));
    m->part[vcpu][RECORD_VCPU_MSRS].len = vcpu ? sizeof(msr) : 0; /* those that are not 0 */
    m->online[vcpu] = true;
}

void fake_boot(struct fake_machine *m, uint64_t pages, uint64_t missing, bool tree)
{
    uint64_t lists = (pages + PAGE_ENTRIES - 1) / PAGE_ENTRIES;
    struct start_info *si;

    for (uint64_t pfn = 0; pfn < pages - missing; pfn++) {
        uint64_t frame = pfn;

        if (pfn == PFN_HOLE || populate(m, &frame, 1))
            continue;
        memset(fake_frame(m, frame), pfn >= PFN_DATA ? (int)(pfn % 251) : 0, PAGE_BYTES);
    }
    make_tables(m, lists);
    make_p2m(m, pages, lists, tree);
    si = (void *)fake_page(m, PFN_START_INFO);
    si->store_mfn = PFN_STORE; /* as a guest that suspends leaves them */
    si->console.domU.mfn = PFN_CONSOLE;
    si->flags = SIF_MULTIBOOT_MOD;
    for (unsigned int i = 0; i < FAKE_VCPUS - 1; i++) /* the last one is offline */
        make_vcpu(m, i);
    m->tsc = (struct tsc_info){.mode = 0, .khz = 2400000, .elapsed_ns = 1ull << 40};
}

static int write_file(void *ctx, struct iovec *iov, unsigned int n)
{
    struct fake_file *file = ctx;

    for (unsigned int i = 0; i < n; i++) {
        if (file->room && file->len + iov[i].iov_len > file->room) {
            errno = ENOSPC;
            return -1;
        }
        if (file->len + iov[i].iov_len > file->size) {
            file->size = (file->len + iov[i].iov_len) * 2;
            file->data = xrealloc(file->data, file->size);
        }
        if (iov[i].iov_len)
            memcpy(file->data + file->len, iov[i].iov_base, iov[i].iov_len);
        file->len += iov[i].iov_len;
    }
    return 0;
}

static ssize_t read_file(void *ctx, void *data, size_t len)
{
    struct fake_file *file = ctx;
    size_t n = len < file->len - file->at ? len : file->len - file->at;

    if (n)
        memcpy(data, file->data + file->at, n);
    file->at += n;
    return n;
}

struct stream_out fake_out_to(struct fake_file *file, struct fail *fail)
{
    return (struct stream_out){.write = write_file, .ctx = file, .fail = fail};
}

struct stream_in fake_in_from(struct fake_file *file, struct fail *fail)
{
    file->at = 0;
    return (struct stream_in){.read = read_file, .ctx = file, .fail = fail};
}

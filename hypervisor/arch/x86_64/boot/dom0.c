/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds the control domain by the plan of core/build, writing through the direct map. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <hv/sched.h>
#include <asm/boot.h>
#include <asm/vcpu.h>
#include "../../../core/build/unpack.h"

/* memory kept for the hypervisor when dom0 gets "all": 1/16, at most this */
#define RESERVE_MAX (128UL << 20)

static struct build_plan plan;
static uint64_t *p2m; /* mfn of each pfn, while building */

static __init uint64_t mfn_of(void *, uint64_t pfn)
{
    return p2m[pfn];
}

static __init void *frame_at(uint64_t pfn)
{
    CHECK(pfn < plan.nr_pages);
    return arch_frame_ptr(MFN(p2m[pfn]));
}

/* Copies into the guest's pseudo-physical memory; src NULL: zeroes. */
static __init void put(uint64_t paddr, const void *src, uint64_t len)
{
    while (len) {
        uint64_t off = paddr & (PAGE_SIZE - 1), n = min(len, PAGE_SIZE - off);
        char *to = (char *)frame_at(paddr >> PAGE_SHIFT) + off;

        if (src)
            memcpy(to, src, n), src = (const char *)src + n;
        else
            memset(to, 0, n);
        paddr += n;
        len -= n;
    }
}

/* A size of dom0_mem= in pages; a negative one means all of memory but that. */
static __init uint64_t option_pages(int64_t bytes, uint64_t all)
{
    uint64_t pages = (uint64_t)(bytes < 0 ? -bytes : bytes) >> PAGE_SHIFT;

    return bytes < 0 ? all - min(pages, all) : pages;
}

static __init uint64_t dom0_pages(void)
{
    uint64_t free = frame_free_count(), want = option_pages(cmdline.dom0_mem, free);
    uint64_t most = free - min(free / 16, RESERVE_MAX >> PAGE_SHIFT);

    if (!want)
        want = most;
    want = max(want, option_pages(cmdline.dom0_mem_min, free));
    if (cmdline.dom0_mem_max)
        want = min(want, option_pages(cmdline.dom0_mem_max, free));
    if (want > most)
        log_warn("dom0_mem: %lu MiB do not fit, dom0 gets %lu MiB\n", want >> 8, most >> 8);
    return min(want, most);
}

static __init void *temporary(uint64_t bytes, const char *what)
{
    mfn_t m = frame_alloc(order_for(bytes), 0);

    if (mfn_eq(m, MFN_INVALID))
        panic("no %lu MiB in one piece for %s\n", bytes >> 20, what);
    return arch_frame_ptr(m);
}

static __init void temporary_free(void *p, uint64_t bytes)
{
    frame_free(arch_ptr_mfn(p), order_for(bytes));
}

/* The decompressors are ordinary user-space code: they want SSE and a stack canary at %fs:0x28. */
static __init void *unpack_kernel(const struct bzimage *bz)
{
    static uint64_t canary_area[8];
    void *arena = temporary(UNPACK_ARENA, "decompression"),
         *out = temporary(bz->unpacked_len, "the kernel");
    size_t len;
    enum build_error err;

    wrmsr(MSR_FS_BASE, (uint64_t)canary_area);
    unpack_set_arena(arena, UNPACK_ARENA);
    err = unpack(bz->kind, bz->data, bz->len, out, bz->unpacked_len, &len);
    wrmsr(MSR_FS_BASE, 0);
    temporary_free(arena, UNPACK_ARENA);
    if (err)
        panic("cannot load the dom0 kernel: %s\n", build_strerror(err));
    return out;
}

static __init void allocate(struct domain *d, uint64_t pages)
{
    uint64_t done = 0;
    unsigned order = 9;

    p2m = temporary(pages * 8, "dom0's frame list");
    while (done < pages) {
        mfn_t m;

        while ((1UL << order) > pages - done)
            order--;
        if (frame_alloc_domain(d, order, 0, &m)) {
            if (!order)
                panic("out of memory building dom0 (%lu of %lu MiB)\n", done >> 8, pages >> 8);
            order--;
            continue;
        }
        for (uint64_t i = 0; i < 1UL << order; i++, done++) {
            p2m[done] = m.n + i;
            arch_m2p_set(MFN(m.n + i), PFN(done));
        }
    }
}

static __init void place_kernel(const struct elf_image *elf)
{
    struct elf_segment s;

    for (unsigned i = 0; i < elf->phnum; i++)
        if (elf_segment(elf, i, &s))
            put(build_kernel_paddr(&plan, s.paddr), s.data, s.filesz);
    if (plan.hypercall_page != BUILD_UNSET)
        arch_write_hypercall_page(frame_at(build_pfn_at(&plan, plan.hypercall_page)));
}

static __init void place_tables(void)
{
    for (uint64_t n = 0; n < build_table_count(&plan); n++) {
        struct build_table t = build_table_get(&plan, n);

        build_table_fill(&plan, &t, mfn_of, NULL, frame_at(t.pfn));
    }
}

static __init void place_start_info(struct domain *d, const char *args)
{
    struct start_info *si = frame_at(plan.start_info.pfn);

    build_start_info(&plan, si);
    si->shared_info = mfn_paddr(d->shared_info_mfn).a;
    si->flags |= SIF_PRIVILEGED | SIF_INITDOMAIN;
    if (boot_info.screen.video_type) {
        si->console.dom0.info_off = sizeof(*si);
        si->console.dom0.info_size = sizeof(boot_info.screen);
        memcpy(si + 1, &boot_info.screen, sizeof(boot_info.screen));
    }
    memcpy(si->cmd_line, args, strnlen(args, MAX_GUEST_CMDLINE - 1));
}

static __init void start_vcpu(struct domain *d)
{
    struct vcpu_guest_context *c = hv_alloc_pages(1);
    struct vcpu *v = d->vcpu[0];
    int err;

    CHECK(c && sizeof(*c) <= 2 * PAGE_SIZE);
    c->flags = VGCF_in_kernel | VGCF_online;
    c->user_regs.rip = plan.entry;
    c->user_regs.rsp = plan.stack.vaddr + plan.stack.pages * PAGE_SIZE;
    c->user_regs.rsi = plan.start_info.vaddr;
    c->user_regs.cs = GUEST_CS64;
    c->user_regs.ss = c->user_regs.ds = c->user_regs.es = c->user_regs.fs = c->user_regs.gs =
        GUEST_SS;
    c->user_regs.rflags = RFLAGS_IF;
    c->kernel_ss = GUEST_SS;
    c->ctrlreg[3] = p2m[plan.tables.pfn] << PAGE_SHIFT;
    do {
        budget_refill();
        err = vcpu_set_context(v, c, true);
    } while (err == -XEN_ERESTART);
    if (!err) /* kernels unpin the root they were started with (xen.h, start-of-day layout) */
        err = ptype_pin(d, v->cr3, PT_L4);
    if (err)
        panic("dom0's initial page tables were refused: %d\n", err);
    hv_free_pages(c, 1);
    atomic_fetch_and_explicit(&v->sched.flags, ~VPF_DOWN, memory_order_release);
}

static __init struct domain *create(uint64_t pages)
{
    struct xen_domctl_createdomain cfg = {.max_vcpus = arch_cpu_count(),
                                          .max_evtchn_port = ~0u,
                                          .max_grant_frames = -1,
                                          .max_maptrack_frames = -1,
                                          .grant_opts =
                                              XEN_DOMCTL_GRANT_version(cmdline.gnttab_max_ver)};
    struct domain *d;
    int err;

    if (cmdline.dom0_max_vcpus)
        cfg.max_vcpus = min(cmdline.dom0_max_vcpus, (unsigned)HV_MAX_VCPUS);
    cfg.max_vcpus = max(cfg.max_vcpus, cmdline.dom0_max_vcpus_min);
    err = domain_create(0, &cfg, true, &d);
    if (err)
        panic("cannot create dom0: %d\n", err);
    d->max_pages = cmdline.dom0_mem_max
                       ? max(option_pages(cmdline.dom0_mem_max, frame_total_count()), pages)
                       : ~0UL;
    for (unsigned i = 0; i < cfg.max_vcpus; i++) {
        unsigned cpu = i % arch_cpu_count();

        err = domain_add_vcpu(d, i, cpu);
        if (err)
            panic("cannot create dom0's vCPU %u: %d\n", i, err);
        if (cmdline.dom0_vcpus_pin)
            vcpu_set_affinity(d->vcpu[i], CPUSET(cpu), CPUSET_ALL);
    }
    return d;
}

#define HV_FEATURES                                                                                \
    (1u << XENFEAT_writable_page_tables | 1u << XENFEAT_auto_translated_physmap |                  \
     1u << XENFEAT_pae_pgdir_above_4gb | 1u << XENFEAT_mmu_pt_update_preserve_ad |                 \
     1u << XENFEAT_supervisor_mode_kernel | 1u << XENFEAT_dom0)

__init void build_dom0(void)
{
    const struct boot_module *m = boot_info.module, *ramdisk;
    uint64_t pages, ramdisk_len = 0;
    struct bzimage bz;
    struct elf_image elf;
    struct xen_notes notes;
    enum build_error err;
    struct domain *d;
    void *kernel = NULL;

    if (!boot_info.module_count)
        panic("no dom0 kernel: the boot entry needs a module line\n");
    ramdisk = &m[boot_info.ramdisk];
    if (boot_info.module_count > boot_info.ramdisk)
        ramdisk_len = ramdisk->end - ramdisk->start;
    err = bzimage_find(phys_to_virt(PADDR(m[0].start)), m[0].end - m[0].start, &bz);
    if (!err) {
        if (bz.kind != PAYLOAD_NONE)
            kernel = unpack_kernel(&bz);
        err = elf_parse(kernel ? kernel : bz.data, bz.unpacked_len, &elf);
    }
    if (!err)
        err = elf_notes(&elf, HV_FEATURES, &notes);
    pages = dom0_pages();
    const struct build_request req = {&elf, &notes, pages, ramdisk_len, .dom0 = true};
    if (!err)
        err = build_plan(&req, &plan);
    if (err)
        panic("cannot load the dom0 kernel: %s\n", build_strerror(err));
    dom0 = d = create(pages);
    allocate(d, pages);
    place_kernel(&elf);
    if (ramdisk_len)
        put(plan.ramdisk.pfn << PAGE_SHIFT, phys_to_virt(PADDR(ramdisk->start)), ramdisk_len);
    put(plan.p2m.pfn << PAGE_SHIFT, p2m, pages * 8);
    place_tables();
    place_start_info(d, skip_file_name(m[0].cmdline));
    start_vcpu(d);
    if (kernel)
        temporary_free(kernel, bz.unpacked_len);
    temporary_free(p2m, pages * 8);
    log_info("dom0: %lu MiB, %u vCPUs, %s kernel at %lx\n", pages >> 8, d->vcpu_max, notes.guest_os,
             plan.entry);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENPF_microcode_update: microcode into CPUs that run guests.  All CPUs come into the hypervisor
 * and load one after the other, the rest waiting with interrupts off in a loop of a few
 * instructions: what shares a core with a CPU that loads may do no more (Intel SDM 3A 10.11.6.3),
 * and no two differ while a guest runs.  What was decided at boot by CPUID stays.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <asm/apic.h>
#include <asm/ucode.h>

#define UCODE_MAX (16u << 20) /* all updates for Intel's CPUs are 10 MiB */

struct run {
    struct ucode_patch patch;
    unsigned loaded;
};

static void load_one(void *arg)
{
    struct run *run = arg;

    run->loaded += ucode_load(&run->patch);
}

static int load_all(uint8_t *container, uint32_t len)
{
    struct ucode_cpu cpu = ucode_this_cpu();
    struct run run = {.loaded = 0};
    int err;

    cpu.late = true;
    err = ucode_find(&cpu, container, len, &run.patch);
    if (err)
        return err;
    memmove(container, run.patch.data, run.patch.len); /* aligned */
    run.patch.data = container;
    smp_one_by_one(load_one, &run);
    log_info("microcode: %x, on %u of %u CPUs %x\n", cpu.revision, run.loaded, arch_cpu_count(),
             run.patch.revision);
    return run.loaded == arch_cpu_count() ? 0 : -XEN_EIO;
}

int microcode_update(const struct xenpf_microcode_update *u)
{
    unsigned order = order_for(u->length);
    int err;
    mfn_t mfn;

    if (!u->length || u->length > UCODE_MAX)
        return refuse(XEN_EINVAL);
    mfn = frame_alloc(order, 0);
    if (mfn_eq(mfn, MFN_INVALID))
        return refuse(XEN_ENOMEM);
    budget_draw(BUDGET_TURN); /* this and the loading take what they take */
    err = guest_read(arch_frame_ptr(mfn), GUEST_PTR(u->data), u->length);
    if (!err)
        err = load_all(arch_frame_ptr(mfn), u->length);
    frame_free(mfn, order);
    return err;
}

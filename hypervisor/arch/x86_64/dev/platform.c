/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_op (platform.h): what the control domain asks of, or tells, the machine. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/efi.h>
#include <asm/ucode.h>

static int settime(uint64_t secs, uint32_t nsecs, uint32_t mbz, uint64_t system_time)
{
    if (mbz || nsecs >= 1000000000 || secs > UINT64_MAX / 1000000000 - 1)
        return refuse(XEN_EINVAL);
    arch_wallclock_set(secs * 1000000000 + nsecs - system_time);
    return 0;
}

static int read_memtype(struct xenpf_read_memtype *m)
{
    unsigned count = cpuid(1, 0).d & (1u << 12) ? rdmsr(MSR_MTRR_CAP) & 0xff : 0;
    if (m->reg >= count)
        return refuse(XEN_EINVAL);
    uint64_t base = rdmsr(MSR_MTRR_BASE(m->reg)), range = rdmsr(MSR_MTRR_MASK(m->reg));
    unsigned width = cpuid(0x80000008, 0).a & 0xff;
    m->mfn = m->nr_mfns = m->type = 0;
    if (range & 0x800) { /* valid */
        uint64_t reach = ((1UL << width) - 1) & PAGE_MASK;
        m->mfn = (base & reach) >> PAGE_SHIFT;
        m->nr_mfns = ((~range & reach) >> PAGE_SHIFT) + 1;
        m->type = base & 0xff;
    }
    return 0;
}

static int firmware_info(struct xenpf_firmware_info *f)
{
    switch (f->type) {
    case XEN_FW_DISK_INFO: /* nothing was asked of the BIOS in real mode */
    case XEN_FW_DISK_MBR_SIGNATURE:
    case XEN_FW_VBEDDC_INFO:
        return -XEN_ESRCH;
    case XEN_FW_KBD_SHIFT_FLAGS:
        if (f->index)
            return -XEN_ESRCH;
        f->u.kbd_shift_flags = 0;
        return 0;
    case XEN_FW_EFI_INFO:
        return efi_firmware_info(f->index, &f->u.efi_info);
    default:
        return refuse(XEN_EINVAL);
    }
}

static int getidletime(struct xenpf_getidletime *g)
{
    gva_t map = GUEST_PTR(g->cpumap_bitmap), out = GUEST_PTR(g->idletime);
    unsigned bytes = min((g->cpumap_nr_cpus + 7) / 8, HV_MAX_CPUS / 8u);
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t byte, present = 0;
        if (guest_read(&byte, gva_add(map, i), 1))
            return -XEN_EFAULT;
        for (unsigned bit = 0; bit < 8 && i * 8 + bit < g->cpumap_nr_cpus; bit++) {
            unsigned cpu = i * 8 + bit;
            bool there = cpu < arch_cpu_count();
            if (!(byte >> bit & 1))
                continue;
            present |= (uint8_t)(there << bit);
            if (guest_write_u64(gva_add(out, 8UL * cpu),
                                there ? vcpu_cpu_time(sched_idle_vcpu(cpu)) : 0))
                return -XEN_EFAULT;
        }
        if (guest_write(gva_add(map, i), &present, 1))
            return -XEN_EFAULT;
    }
    g->now = (uint64_t)arch_now();
    return 0;
}

static void get_cpuinfo(struct xenpf_pcpuinfo *p)
{
    unsigned cpu = p->xen_cpuid;
    p->max_present = arch_cpu_count() - 1;
    p->flags = cpu >= arch_cpu_count()            ? XEN_PCPU_FLAGS_INVALID
               : online_cpus() & CPUSET(cpu & 63) ? XEN_PCPU_FLAGS_ONLINE
                                                  : 0;
    p->apic_id = cpu < arch_cpu_count() ? cpu_apic_id[cpu] : 0;
    p->acpi_id = cpu < arch_cpu_count() ? cpu_acpi_id[cpu] : 0;
}

/* All CPUs are alike: this one answers for each. */
static void get_cpu_version(struct xenpf_pcpu_version *p)
{
    struct cpuid vendor = cpuid(0, 0);
    uint32_t sig = cpuid(1, 0).a;
    p->max_present = arch_cpu_count() - 1;
    memset(p->vendor_id, 0, sizeof(p->vendor_id));
    p->family = p->model = p->stepping = 0;
    if (p->xen_cpuid >= arch_cpu_count() || !(online_cpus() & CPUSET(p->xen_cpuid & 63)))
        return;
    memcpy(p->vendor_id, &vendor.b, 4);
    memcpy(p->vendor_id + 4, &vendor.d, 4);
    memcpy(p->vendor_id + 8, &vendor.c, 4);
    p->family = sig >> 8 & 0xf;
    p->model = sig >> 4 & 0xf;
    p->stepping = sig & 0xf;
    if (p->family == 6 || p->family == 0xf)
        p->model |= sig >> 12 & 0xf0;
    if (p->family == 0xf)
        p->family += sig >> 20 & 0xff;
}

/* As cpu_hotplug(), but that what is so already is no error. */
static long cpu_ol(const struct xenpf_cpu_ol *c, bool in)
{
    if (!c->cpuid && !in)
        return refuse(XEN_EOPNOTSUPP);
    long err = cpu_hotplug(c->cpuid, in);
    return err == -XEN_EEXIST ? 0 : err;
}

/* Only the TSC may be read this way (as system time); returns how many entries were done.  The most there may be, and
 * what comes first, are Xen's, seen by guest/hotplug. */
#define MAX_RESOURCES 3
static long resource_op(const struct xenpf_resource_op *r)
{
    gva_t gva = GUEST_PTR(r->entries);
    if (r->nr_entries == 0)
        return 0;
    if (r->nr_entries > MAX_RESOURCES)
        return refuse(XEN_EINVAL);
    if (r->cpu >= HV_MAX_CPUS || !(online_cpus() & CPUSET(r->cpu)))
        return refuse(XEN_ENODEV);
    for (uint32_t i = 0; i < r->nr_entries;
         i++, gva = gva_add(gva, sizeof(struct xenpf_resource_entry))) {
        struct xenpf_resource_entry e;
        if (guest_read(&e, gva, sizeof(e)))
            return -XEN_EFAULT;
        uint32_t cmd = e.u.cmd;
        e.u.ret = e.rsvd ? -XEN_EINVAL
                  : cmd != XEN_RESOURCE_OP_MSR_READ && cmd != XEN_RESOURCE_OP_MSR_WRITE
                      ? -XEN_EOPNOTSUPP
                  : cmd == XEN_RESOURCE_OP_MSR_WRITE || e.idx != MSR_TSC ? -XEN_EPERM
                                                                         : 0;
        e.val = e.u.ret ? e.val : (uint64_t)arch_now();
        if (guest_write(gva, &e, sizeof(e)))
            return -XEN_EFAULT;
        if (e.u.ret)
            return i;
    }
    return r->nr_entries;
}

/* Sub-operations whose answer goes back in the argument. */
static int answer(struct xen_platform_op *op)
{
    switch (op->cmd) {
    case XENPF_read_memtype:
        return read_memtype(&op->u.read_memtype);
    case XENPF_firmware_info:
        return firmware_info(&op->u.firmware_info);
    case XENPF_getidletime:
        return getidletime(&op->u.getidletime);
    case XENPF_get_cpuinfo:
        get_cpuinfo(&op->u.pcpu_info);
        return 0;
    case XENPF_get_cpu_version:
        get_cpu_version(&op->u.pcpu_version);
        return 0;
    case XENPF_efi_runtime_call: /* no run-time services (docs/CAVEATS.md) */
        return efi.table_count ? -XEN_EOPNOTSUPP : -XEN_ENOSYS;
    default:
        return -XEN_ENOSYS;
    }
}

long op_platform_op(struct vcpu *cur, gva_t arg)
{
    struct xen_platform_op op;
    int err;
    (void)cur;                 /* the hypercall table lets only the control domain in */
    budget_draw(BUDGET_FLUSH); /* 64 CPUs' idle times, or a machine register */
    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return refuse(XEN_EACCES);
    switch (op.cmd) {
    case XENPF_settime32:
        return settime(op.u.settime32.secs, op.u.settime32.nsecs, 0, op.u.settime32.system_time);
    case XENPF_settime64:
        return settime(op.u.settime64.secs, op.u.settime64.nsecs, op.u.settime64.mbz,
                       op.u.settime64.system_time);
    case XENPF_add_memtype: /* PV kernels use PAT, not MTRRs */
    case XENPF_del_memtype:
        return refuse(XEN_EINVAL);
    case XENPF_platform_quirk:
        return op.u.platform_quirk.quirk_id - QUIRK_NOIRQBALANCING <=
                       QUIRK_IOAPIC_GOOD_REGSEL - QUIRK_NOIRQBALANCING
                   ? 0
                   : refuse(XEN_EINVAL);
    case XENPF_enter_acpi_sleep:
        return acpi_sleep(&op.u.enter_acpi_sleep);
    case XENPF_set_processor_pminfo: /* idle CPUs halt and the clock is the firmware's: nothing to
                                        learn */
        return 0;
    case XENPF_microcode_update:
        return microcode_update(&op.u.microcode);
    case XENPF_cpu_online:
        return cpu_ol(&op.u.cpu_ol, true);
    case XENPF_cpu_offline:
        return cpu_ol(&op.u.cpu_ol, false);
    case XENPF_resource_op:
        return resource_op(&op.u.resource_op);
    default:
        err = answer(&op);
        return err ? err : guest_write(arg, &op, sizeof(op));
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* xen_version: what a guest may know of us, in the peer's version numbers; and vm_assist. */
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "version.h"

const char hv_version[] = "4.17" EXTRAVERSION;

static uint32_t features(const struct domain *d)
{
    uint32_t f = 1u << XENFEAT_memory_op_vnode_supported | 1u << XENFEAT_not_direct_mapped |
                 1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_highmem_assist |
                 1u << XENFEAT_gnttab_map_avail_bits;

    if (d->privileged)
        f |= 1u << XENFEAT_dom0;
    if (d->vm_assist >> VMASST_TYPE_pae_extended_cr3 & 1)
        f |= 1u << XENFEAT_pae_pgdir_above_4gb;
    return f;
}

/* A fixed-size text field, zero-filled to its end. */
static long put_text(gva_t arg, const char *text, size_t size)
{
    char buf[1024] = "";

    CHECK(size <= sizeof(buf));
    hv_snprintf(buf, size, "%s", text);
    return guest_write(arg, buf, size);
}

static long get_features(const struct domain *d, gva_t arg)
{
    xen_feature_info_t fi;

    if (guest_read(&fi, arg, sizeof(fi)))
        return refuse(XEN_EFAULT);
    if (fi.submap_idx >= XENFEAT_NR_SUBMAPS)
        return refuse(XEN_EINVAL);
    fi.submap = fi.submap_idx == 0 ? features(d) : 0;
    return guest_write(arg, &fi, sizeof(fi));
}

static long get_compile_info(gva_t arg)
{
    static const xen_compile_info_t info = {
        .compiler = COMPILER,
        .compile_by = COMPILE_BY,
        .compile_domain = "",
        .compile_date = "",
    };

    return guest_write(arg, &info, sizeof(info));
}

static __attribute__((noinline)) long long_answer(const struct domain *d, unsigned cmd, gva_t arg)
{
    uint64_t virt_start = HYPERVISOR_VIRT_START;

    switch (cmd) {
    case XENVER_extraversion:
        return put_text(arg, EXTRAVERSION, sizeof(xen_extraversion_t));
    case XENVER_compile_info:
        return get_compile_info(arg);
    case XENVER_capabilities:
        return put_text(arg, "xen-3.0-x86_64 ", sizeof(xen_capabilities_info_t));
    case XENVER_changeset:
        return put_text(arg, CHANGESET, sizeof(xen_changeset_info_t));
    case XENVER_platform_parameters:
        return guest_write(arg, &virt_start, sizeof(virt_start));
    case XENVER_get_features:
        return get_features(d, arg);
    case XENVER_pagesize:
        return PAGE_SIZE;
    case XENVER_guest_handle:
        return guest_write(arg, d->handle, sizeof(d->handle));
    case XENVER_commandline:
        return put_text(arg, d->privileged ? cmdline_text : "<denied>", sizeof(xen_commandline_t));
    case XENVER_build_id:
        return d->privileged ? -XEN_ENODATA : refuse(XEN_EPERM);
    default:
        return refuse(XEN_ENOSYS);
    }
}

/* Linux asks for the version to have events delivered. */
long op_xen_version(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    if (likely(cmd == XENVER_version))
        return VERSION_MAJOR << 16 | VERSION_MINOR;
    return long_answer(cur->domain, cmd, arg);
}

long op_vm_assist(struct vcpu *cur, unsigned cmd, unsigned type)
{
    uint64_t *assist = &cur->domain->vm_assist;

    if (type >= 64 || !(VM_ASSIST_VALID >> type & 1))
        return refuse(XEN_EINVAL);
    switch (cmd) {
    case VMASST_CMD_enable:
        bit_set_atomic(assist, type);
        return 0;
    case VMASST_CMD_disable:
        bit_clear_atomic(assist, type);
        return 0;
    default:
        return refuse(XEN_ENOSYS);
    }
}

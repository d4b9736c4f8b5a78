/* SPDX-License-Identifier: BSD-2-Clause */
/* kexec_op (xen/kexec.h).  A load that goes on has its type and number above the command; what a guest makes up there
 * names no load, or goes on with one. */
#include <hv/budget.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "image.h"

#define TYPE_SHIFT 8
#define TURN_SHIFT 32

static struct spinlock kexec_lock = {.rank = LOCK_KEXEC};
struct kexec_area kexec_crash_area, kexec_hv_area;

static int get_range(gva_t arg)
{
    struct xen_kexec_range r;
    struct kexec_area a = {0, 0};

    if (guest_read(&r, arg, sizeof(r)))
        return refuse(XEN_EFAULT);
    switch (r.range) {
    case KEXEC_RANGE_MA_CRASH:
        a = kexec_crash_area;
        break;
    case KEXEC_RANGE_MA_XEN:
        a = kexec_hv_area;
        break;
    case KEXEC_RANGE_MA_CPU:
        if ((unsigned)r.nr >= arch_cpu_count())
            return refuse(XEN_ERANGE);
        a = kexec_note_area((unsigned)index_nospec((unsigned)r.nr, arch_cpu_count()));
        break;
    case KEXEC_RANGE_MA_VMCOREINFO:
        a = kexec_vmcoreinfo_area();
        break;
    default:
        return refuse(XEN_EINVAL);
    }
    r.start = a.start;
    r.size = a.size;
    return guest_write(arg, &r, sizeof(r));
}

/* The image of a type, as the number is given; NULL: no such type. */
static struct kexec_image *image_of(uint64_t type)
{
    return type <= KEXEC_TYPE_CRASH ? &kexec_images[index_nospec(type, ARRAY_SIZE(kexec_images))]
                                    : NULL;
}

/* A new load, in place of the image of that type and of a load that goes on. */
static int load_begin(const struct xen_kexec_load *l, struct kexec_image *i)
{
    const struct kexec_area all = {0, min(mfn_paddr(MFN(frame_end)).a, arch_kexec_reach())};
    struct xen_kexec_segment s[KEXEC_SEGMENTS];
    int err;

    if (guest_read(s, GUEST_PTR(l->segments.h), l->nr_segments * sizeof(*s)))
        return refuse(XEN_EFAULT);
    err = kexec_check(s, l->nr_segments, l->entry_maddr,
                      l->type == KEXEC_TYPE_CRASH ? &kexec_crash_area : &all, &all);
    if (err)
        return err;
    atomic_store(&i->ready, false); /* K-1: now it may be changed */
    i->loading = true;
    i->turn++;
    i->error = 0;
    i->empty = false;
    i->arch = l->arch;
    i->entry = l->entry_maddr;
    i->segments = l->nr_segments;
    i->at = 0;
    i->done = 0;
    memcpy(i->segment, s, l->nr_segments * sizeof(*s));
    return kexec_load_on(i);
}

static int load(gva_t arg, struct kexec_image **image)
{
    struct xen_kexec_load l;

    if (guest_read(&l, arg, sizeof(l)))
        return refuse(XEN_EFAULT);
    *image = image_of(l.type);
    if (!*image || l.nr_segments > KEXEC_SEGMENTS ||
        (l.arch != KEXEC_EM_386 && l.arch != KEXEC_EM_X86_64))
        return refuse(XEN_EINVAL);
    return load_begin(&l, *image);
}

static int unload(struct kexec_image *i)
{
    atomic_store(&i->ready, false);
    i->loading = false;
    return kexec_drop(i) ? 0 : -XEN_ERESTART;
}

/* A load that was preempted. */
static int load_again(uint64_t cmd, struct kexec_image **image)
{
    *image = image_of(cmd >> TYPE_SHIFT & 0xff);
    if (!*image || !(*image)->loading || (*image)->turn != cmd >> TURN_SHIFT)
        return refuse(XEN_EBUSY); /* somebody began another, or unloaded */
    return kexec_load_on(*image);
}

static int of_type(unsigned cmd, gva_t arg)
{
    uint8_t type;

    if (guest_read(&type, arg, sizeof(type)))
        return refuse(XEN_EFAULT);
    struct kexec_image *i = image_of(type);
    if (!i)
        return refuse(XEN_EINVAL);
    return cmd == KEXEC_CMD_kexec_unload ? unload(i) : atomic_load(&i->ready);
}

/* Does not come back if there is an image. */
static int exec(gva_t arg)
{
    uint32_t type;

    if (guest_read_u32(&type, arg))
        return refuse(XEN_EFAULT);
    const struct kexec_image *i = image_of(type);
    if (!i)
        return refuse(XEN_EINVAL);
    arch_kexec(i);
    return refuse(XEN_ENOENT);
}

static int command(uint64_t cmd, gva_t arg, struct kexec_image **image)
{
    if (cmd >> TURN_SHIFT)
        return load_again(cmd, image);
    switch (cmd) {
    case KEXEC_CMD_kexec:
        return exec(arg);
    case KEXEC_CMD_kexec_get_range:
        return get_range(arg);
    case KEXEC_CMD_kexec_load:
        return load(arg, image);
    case KEXEC_CMD_kexec_unload:
    case KEXEC_CMD_kexec_status:
        return of_type((unsigned)cmd, arg);
    default:
        return refuse(XEN_ENOSYS);
    }
}

long op_kexec_op(struct vcpu *cur, uint64_t cmd, gva_t arg)
{
    struct kexec_image *i = NULL;

    lock(&kexec_lock);
    const int ret = command(cmd, arg, &i);
    if (ret == -XEN_ERESTART && i)
        cmd = (uint64_t)i->turn << TURN_SHIFT | (uint64_t)(i - kexec_images) << TYPE_SHIFT |
              KEXEC_CMD_kexec_load;
    unlock(&kexec_lock);
    return ret == -XEN_ERESTART ? hcall_continue_kexec_op(cur, cmd, arg) : ret;
}

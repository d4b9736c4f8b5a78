/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of domctl, sysctl and (guests') vcpu_op calls with any arguments, with
 * failing allocations and preemption.  Afterwards the invariants hold, and when all guests are
 * destroyed every frame is back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/frame.h>

#include "../../audit/audit.h"
#include "host.h"
#include "world.h"

/* What a guest address can reach: an arena, by the address's low bits. */
#define ARENA 16384u
static unsigned char arena[ARENA];
static bool confined;

int __real_guest_read(void *dst, uint64_t gva, size_t n);
int __wrap_guest_read(void *dst, uint64_t gva, size_t n);
int __real_guest_write(uint64_t gva, const void *src, size_t n);
int __wrap_guest_write(uint64_t gva, const void *src, size_t n);

static bool reaches(uint64_t gva, size_t n)
{
    return gva && n <= ARENA && gva % ARENA <= ARENA - n;
}
int __wrap_guest_read(void *dst, uint64_t gva, size_t n)
{
    if (!confined)
        return __real_guest_read(dst, gva, n);
    if (!reaches(gva, n))
        return -XEN_EFAULT;
    memcpy(dst, arena + gva % ARENA, n);
    return 0;
}
int __wrap_guest_write(uint64_t gva, const void *src, size_t n)
{
    if (!confined)
        return __real_guest_write(gva, src, n);
    if (!reaches(gva, n))
        return -XEN_EFAULT;
    memcpy(arena + gva % ARENA, src, n);
    return 0;
}

#define expect(ok) ((ok) ? (void)0 : broken(#ok))
static void broken(const char *what)
{
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

struct step {
    uint8_t kind, cmd, domain, vcpu;
    uint8_t alloc_fails_in, preempt_in;
    uint8_t length, bytes[];
};

/* The domain table's chunks are made as numbers go up, and stay: at most so many, each alone in a
 * frame beside the slab's head. */
#define TABLE_FRAMES (DOMID_FIRST_RESERVED / DOMAIN_CHUNK + 1)
#define OP_AT        64u /* where the operation lies in the arena */

static void call(struct vcpu *cur, const struct step *s, size_t n)
{
    struct xen_domctl *d = (void *)(arena + OP_AT);
    struct xen_sysctl *y = (void *)(arena + OP_AT);
    domid_t id = s->domain & 15 ? s->domain & 15 : DOMID_SELF;
    struct domain *guest = domain_find(id);

    switch (s->kind % 4) {
    case 0:
        if (!guest || guest->dying || !guest->vcpu[0])
            break;
        memcpy(arena + OP_AT, s->bytes, n);
        world_call(guest->vcpu[0], __HYPERVISOR_vcpu_op, (uint64_t)(s->cmd % 16),
                   (uint64_t)(s->vcpu % 4), (uint64_t)OP_AT, 0UL, 0UL);
        break;
    case 1:
        memcpy(&y->u, s->bytes, n);
        y->cmd = s->cmd % 32;
        y->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
        if (y->cmd != XEN_SYSCTL_debug_keys) /* it may reboot */
            world_call(cur, __HYPERVISOR_sysctl, (uint64_t)OP_AT, 0UL, 0UL, 0UL, 0UL);
        break;
    default:
        memset(&d->u, 0, sizeof(d->u));
        memcpy(&d->u, s->bytes, n);
        d->cmd = s->cmd % 90;
        d->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
        d->domain = id;
        if (s->kind & 4 && d->cmd == XEN_DOMCTL_createdomain) /* mostly well formed */
            d->u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = 1u + s->vcpu % 4,
                                                                 .max_evtchn_port = 1023,
                                                                 .grant_opts = 1,
                                                                 .max_grant_frames = -1,
                                                                 .max_maptrack_frames = -1};
        world_call(cur, __HYPERVISOR_domctl, (uint64_t)OP_AT, 0UL, 0UL, 0UL, 0UL);
    }
}

static void destroy_all(struct vcpu *cur)
{
    for (unsigned id = 1; id < DOMID_FIRST_RESERVED; id++) {
        struct domain *d = domain_find((domid_t)id);
        if (!d)
            continue;
        expect(world_destroy(cur, (domid_t)id) == 0);
        expect(!domain_find((domid_t)id));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t before;
    static struct vcpu *cur; /* one machine for all runs: each ends with what it began with */

    if (!cur) {
        cur = world_start(1);
        expect(world_guest(cur, 2, 4) != NULL); /* so that caches and chunks are there */
        destroy_all(cur);
        before = frame_free_count();
    }
    confined = true;
    memset(arena, 0, sizeof(arena));
    while (size >= sizeof(struct step)) {
        const struct step *s = (const void *)data;
        size_t n = s->length % 128;
        if (n > size - sizeof(*s))
            n = size - sizeof(*s);
        world_alloc_fails_in = (int8_t)s->alloc_fails_in;
        host_log.preempt_on = s->preempt_in < 32;
        host_log.preempt_in = s->preempt_in;
        call(cur, s, n);
        world_alloc_fails_in = -1;
        host_log.preempt_on = false;
        world_settle();
        host_now += 100000;
        expect(sched_audit(true) == 0);
        data += sizeof(*s) + n;
        size -= sizeof(*s) + n;
    }
    expect(frame_audit() == 0);
    confined = false;
    destroy_all(cur);
    expect(frame_free_count() + TABLE_FRAMES >= before);
    return 0;
}

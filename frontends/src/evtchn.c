/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels: port life cycle, the two-level pending scan, and the upcall mask. */
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>

static struct {
    evtchn_handler_t *fn;
    void *arg;
} handlers[EVTCHN_MAX];

static inline void bit_set(xen_ulong_t *map, unsigned n)
{
    asm volatile("lock btsq %1, %0" : "+m"(map[n / 64]) : "r"((uint64_t)n % 64) : "memory", "cc");
}

static inline void bit_clear(xen_ulong_t *map, unsigned n)
{
    asm volatile("lock btrq %1, %0" : "+m"(map[n / 64]) : "r"((uint64_t)n % 64) : "memory", "cc");
}

static struct vcpu_info *this_vcpu(void)
{
    return &boot_shared->vcpu_info[cpu_id()];
}

long evtchn_alloc(domid_t remote)
{
    struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = remote};
    long rc = hc_event_channel_op(EVTCHNOP_alloc_unbound, &op);

    return rc ? rc : (long)op.port;
}

long evtchn_bind_virq(unsigned virq, unsigned vcpu)
{
    struct evtchn_bind_virq op = {.virq = virq, .vcpu = vcpu};
    long rc = hc_event_channel_op(EVTCHNOP_bind_virq, &op);

    return rc ? rc : (long)op.port;
}

long evtchn_bind_interdomain(domid_t remote, evtchn_port_t remote_port)
{
    struct evtchn_bind_interdomain op = {.remote_dom = remote, .remote_port = remote_port};
    long rc = hc_event_channel_op(EVTCHNOP_bind_interdomain, &op);

    return rc ? rc : (long)op.local_port;
}

void evtchn_set_handler(evtchn_port_t port, evtchn_handler_t *fn, void *arg)
{
    handlers[port].fn = fn;
    handlers[port].arg = arg;
    evtchn_unmask(port);
}

void evtchn_mask(evtchn_port_t port)
{
    bit_set(boot_shared->evtchn_mask, port);
}

void evtchn_unmask(evtchn_port_t port)
{
    struct evtchn_unmask op = {.port = port};

    hc_event_channel_op(EVTCHNOP_unmask, &op);
}

long evtchn_send(evtchn_port_t port)
{
    struct evtchn_send op = {.port = port};

    return hc_event_channel_op(EVTCHNOP_send, &op);
}

long evtchn_close(evtchn_port_t port)
{
    struct evtchn_close op = {.port = port};

    handlers[port].fn = NULL;
    return hc_event_channel_op(EVTCHNOP_close, &op);
}

static void dispatch_word(unsigned word)
{
    xen_ulong_t ready;

    while ((ready = boot_shared->evtchn_pending[word] & ~boot_shared->evtchn_mask[word])) {
        unsigned port = word * 64 + (unsigned)__builtin_ctzl(ready);

        bit_clear(boot_shared->evtchn_pending, port);
        if (handlers[port].fn)
            handlers[port].fn(port, handlers[port].arg);
        else
            evtchn_mask(port);
    }
}

void evtchn_dispatch(void)
{
    struct vcpu_info *v = this_vcpu();
    xen_ulong_t sel;

    while (__atomic_load_n(&v->evtchn_upcall_pending, __ATOMIC_ACQUIRE)) {
        v->evtchn_upcall_pending = 0;
        sel = __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_ACQ_REL);
        for (; sel; sel &= sel - 1)
            dispatch_word((unsigned)__builtin_ctzl(sel));
    }
}

bool evtchn_irq_save(void)
{
    return __atomic_exchange_n(&this_vcpu()->evtchn_upcall_mask, 1, __ATOMIC_ACQ_REL);
}

void evtchn_irq_restore(bool masked)
{
    struct vcpu_info *v = this_vcpu();

    if (masked)
        return;
    __atomic_store_n(&v->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
    /* An event that came between: the hypervisor saw the mask, so nobody else will take it. */
    if (v->evtchn_upcall_pending)
        hc_xen_version(XENVER_version, NULL);
}

void evtchn_block(void)
{
    hc_sched_op(SCHEDOP_block, NULL);
}

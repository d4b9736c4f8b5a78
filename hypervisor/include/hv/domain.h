/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains and vCPUs: the structures every room hangs its state on, look-up, and
 * the life cycle (core/domain).
 *
 * Life time (D-1): a struct domain found by domain_find() stays valid until the
 * caller returns to its guest or to the idle loop, or waits in arch_quiesce: the
 * final free waits for quiescence, and the window of arch_preempt is none.
 * Longer references are unlinked explicitly by the owning room's destroy function.
 * (D-2) A domain id is not reused while any frame still names it as owner.
 */
#ifndef HV_DOMAIN_H
#define HV_DOMAIN_H

#include <hv/abi.h>
#include <hv/types.h>
#include <hv/bitmap.h>
#include <hv/lib.h>
#include <hv/list.h>
#include <hv/arch.h>
#include <hv/lock.h>
#include <hv/nospec.h>
#include <hv/shared.h>
#include <hv/timer.h>

/* per domain; those above XEN_LEGACY_MAX_VCPUS need a vcpu_info of their own */
#define HV_MAX_VCPUS 64

/* Room state, opaque outside its room. */
struct evtchn_domain;
struct grant_domain;

struct domain {
    domid_t id;
    bool privileged; /* the control domain: may issue domctl, sysctl..., map devices */
    bool is_idle;
    unsigned vcpu_max; /* size of vcpu[] */
    struct vcpu *vcpu[HV_MAX_VCPUS];

    /* -- life cycle (core/domain) -- */
    struct spinlock lifecycle; /* create, destroy, pause counts, context changes */
    unsigned pause_count;      /* by the control domain (domctl) */
    unsigned hold_count;       /* all pauses, those and our own */
    bool shutting_down, shut_down;
    uint8_t shutdown_code; /* valid if shutdown_code_set */
    bool shutdown_code_set;
    uint32_t suspend_port;    /* XEN_DOMCTL_subscribe; 0: none */
    uint32_t handled_virqs;   /* XEN_DOMCTL_set_virq_handler: bit per virq it was named for */
    _Atomic int dying;        /* DYING_*; 0: alive */
    _Atomic bool frames_gone; /* no frame names it as owner any more */
    bool debugged;
    bool started;          /* a tool-stack has let it run */
    struct log_budget log; /* of messages about it */
    uint8_t tsc_mode;      /* as the tool-stack set it; the TSC is always native */
    uint32_t tsc_khz, tsc_incarnation;
    xen_domain_handle_t handle; /* uuid */
    uint32_t create_flags;
    uint32_t ssidref;
    uint64_t vm_assist; /* bit n = VMASST_TYPE_n */
    int32_t time_offset;
    unsigned teardown_step; /* of domain/teardown.c */
    unsigned rooms;         /* of domain/create.c: those that are set up */

    /* -- memory (core/frame, core/ptype) -- */
    struct spinlock page_lock; /* the counters below */
    struct spinlock pt_lock;   /* every change of a page table or frame type of this domain */
    uint64_t tot_pages, max_pages;
    uint64_t *regions;      /* one page: bit per machine region that may hold frames of ours */
    uint64_t region_cursor; /* teardown */
    mfn_t shared_info_mfn;
    shared_info_t *shared_info;
    cpuset_t dirty_cpus;   /* atomic: CPUs whose TLB may hold mappings of ours */
    uint64_t shared_pages; /* hypervisor frames shown to it (FRAME_HV) that still name it */
    struct frame_stash {   /* core/frame/stash.c */
        struct spinlock lock;
        uint64_t first, ready;     /* mfn of the first cleared block, how many there are */
        uint64_t filling, cleared; /* mfn of the one being cleared (0: none), its frames done */
        unsigned order, flags;     /* of them all */
    } stash;
    uint64_t claim_pages;                /* promised by XENMEM_claim_pages, not yet allocated */
    struct guest_memory_map *memory_map; /* XENMEM_set_memory_map; NULL: none */
    uint64_t pt_undo; /* pt_lock: first table waiting to be taken apart, 0: none */
    /* pt_lock: 0, or DIRTY_LOGGED: written pages are logged (hv/dirty.h) */
    uint8_t logging;
    struct dirty_log *dirty;

    /* -- rooms -- */
    struct evtchn_domain *evtchn;
    struct grant_domain *grant;
    /* as it was created */
    unsigned max_evtchn_port, max_grant_frames, max_maptrack_frames, max_grant_version;
    struct sched_domain {
        uint16_t weight;           /* default 256 */
        uint16_t cap;              /* percent of one CPU; 0: none */
        _Atomic unsigned runnable; /* vCPUs that run or want to */
        _Atomic int64_t vtime;     /* weighted CPU time used by all its vCPUs */
        /* From vtime to the clocks of the CPUs, as far as they agree; to each one's, under its
         * queue's lock. */
        _Atomic int64_t offset;
        int64_t own_offset[HV_MAX_CPUS];
        struct spinlock cap_lock;   /* the cap's fields; inside a queue lock */
        _Atomic int64_t cap_budget; /* ns left in this period; negative: a debt */
        s_time_t cap_refill;        /* end of this period */
        struct timer cap_timer;
        unsigned watchdogs; /* bit per watchdog in use */
        struct timer watchdog[2];
    } sched;
    struct arch_domain arch;
};

#define DYING_TEARDOWN 1 /* being torn down */
#define DYING_EMPTY    2 /* only frames held by others remain */

/* vCPU run states are core/sched's; see sched.h. */
struct vcpu {
    struct domain *domain;
    unsigned id;

    /* hot: looked at on every return to the guest */
    vcpu_info_t *info;     /* hypervisor's mapping of the guest's vcpu_info, or own_info */
    _Atomic uint32_t work; /* VCPU_WORK_*: slow things to do before entering the guest */

    /* -- PV page tables (core/ptype) -- */
    mfn_t cr3;      /* kernel L4, MFN_INVALID before set */
    mfn_t user_cr3; /* user L4 or MFN_INVALID */
    /* by in_user: what CR3 gets, these two or their shadows (hv/dirty.h) */
    mfn_t root[2];
    bool in_user; /* guest user mode (else guest kernel) */
    mfn_t gdt_frames[16];
    unsigned gdt_count, gdt_entries;
    gva_t ldt_base;
    unsigned ldt_entries;

    vcpu_info_t own_info; /* while it has no place in shared_info and registered none */
    mfn_t info_mfn;       /* frame of a registered vcpu_info, or MFN_INVALID */
    gva_t runstate_gva;   /* registered areas, 0: none */
    gva_t time_gva;
    bool paused_for_shutdown;

    /* -- core/sched -- */
    struct sched_vcpu {
        /* where it runs or last ran; its queue's lock guards this struct */
        unsigned cpu;
        cpuset_t hard_affinity, soft_affinity;
        cpuset_t overridden; /* the hard one while vcpu_pin_override() replaces it, or none */
        _Atomic unsigned pause_count;
        _Atomic uint32_t flags; /* VPF_* */
        bool running;           /* on a CPU right now, or its state is still there */
        bool queued;
        bool counted; /* in domain->sched.runnable */
        bool yielded;
        bool areas_stale;   /* registered areas wait for the guest kernel's address space */
        int64_t vtime;      /* weighted CPU time used; the smallest runs next */
        s_time_t charged;   /* vtime accounts for time up to here, */
        uint64_t owed;      /* but for so many ns: less than a unit of it */
        struct list queue;  /* run queue */
        s_time_t since;     /* start of the present runstate */
        int runstate;       /* RUNSTATE_* */
        uint64_t time[4];   /* ns in each runstate */
        uint32_t poll_port; /* SCHEDOP_poll of one port, or 0 */
    } sched;
    struct timer periodic, singleshot, poll_timer;
    s_time_t periodic_period;

    /* -- core/hcall -- */
    bool in_multicall;
    uint8_t mc_end;            /* enum mc_end */
    struct multicall_entry mc; /* the call being run */

    struct arch_vcpu arch;
};

/* How a call of a multicall ended. */
enum mc_end {
    MC_NEXT,      /* the list goes on */
    MC_PREEMPTED, /* with this call again, later */
    MC_LEFT,      /* an iret left for elsewhere */
};

#define VCPU_WORK_RESCHED 1u /* scheduler wants this CPU */
#define VCPU_WORK_TIME    2u /* vcpu time info is stale */
#define VCPU_WORK_NMI     4u
/* a segment register could not be loaded: to the failsafe callback */
#define VCPU_WORK_FAILSAFE 8u

/* What domain.vm_assist may have. */
#define VM_ASSIST_VALID                                                                            \
    (1UL << VMASST_TYPE_4gb_segments | 1UL << VMASST_TYPE_4gb_segments_notify |                    \
     1UL << VMASST_TYPE_writable_pagetables | 1UL << VMASST_TYPE_pae_extended_cr3 |                \
     1UL << VMASST_TYPE_architectural_iopl | 1UL << VMASST_TYPE_runstate_update_flag |             \
     1UL << VMASST_TYPE_m2p_strict)

/* ---- look-up (D-1; core/lib/registry.c) ---- */
void domain_table_init(void);
struct domain *domain_find(domid_t id); /* NULL: no such domain; finds dying ones too */
/* The next domain with an id >= from, in id order, NULL: none. */
struct domain *domain_next(unsigned from);
/* d can be found from now on; false: its id is taken.  The table keeps what it needs of *spare,
 * zeroed room for DOMAIN_CHUNK pointers, and then sets it to NULL. */
#define DOMAIN_CHUNK 256u
bool domain_add(struct domain *d, struct domain ***spare);
void domain_remove(struct domain *d);
/* DOMID_SELF or a number, and the caller's right to act on it: -XEN_ESRCH, -XEN_EPERM. */
int domain_target(struct vcpu *cur, domid_t id, struct domain **out);
extern struct domain *dom0, *idle_domain, *io_domain, *hv_domain;
/* io_domain owns frames that are not RAM (DOMID_IO); hv_domain (DOMID_XEN) what the hypervisor
 * shows guests read-only, e.g. the M2P table.  Both have no vCPUs and are never destroyed. */

/* vCPU `id`, NULL: there is none. */
static inline struct vcpu *domain_vcpu(const struct domain *d, uint32_t id)
{
    return id < d->vcpu_max ? d->vcpu[index_nospec(id, d->vcpu_max)] : NULL;
}
/* CPUs whose TLB may hold what the caller has just taken out of d's page tables.  The barrier as in
 * hv/tlb.h: a CPU that this misses sets its bit later, and then walks the new entries. */
static inline cpuset_t domain_dirty_cpus(const struct domain *d)
{
    atomic_thread_fence(memory_order_seq_cst);
    return shared_load_acquire(&d->dirty_cpus);
}
#define for_each_vcpu(d, v)                                                                        \
    for (unsigned i_ = 0; i_ < (d)->vcpu_max; i_++)                                                \
        if (((v) = (d)->vcpu[i_]) != NULL)

/* ---- life cycle ---- */
void domain_room_init(void); /* boot: after the table and before the first domain */
/* A new domain without vCPUs or memory, paused once (by the tool-stack, or if privileged by us);
 * cfg already copied.  One is made at a time.  -XEN_EEXIST, -XEN_ENOMEM, -XEN_EINVAL.  The
 * privileged one becomes dom0. */
int domain_create(domid_t id, const struct xen_domctl_createdomain *cfg, bool privileged,
                  struct domain **out);
/* vCPU `id` (down, without context), to run on `cpu` first. */
int domain_add_vcpu(struct domain *d, unsigned id, unsigned cpu);
void domain_pause(struct domain *d); /* nested; returns when no vCPU runs; no lock held */
void domain_unpause(struct domain *d);
void domain_shutdown(struct domain *d, uint8_t reason);
/* The guest did something unrecoverable (triple fault, bad callback): shut down with CRASH. */
void domain_crash(struct domain *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Tears down; -XEN_ERESTART: call again. */
int domain_kill(struct domain *d);
/* All of v's context, or nothing of it: checks, then validates the tables it names (-XEN_ERESTART:
 * call again), then commits.  v does not run: it is paused or not whole.  `first`: only if v has
 * none (-XEN_EEXIST).  -XEN_EINVAL. */
int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c, bool first);
void vcpu_drop_context(struct vcpu *v); /* v is off its CPU */
/* Frees domains whose last frame went away.  arch calls it after sched_softirq, and when it
 * idles. */
void domain_reap(void);
/* Raises a global virtual interrupt on the domain that handles it (XEN_DOMCTL_set_virq_handler), by
 * default dom0. */
void domain_global_virq(unsigned virq);

#endif

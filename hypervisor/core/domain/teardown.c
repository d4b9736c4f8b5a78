/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a domain.  domain_kill (a continuation of the tool-stack's call) empties it room by
 * room; what others still hold of it keeps it in the table, dying, until the last frame comes back;
 * then domain_reap waits until no CPU can have a pointer to it and frees it.
 */
#include <hv/budget.h>
#include <hv/dirty.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <hv/sched.h>

#include "room.h"

static int drop_contexts(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        if (budget_look())
            return -XEN_ERESTART;
        vcpu_drop_context(v);
        vcpu_info_reset(v);
    }
    return 0;
}

/* Set when some dying domain may have become free. */
static _Atomic bool reap_wanted;

static void want_reap(void)
{
    reap_wanted = true;
    sched_soon();
}

/* The audit before the frames go: what still names d, or is held by it, would outlive it. */
static int check_nothing_left(struct domain *d)
{
    const struct vcpu *v;
    bool clean = evtchn_idle(d) && grant_idle(d) && !d->pt_undo;

    for_each_vcpu(d, v) clean &= !vcpu_whole(v) && mfn_eq(v->info_mfn, MFN_INVALID);
    if (clean)
        return 0;
    log_err("d%u: the teardown left something behind and is done again", d->id);
    d->teardown_step = 0;
    return -XEN_ERESTART;
}

/* Each returns -XEN_ERESTART to be called again.  Progress is kept in the domain: only this table
 * works on a dying one, one domctl at a time, and nothing can be added to it any more. */
static int (*const steps[])(struct domain *) = {
    evtchn_domain_destroy, grant_domain_release_mappings,
    drop_contexts,         ptype_relinquish,
    check_nothing_left,    frame_relinquish,
};

int domain_kill(struct domain *d)
{
    int zero = 0, ret;

    if (d->privileged)
        return refuse(XEN_EINVAL);
    if (atomic_compare_exchange_strong(&d->dying, &zero, DYING_TEARDOWN))
        domain_pause(d); /* for good */
    if (d->dying != DYING_TEARDOWN)
        return 0;
    while (d->teardown_step < ARRAY_SIZE(steps)) {
        ret = steps[d->teardown_step](d);
        if (ret)
            return ret;
        d->teardown_step++;
    }
    d->dying = DYING_EMPTY;
    want_reap();
    domain_global_virq(VIRQ_DOM_EXC);
    return 0;
}

static void frames_gone(struct domain *d)
{
    d->frames_gone = true;
    if (d->dying)
        want_reap();
}

void domain_room_init(void)
{
    frame_last_gone = frames_gone;
    frame_given = dirty_frames;
}

/* Out of the table, quiescent, and being freed; of the CPU that reaps. */
static struct domain *freeing;

/* False: the CPU has other work; a later domain_reap goes on. */
static bool free_one(void)
{
    if (!freeing)
        return true;
    if (domain_free(freeing)) {
        want_reap();
        return false;
    }
    freeing = NULL;
    domain_global_virq(VIRQ_DOM_EXC);
    return true;
}

static bool reap_one(struct domain *d)
{
    domain_remove(d);
    arch_quiesce();
    freeing = d;
    return free_one();
}

void domain_reap(void)
{
    static _Atomic bool busy; /* one CPU at a time, as domain_next's result dies in arch_quiesce */

    if (likely(!reap_wanted) || atomic_exchange(&busy, true))
        return;
    reap_wanted = false;
    bool more = free_one();
    for (unsigned id = 1; more; id++) {
        struct domain *d = domain_next(id);
        if (!d)
            break;
        id = d->id;
        if (d->dying == DYING_EMPTY && d->frames_gone)
            more = reap_one(d);
    }
    busy = false;
    if (unlikely(reap_wanted)) /* by a CPU that found this one busy, perhaps past that domain */
        sched_soon();
}

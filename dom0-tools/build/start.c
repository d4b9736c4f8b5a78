/* SPDX-License-Identifier: BSD-2-Clause */
/* The last steps of a build: what the guest finds in its registers and its first shared pages. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "build/job.h"

#define DOM0 0 /* where xenstored and xenconsoled run */

static int failed(struct job *job, const char *what)
{
    return fail(job->fail, "cannot %s of the new domain: %s", what, strerror(errno));
}

int job_bind_ports(struct job *job, struct dombuild_result *result)
{
    xc_evtchn_port_or_error_t store = xc_evtchn_alloc_unbound(job->xch, job->domid, DOM0);
    xc_evtchn_port_or_error_t console = xc_evtchn_alloc_unbound(job->xch, job->domid, DOM0);

    if (store < 0 || console < 0)
        return failed(job, "make the store and console event channels");
    result->store_port = store;
    result->console_port = console;
    return 0;
}

uint64_t job_clear_shared_info(struct job *job)
{
    xc_dominfo_t info;
    xen_pfn_t mfn;
    shared_info_t *shared;

    if (xc_domain_getinfo(job->xch, job->domid, 1, &info) != 1 || info.domid != job->domid) {
        failed(job, "read the state");
        return 0;
    }
    mfn = info.shared_info_frame;
    shared = xenforeignmemory_map(xc_interface_fmem_handle(job->xch), job->domid,
                                  PROT_READ | PROT_WRITE, 1, &mfn, NULL);
    if (!shared) {
        failed(job, "map the shared info page");
        return 0;
    }
    memset(shared, 0, sizeof(*shared));
    for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
    job_unmap(job, shared, 1);
    return (uint64_t)mfn << XC_PAGE_SHIFT;
}

/* start_info, store ring and console ring are neighbours: one mapping. */
static int write_start_info(struct job *job, const struct dombuild_result *result)
{
    uint64_t shared = job_clear_shared_info(job);
    uint8_t *at;
    struct start_info *si;

    if (!shared)
        return -1;
    at = job_map(job, job->plan.start_info.pfn, 3);
    if (!at)
        return -1;
    memset(at, 0, 3 * XC_PAGE_SIZE);
    si = (void *)at;
    build_start_info(&job->plan, si);
    si->shared_info = shared;
    si->store_mfn = result->store_mfn;
    si->store_evtchn = result->store_port;
    si->console.domU.mfn = result->console_mfn;
    si->console.domU.evtchn = result->console_port;
    strncpy((char *)si->cmd_line, job->params->cmdline, MAX_GUEST_CMDLINE - 1);
    job_unmap(job, at, 3);
    return 0;
}

int job_seed_grants(struct job *job, const struct dombuild_result *result)
{
    grant_entry_v1_t *table;
    int n;

    table = xc_gnttab_map_table_v1(job->xch, job->domid, &n);
    if (!table)
        return failed(job, "map the grant table");
    table[GNTTAB_RESERVED_CONSOLE] =
        (grant_entry_v1_t){.flags = GTF_permit_access, .domid = DOM0, .frame = result->console_mfn};
    table[GNTTAB_RESERVED_XENSTORE] =
        (grant_entry_v1_t){.flags = GTF_permit_access, .domid = DOM0, .frame = result->store_mfn};
    job_unmap(job, table, n * sizeof(*table) / XC_PAGE_SIZE);
    return 0;
}

static int write_hypercall_page(struct job *job)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_hypercall_init, .domain = job->domid};

    if (job->plan.hypercall_page == BUILD_UNSET)
        return 0;
    domctl.u.hypercall_init.gmfn = job->p2m[build_pfn_at(&job->plan, job->plan.hypercall_page)];
    if (xc_domctl(job->xch, &domctl))
        return failed(job, "write the hypercall page");
    return 0;
}

static int pin_root(struct job *job)
{
    struct mmuext_op op = {
        .cmd = MMUEXT_PIN_L4_TABLE,
        .arg1.mfn = job->p2m[job->plan.tables.pfn],
    };

    if (xc_mmuext_op(job->xch, &op, 1, job->domid))
        return failed(job, "pin the page tables");
    return 0;
}

static int start_vcpu(struct job *job)
{
    vcpu_guest_context_any_t any = {0};
    vcpu_guest_context_x86_64_t *ctxt = &any.x64;
    uint64_t stack_top = job->plan.stack.vaddr + XC_PAGE_SIZE;

    ctxt->flags = VGCF_in_kernel_X86_64 | VGCF_online_X86_64;
    ctxt->user_regs.rip = job->plan.entry;
    ctxt->user_regs.rsp = stack_top;
    ctxt->user_regs.rsi = job->plan.start_info.vaddr;
    ctxt->user_regs.rflags = 1u << 9; /* interrupts enabled, as xen.h's start of day says */
    ctxt->user_regs.cs = FLAT_KERNEL_CS;
    ctxt->user_regs.ss = FLAT_KERNEL_SS;
    ctxt->user_regs.ds = FLAT_KERNEL_DS;
    ctxt->user_regs.es = FLAT_KERNEL_DS;
    ctxt->user_regs.fs = FLAT_KERNEL_DS;
    ctxt->user_regs.gs = FLAT_KERNEL_DS;
    ctxt->kernel_ss = FLAT_KERNEL_SS;
    ctxt->kernel_sp = stack_top;
    ctxt->ctrlreg[3] = xen_pfn_to_cr3(job->p2m[job->plan.tables.pfn]);
    /* Reset values of DR6 and DR7 (Intel SDM vol. 3, table 9-1) */
    ctxt->debugreg[6] = 0xffff0ff0;
    ctxt->debugreg[7] = 0x400;
    if (xc_vcpu_setcontext(job->xch, job->domid, 0, &any))
        return failed(job, "set the first vCPU's registers");
    return 0;
}

int job_start(struct job *job, struct dombuild_result *result)
{
    result->store_mfn = job->p2m[job->plan.store.pfn];
    result->console_mfn = job->p2m[job->plan.console.pfn];
    if (job_bind_ports(job, result) || write_start_info(job, result) ||
        job_seed_grants(job, result) || write_hypercall_page(job) || pin_root(job) ||
        start_vcpu(job))
        return -1;
    return 0;
}

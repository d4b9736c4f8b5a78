/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hypervisor knows of domains: many at once by sysctl, one by domctl. */
#include "private.h"

int xc_domain_getinfolist(xc_interface *xch, uint32_t first_domain, unsigned int max_domains,
                          xc_domaininfo_t *info)
{
    size_t len = max_domains * sizeof(*info);
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_getdomaininfolist};
    void *buf = xc_buf(xch, NULL, len);
    int ret;

    if (!buf)
        return -1;
    sysctl.u.getdomaininfolist.first_domain = first_domain;
    sysctl.u.getdomaininfolist.max_domains = max_domains;
    set_xen_guest_handle_raw(sysctl.u.getdomaininfolist.buffer, buf);
    ret = xc_sysctl(xch, &sysctl);
    xc_buf_done(xch, buf, ret ? NULL : info, len);
    return ret ? -1 : (int)sysctl.u.getdomaininfolist.num_domains;
}

static void convert(const xc_domaininfo_t *in, xc_dominfo_t *out)
{
    *out = (xc_dominfo_t){
        .domid = in->domain,
        .ssidref = in->ssidref,
        .dying = !!(in->flags & XEN_DOMINF_dying),
        .shutdown = !!(in->flags & XEN_DOMINF_shutdown),
        .paused = !!(in->flags & XEN_DOMINF_paused),
        .blocked = !!(in->flags & XEN_DOMINF_blocked),
        .running = !!(in->flags & XEN_DOMINF_running),
        .hvm = !!(in->flags & XEN_DOMINF_hvm_guest),
        .debugged = !!(in->flags & XEN_DOMINF_debugged),
        .xenstore = !!(in->flags & XEN_DOMINF_xs_domain),
        .hap = !!(in->flags & XEN_DOMINF_hap),
        .shutdown_reason = (in->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask,
        .nr_pages = in->tot_pages,
        .nr_outstanding_pages = in->outstanding_pages,
        .nr_shared_pages = in->shr_pages,
        .nr_paged_pages = in->paged_pages,
        .shared_info_frame = in->shared_info_frame,
        .cpu_time = in->cpu_time,
        .max_memkb = in->max_pages << (XC_PAGE_SHIFT - 10),
        .nr_online_vcpus = in->nr_online_vcpus,
        .max_vcpu_id = in->max_vcpu_id,
        .cpupool = in->cpupool,
        .gpaddr_bits = in->gpaddr_bits,
        .arch_config = in->arch_config,
    };
    out->crashed = out->shutdown && out->shutdown_reason == SHUTDOWN_crash;
    memcpy(out->handle, in->handle, sizeof(out->handle));
}

int xc_domain_getinfo(xc_interface *xch, uint32_t first_domid, unsigned int max_doms,
                      xc_dominfo_t *info)
{
    unsigned int n = 0;
    uint32_t next = first_domid;

    /* One call each: getdomaininfo finds the first domain at or above the number given. */
    for (; n < max_doms; n++) {
        struct xen_domctl domctl = {.cmd = XEN_DOMCTL_getdomaininfo, .domain = (domid_t)next};

        if (xc_domctl(xch, &domctl))
            break;
        convert(&domctl.u.getdomaininfo, &info[n]);
        next = domctl.domain + 1;
    }
    return n ? (int)n : -1;
}

long xc_get_tot_pages(xc_interface *xch, uint32_t domid)
{
    xc_dominfo_t info;

    if (xc_domain_getinfo(xch, domid, 1, &info) != 1)
        return -1;
    if (info.domid != domid) {
        errno = ESRCH;
        return -1;
    }
    return (long)info.nr_pages;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy: CPU policies and featuresets as libxc asks for them and sets them, a domain found by the
 * number before its own, triggers, nodes of PCI devices; and MSR_TSC_AUX, which comes with RDTSCP.
 */
#include "control.h"
#include "report.h"
#include "probe.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/physdev.h>

#define MSR_TSC_AUX       0xc0000103
#define MSR_ARCH_CAPS     0x10a
#define MSR_PLATFORM_INFO 0xce
#define LEAVES            256
static xen_cpuid_leaf_t leaves[LEAVES];
static xen_msr_entry_t msrs[8];
static uint32_t leaf_count, msr_count; /* that a caller should have room for */

static long machine_policy(uint32_t index, uint32_t nr_leaves, uint32_t nr_msrs,
                           struct xen_sysctl_cpu_policy *out)
{
    static struct xen_sysctl s;
    long ret;

    memset(&s, 0, sizeof(s));
    s.u.cpu_policy.index = index;
    s.u.cpu_policy.nr_leaves = nr_leaves;
    s.u.cpu_policy.nr_msrs = nr_msrs;
    if (nr_leaves) {
        set_xen_guest_handle(s.u.cpu_policy.leaves, leaves);
        set_xen_guest_handle(s.u.cpu_policy.msrs, msrs);
    }
    ret = sysctl(&s, XEN_SYSCTL_get_cpu_policy);
    *out = s.u.cpu_policy;
    return ret;
}

static long domain_policy(uint32_t cmd, domid_t dom, uint32_t nr_leaves, uint32_t nr_msrs,
                          struct xen_domctl_cpu_policy *out)
{
    static struct xen_domctl d;
    long ret;

    memset(&d, 0, sizeof(d));
    d.u.cpu_policy.nr_leaves = nr_leaves;
    d.u.cpu_policy.nr_msrs = nr_msrs;
    set_xen_guest_handle(d.u.cpu_policy.leaves, leaves);
    set_xen_guest_handle(d.u.cpu_policy.msrs, msrs);
    ret = domctl(&d, cmd, dom);
    *out = d.u.cpu_policy;
    return ret;
}

static xen_cpuid_leaf_t *find(uint32_t n, uint32_t leaf, uint32_t sub)
{
    static xen_cpuid_leaf_t none;

    for (uint32_t i = 0; i < n; i++)
        if (leaves[i].leaf == leaf && leaves[i].subleaf == sub)
            return &leaves[i];
    check(false, "leaf %x.%x is there", leaf, sub);
    return &none;
}

static void test_machine(void)
{
    struct xen_sysctl_cpu_policy p;
    static const uint32_t indices[] = {XEN_SYSCTL_cpu_policy_raw, XEN_SYSCTL_cpu_policy_host,
                                       XEN_SYSCTL_cpu_policy_pv_max,
                                       XEN_SYSCTL_cpu_policy_pv_default};

    check_eq(machine_policy(XEN_SYSCTL_cpu_policy_pv_max, 0, 0, &p), 0, "how large is a policy?");
    leaf_count = p.nr_leaves;
    msr_count = p.nr_msrs;
    boot_printf("# %u leaves, %u MSRs\n", leaf_count, msr_count);
    check(leaf_count > 60 && leaf_count < LEAVES, "leaves");
    check_eq(msr_count, 2, "MSRs");
    for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
        check_eq(machine_policy(indices[i], leaf_count, msr_count, &p), 0, "policy %u", indices[i]);
        check(p.nr_leaves > 20 && p.nr_leaves <= leaf_count, "its leaves (%u)", p.nr_leaves);
        check_eq(p.nr_msrs, 2, "its MSRs");
        check(find(p.nr_leaves, 0, XEN_CPUID_NO_SUBLEAF)->a >= 1, "limit of the basic leaves");
        check(find(p.nr_leaves, 0x80000001, XEN_CPUID_NO_SUBLEAF)->d & 1u << 29, "long mode");
        check(find(p.nr_leaves, 1, XEN_CPUID_NO_SUBLEAF)->d & 1u << 6, "PAE");
    }
    check_eq(find(p.nr_leaves, 1, XEN_CPUID_NO_SUBLEAF)->c >> 5 & 1, 0, "a PV guest gets no VMX");
    check_eq(find(p.nr_leaves, 1, XEN_CPUID_NO_SUBLEAF)->c >> 31, 1, "and the hypervisor's bit");
    check_eq(find(p.nr_leaves, 1, XEN_CPUID_NO_SUBLEAF)->d >> 3 & 1, 0, "no PSE");
    check_eq(msrs[0].idx, MSR_PLATFORM_INFO, "first MSR");
    check_eq(msrs[1].idx, MSR_ARCH_CAPS, "second MSR");
    check_eq(machine_policy(XEN_SYSCTL_cpu_policy_pv_max, 5, 2, &p), -ENOBUFS, "too little room");
    check_eq(machine_policy(6, leaf_count, msr_count, &p), -EINVAL, "policy 6");
}

static void test_featuresets(void)
{
    static struct xen_sysctl s;
    static uint32_t words[32];

    check_eq(sysctl(&s, XEN_SYSCTL_get_cpu_levelling_caps), 0, "get_cpu_levelling_caps");
    memset(&s, 0, sizeof(s));
    check_eq(sysctl(&s, XEN_SYSCTL_get_cpu_featureset), 0, "how long is a featureset?");
    check_eq(s.u.cpu_featureset.nr_features, 19, "words");
    set_xen_guest_handle(s.u.cpu_featureset.features, words);
    s.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_pv;
    check_eq(sysctl(&s, XEN_SYSCTL_get_cpu_featureset), 0, "the featureset of PV guests");
    check(words[2] >> 29 & 1, "long mode in word 2");
    s.u.cpu_featureset.nr_features = 3;
    check_eq(sysctl(&s, XEN_SYSCTL_get_cpu_featureset), -ENOBUFS, "of three words");
    s.u.cpu_featureset.index = 99;
    check_eq(sysctl(&s, XEN_SYSCTL_get_cpu_featureset), -EINVAL, "featureset 99");
}

static domid_t make_domain(void)
{
    static struct xen_domctl d;

    check_eq(create_domain(&d), 0, "createdomain");
    return d.domain;
}

static void test_set(domid_t dom)
{
    struct xen_domctl_cpu_policy p;
    uint32_t n;

    check_eq(domain_policy(XEN_DOMCTL_get_cpu_policy, dom, leaf_count, msr_count, &p), 0,
             "get_cpu_policy");
    n = p.nr_leaves;
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, n, p.nr_msrs, &p), 0,
             "set what was got");
    find(n, 1, XEN_CPUID_NO_SUBLEAF)->c &= ~1u; /* SSE3 */
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, n, 0, &p), 0, "set without SSE3");
    check_eq(domain_policy(XEN_DOMCTL_get_cpu_policy, dom, leaf_count, msr_count, &p), 0,
             "get again");
    check_eq(find(p.nr_leaves, 1, XEN_CPUID_NO_SUBLEAF)->c & (1u | 1u << 9), 0,
             "SSE3 is gone, and SSSE3 with it");
    find(p.nr_leaves, 0, XEN_CPUID_NO_SUBLEAF)->a = 0x1000;
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, p.nr_leaves, 0, &p), -EINVAL,
             "more leaves than there are");
    check_eq(p.err_leaf, 0, "leaf 0 says so");
    leaves[0] = (xen_cpuid_leaf_t){.leaf = 0x1234, .subleaf = XEN_CPUID_NO_SUBLEAF};
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, 1, 0, &p), -ERANGE,
             "a leaf that no policy has");
    check_eq(p.err_leaf, 0x1234, "it is named");
    msrs[0] = (xen_msr_entry_t){.idx = 0x1234};
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, 0, 1, &p), -ERANGE,
             "an MSR that no policy has");
    check_eq(p.err_msr, 0x1234, "it is named, too");
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, LEAVES, 0, &p), -E2BIG,
             "too many leaves");
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, 0, 0, 0, &p), -EINVAL, "of itself");
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, 77, 0, 0, &p), -ESRCH, "of no domain");
}

static void test_domain(void)
{
    static struct xen_domctl d;
    struct xen_domctl_cpu_policy p;
    domid_t dom = make_domain();

    test_set(dom);
    check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, 1), 0, "getdomaininfo of domain 1");
    check_eq(d.domain, dom, "finds the next domain");
    check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, (domid_t)(dom + 1)), -ESRCH, "behind the last");
    check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, DOMID_SELF), -EINVAL,
             "of a number that is reserved");
    d.u.max_vcpus.max = 1;
    check_eq(domctl(&d, XEN_DOMCTL_max_vcpus, dom), 0, "max_vcpus");
    d.u.sendtrigger =
        (struct xen_domctl_sendtrigger){.trigger = XEN_DOMCTL_SENDTRIGGER_NMI, .vcpu = 9};
    check_eq(domctl(&d, XEN_DOMCTL_sendtrigger, dom), -ESRCH, "NMI to vCPU 9");
    d.u.sendtrigger.vcpu = 0;
    check_eq(domctl(&d, XEN_DOMCTL_sendtrigger, dom), 0, "NMI to vCPU 0");
    d.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_RESET;
    check_eq(domctl(&d, XEN_DOMCTL_sendtrigger, dom), -ENOSYS, "RESET");
    d.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_POWER;
    check_eq(domctl(&d, XEN_DOMCTL_sendtrigger, dom), -EINVAL, "POWER");
    check_eq(domctl(&d, XEN_DOMCTL_unpausedomain, dom), 0, "unpause");
    check_eq(domain_policy(XEN_DOMCTL_set_cpu_policy, dom, 0, 0, &p), -EEXIST,
             "set once it has started");
    check_eq(domctl(&d, XEN_DOMCTL_destroydomain, dom), 0, "destroydomain");
}

static void test_nodes(void)
{
    static struct xen_sysctl s;
    static struct xen_vnuma_topology_info vnuma = {.domid = DOMID_SELF};
    static physdev_pci_device_t devs[2] = {{.bus = 0, .devfn = 0}, {.bus = 0, .devfn = 8}};
    static uint32_t nodes[2] = {7, 7};

    check_eq(hc_memory_op(XENMEM_get_vnumainfo, &vnuma), -EOPNOTSUPP,
             "get_vnumainfo of a domain without");
    check_eq(sysctl(&s, XEN_SYSCTL_pcitopoinfo), -EINVAL, "pcitopoinfo without arrays");
    s.u.pcitopoinfo.num_devs = 2;
    set_xen_guest_handle(s.u.pcitopoinfo.devs, devs);
    set_xen_guest_handle(s.u.pcitopoinfo.nodes, nodes);
    check_eq(sysctl(&s, XEN_SYSCTL_pcitopoinfo), 0, "pcitopoinfo");
    check_eq(s.u.pcitopoinfo.num_devs, 2, "of both");
    boot_printf("# nodes %x %x\n", nodes[0], nodes[1]);
    check(nodes[0] >= XEN_INVALID_DEV && nodes[1] >= XEN_INVALID_DEV, "no node is known");
}

static void test_tsc_aux(void)
{
    uint32_t a = 0x80000001, b, c = 0, d;
    uint64_t v, aux;

    asm volatile(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (!(d >> 27 & 1)) {
        check(probe_rdmsr(MSR_TSC_AUX, &v) != 0, "no RDTSCP, no MSR_TSC_AUX");
        return;
    }
    check_eq((long)probe_rdmsr(MSR_TSC_AUX, &v), 0, "rdmsr TSC_AUX");
    check_eq((long)v, 0, "is 0");
    check_eq((long)probe_wrmsr(MSR_TSC_AUX, 0x1234567), 0, "wrmsr TSC_AUX");
    asm volatile("rdtscp" : "=c"(aux) : : "rax", "rdx");
    check_eq((long)aux, 0x1234567, "RDTSCP says it");
    check(probe_wrmsr(MSR_TSC_AUX, 1ul << 32) != 0, "wrmsr TSC_AUX of 33 bits");
    check_eq((long)probe_wrmsr(MSR_TSC_AUX, 0), 0, "wrmsr TSC_AUX 0");
}

void test_main(void)
{
    test_machine();
    test_featuresets();
    test_domain();
    test_nodes();
    test_tsc_aux();
}

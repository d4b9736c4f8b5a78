/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine and the hypervisor themselves: CPUs, memory, console ring, debug keys. */
#include "private.h"

int xc_physinfo(xc_interface *xch, xc_physinfo_t *info)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_physinfo};
    int ret = xc_sysctl(xch, &sysctl);

    if (!ret)
        *info = sysctl.u.physinfo;
    return ret;
}

int xc_getcpuinfo(xc_interface *xch, int max_cpus, xc_cpuinfo_t *info, int *nr_cpus)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_getcpuinfo};
    size_t len = max_cpus * sizeof(*info);
    void *buf = xc_buf(xch, NULL, len);
    int ret;

    if (!buf)
        return -1;
    sysctl.u.getcpuinfo.max_cpus = max_cpus;
    set_xen_guest_handle_raw(sysctl.u.getcpuinfo.info, buf);
    ret = xc_sysctl(xch, &sysctl);
    if (!ret && nr_cpus)
        *nr_cpus = sysctl.u.getcpuinfo.nr_cpus;
    xc_buf_done(xch, buf, ret ? NULL : info, len);
    return ret;
}

int xc_cputopoinfo(xc_interface *xch, unsigned *max_cpus, xc_cputopo_t *cputopo)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_cputopoinfo};
    size_t len = *max_cpus * sizeof(*cputopo);
    void *buf = NULL;
    int ret;

    if (cputopo && !(buf = xc_buf(xch, NULL, len)))
        return -1;
    sysctl.u.cputopoinfo.num_cpus = *max_cpus;
    set_xen_guest_handle_raw(sysctl.u.cputopoinfo.cputopo, buf);
    ret = xc_sysctl(xch, &sysctl);
    if (!ret)
        *max_cpus = sysctl.u.cputopoinfo.num_cpus;
    xc_buf_done(xch, buf, ret ? NULL : cputopo, len);
    return ret;
}

int xc_numainfo(xc_interface *xch, unsigned *max_nodes, xc_meminfo_t *meminfo, uint32_t *distance)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_numainfo};
    size_t mem_len = *max_nodes * sizeof(*meminfo);
    size_t dist_len = (size_t)*max_nodes * *max_nodes * sizeof(*distance);
    void *mem = NULL, *dist = NULL;
    int ret = -1;

    if ((!meminfo || (mem = xc_buf(xch, NULL, mem_len))) &&
        (!distance || (dist = xc_buf(xch, NULL, dist_len)))) {
        sysctl.u.numainfo.num_nodes = *max_nodes;
        set_xen_guest_handle_raw(sysctl.u.numainfo.meminfo, mem);
        set_xen_guest_handle_raw(sysctl.u.numainfo.distance, dist);
        ret = xc_sysctl(xch, &sysctl);
    }
    if (!ret)
        *max_nodes = sysctl.u.numainfo.num_nodes;
    xc_buf_done(xch, mem, ret ? NULL : meminfo, mem_len);
    xc_buf_done(xch, dist, ret ? NULL : distance, dist_len);
    return ret;
}

int xc_sched_id(xc_interface *xch, int *sched_id)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_sched_id};
    int ret = xc_sysctl(xch, &sysctl);

    if (!ret)
        *sched_id = sysctl.u.sched_id.sched_id;
    return ret;
}

int xc_readconsolering(xc_interface *xch, char *buffer, unsigned int *pnr_chars, int clear,
                       int incremental, uint32_t *pindex)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_readconsole};
    struct xen_sysctl_readconsole *rc = &sysctl.u.readconsole;
    void *buf = xc_buf(xch, NULL, *pnr_chars);
    int ret;

    if (!buf)
        return -1;
    rc->clear = clear;
    rc->incremental = incremental;
    rc->index = pindex ? *pindex : 0;
    rc->count = *pnr_chars;
    set_xen_guest_handle_raw(rc->buffer, buf);
    ret = xc_sysctl(xch, &sysctl);
    if (!ret) {
        *pnr_chars = rc->count < *pnr_chars ? rc->count : *pnr_chars;
        if (pindex)
            *pindex = rc->index;
    }
    xc_buf_done(xch, buf, ret ? NULL : buffer, *pnr_chars);
    return ret;
}

int xc_send_debug_keys(xc_interface *xch, const char *keys)
{
    struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_debug_keys};
    size_t len = strlen(keys);
    void *buf = xc_buf(xch, keys, len);
    int ret;

    if (!buf)
        return -1;
    sysctl.u.debug_keys.nr_keys = len;
    set_xen_guest_handle_raw(sysctl.u.debug_keys.keys, buf);
    ret = xc_sysctl(xch, &sysctl);
    xc_buf_done(xch, buf, NULL, 0);
    return ret;
}

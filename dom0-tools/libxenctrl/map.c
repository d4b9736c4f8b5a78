/* SPDX-License-Identifier: BSD-2-Clause */
/* The older names for mapping another domain's memory, over <xenforeignmemory.h>. */
#include "private.h"

void *xc_map_foreign_bulk(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int *err,
                          unsigned int num)
{
    return xenforeignmemory_map(xch->fmem, dom, prot, num, arr, err);
}

void *xc_map_foreign_pages(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int num)
{
    return xenforeignmemory_map(xch->fmem, dom, prot, num, arr, NULL);
}

void *xc_map_foreign_range(xc_interface *xch, uint32_t dom, int size, int prot, unsigned long mfn)
{
    int num = (size + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE;
    xen_pfn_t arr[num];

    for (int i = 0; i < num; i++)
        arr[i] = mfn + i;
    return xc_map_foreign_pages(xch, dom, prot, arr, num);
}

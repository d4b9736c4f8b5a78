/* SPDX-License-Identifier: BSD-2-Clause */
/* The public hypercall buffers of <xenctrl.h>, for callers that make raw calls. */
#include <stdlib.h>
#include "private.h"

struct xc_hypercall_buffer_array {
    unsigned int n;
    xc_hypercall_buffer_t *bufs;
};

xc_hypercall_buffer_t XC__HYPERCALL_BUFFER_NAME(HYPERCALL_BUFFER_NULL) = {
    HYPERCALL_BUFFER_INIT_NO_BOUNCE};

void *xc__hypercall_buffer_alloc(xc_interface *xch, xc_hypercall_buffer_t *b, size_t size)
{
    b->hbuf = xc_buf(xch, NULL, size);
    return b->hbuf;
}

void xc__hypercall_buffer_free(xc_interface *xch, xc_hypercall_buffer_t *b)
{
    xc_buf_done(xch, b->hbuf, NULL, 0);
    b->hbuf = NULL;
}

void *xc__hypercall_buffer_alloc_pages(xc_interface *xch, xc_hypercall_buffer_t *b, int nr_pages)
{
    b->hbuf = xencall_alloc_buffer_pages(xch->xcall, nr_pages);
    if (b->hbuf)
        memset(b->hbuf, 0, (size_t)nr_pages * XC_PAGE_SIZE);
    return b->hbuf;
}

void xc__hypercall_buffer_free_pages(xc_interface *xch, xc_hypercall_buffer_t *b, int nr_pages)
{
    xencall_free_buffer_pages(xch->xcall, b->hbuf, nr_pages);
    b->hbuf = NULL;
}

xc_hypercall_buffer_array_t *xc_hypercall_buffer_array_create(xc_interface *xch, unsigned n)
{
    xc_hypercall_buffer_array_t *array = malloc(sizeof(*array));

    (void)xch;
    if (!array)
        return NULL;
    array->n = n;
    array->bufs = calloc(n ? n : 1, sizeof(*array->bufs));
    if (!array->bufs) {
        free(array);
        return NULL;
    }
    return array;
}

void *xc__hypercall_buffer_array_alloc(xc_interface *xch, xc_hypercall_buffer_array_t *array,
                                       unsigned index, xc_hypercall_buffer_t *hbuf, size_t size)
{
    void *p = index < array->n ? xc__hypercall_buffer_alloc(xch, hbuf, size) : NULL;

    if (p)
        array->bufs[index] = *hbuf;
    return p;
}

void *xc__hypercall_buffer_array_get(xc_interface *xch, xc_hypercall_buffer_array_t *array,
                                     unsigned index, xc_hypercall_buffer_t *hbuf)
{
    (void)xch;
    if (index >= array->n)
        return NULL;
    *hbuf = array->bufs[index];
    return hbuf->hbuf;
}

void xc_hypercall_buffer_array_destroy(xc_interface *xch, xc_hypercall_buffer_array_t *array)
{
    if (!array)
        return;
    for (unsigned int i = 0; i < array->n; i++)
        xc__hypercall_buffer_free(xch, &array->bufs[i]);
    free(array->bufs);
    free(array);
}

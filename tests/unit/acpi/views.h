/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory of a test.  Each view of it is a heap block of exactly the size asked for, so that
 * ASan sees any byte too far. */
#ifndef VIEWS_H
#define VIEWS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 0x100000
static uint8_t *memory;
static void *views[4096];
static unsigned view_count;

static const void *map(paddr_t paddr, size_t len)
{
    if (paddr.a > SIZE || len > SIZE - paddr.a || view_count == 4096)
        return NULL;
    views[view_count] = malloc(len ? len : 1);
    memcpy(views[view_count], memory + paddr.a, len);
    return views[view_count++];
}

static void put(uint64_t at, unsigned bytes, uint64_t v)
{
    memcpy(memory + at, &v, bytes);
}

static void drop_views(void)
{
    while (view_count)
        free(views[--view_count]);
}

#endif

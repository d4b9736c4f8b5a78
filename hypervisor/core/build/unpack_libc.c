/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The little libc that the static decompression libraries ask for, hypervisor only.
 *
 * Memory comes from one arena that is dropped as a whole after boot, so free() does nothing.
 * Memory functions (memcpy, memmove, memset, memcmp) are the hypervisor's own.
 *
 * What the caller must have set up: SSE enabled (the archives are plain x86-64 code), and
 * %fs:0x28 readable (stack canaries) with a value that does not change during the call.
 */
#include "unpack.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* who calls is in the archives */

#define ARENA_ALIGN 64u

static struct {
    uint8_t *next;
    size_t left;
} arena;

void unpack_set_arena(void *memory, size_t len)
{
    size_t skip = -(uintptr_t)memory % ARENA_ALIGN;

    arena.next = (uint8_t *)memory + skip;
    arena.left = len > skip ? len - skip : 0;
}

void *malloc(size_t len)
{
    size_t need = (len + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    void *p = arena.next;

    if (need < len || need > arena.left)
        return NULL;
    arena.next += need;
    arena.left -= need;
    return p;
}

void *calloc(size_t n, size_t len)
{
    size_t total;
    void *p = NULL;

    if (!__builtin_mul_overflow(n, len, &total))
        p = malloc(total);
    if (p)
        __builtin_memset(p, 0, total);
    return p;
}

void free(void *)
{
}

void __stack_chk_fail(void)
{
    __builtin_trap();
}

/* libzstd's optional tracing hooks; weak there, and a weak reference to nothing is out of a
 * branch's reach here. */
unsigned long long ZSTD_trace_decompress_begin(const void *)
{
    return 0; /* 0: no trace wanted */
}

void ZSTD_trace_decompress_end(unsigned long long, const void *)
{
}

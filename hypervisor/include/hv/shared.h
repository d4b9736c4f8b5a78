/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic operations on plain words: those that a guest or the hardware defines or writes, too (page
 * tables, shared pages, grant entries), and our own that are read plainly under their lock.  All
 * other words are _Atomic and used by C11's names; no word is used by both (clang builds neither on
 * the other's), and the compiler's builtins are in this header only.
 *
 * Loads and stores are relaxed, or what their name says; what reads and writes is sequentially
 * consistent and gives the old value.
 */
#ifndef HV_SHARED_H
#define HV_SHARED_H

#define shared_load(p)             __atomic_load_n(p, __ATOMIC_RELAXED)
#define shared_load_acquire(p)     __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define shared_store(p, v)         __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define shared_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define shared_swap(p, v)          __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define shared_fetch_or(p, bits)   __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST)
#define shared_fetch_and(p, bits)  __atomic_fetch_and(p, bits, __ATOMIC_SEQ_CST)
#define shared_fetch_sub(p, n)     __atomic_fetch_sub(p, n, __ATOMIC_SEQ_CST)
#define shared_fetch_xor(p, bits)  __atomic_fetch_xor(p, bits, __ATOMIC_SEQ_CST)
/* Stores v if *p is *old, else gives *p in *old; was it stored? */
#define shared_cas(p, old, v)                                                                      \
    __atomic_compare_exchange_n(p, old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Included first everywhere (Makefile): all symbols are in this image, so no access goes through a
 * GOT. */
#pragma GCC visibility push(hidden)

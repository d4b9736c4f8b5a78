/* SPDX-License-Identifier: BSD-2-Clause */
/* core/lib/string.c under other names, beside the C library's that the test program needs. */
#define memcpy  hv_memcpy
#define memmove hv_memmove
#define memset  hv_memset
#define memcmp  hv_memcmp
#define strlen  hv_strlen
#define strnlen hv_strnlen
#define strncmp hv_strncmp
#include "string.c"

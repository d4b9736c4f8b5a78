/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that come with the one that runs: the one beside it is the one that fits it. */
#ifndef LIB_BESIDE_H
#define LIB_BESIDE_H

/*
 * Becomes program @argv[0]: beside the running one, else along PATH; one with a slash is taken as it
 * is.  Returns only if it cannot be run, with errno.
 */
void beside_exec(char *const argv[]);

#endif

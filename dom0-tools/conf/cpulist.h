/* SPDX-License-Identifier: BSD-2-Clause */
/* cpus =, cpu = and cpus_soft =: where each vCPU may run. */
#ifndef CONF_CPULIST_H
#define CONF_CPULIST_H

#include "conf/conf.h"
#include "conf/cpuset.h"

/*
 * Fills @sets, one for each of @vcpus vCPUs, from @key of a checked config: one set for all, or a
 * list with an entry per vCPU, the last one repeated.  1; 0 if the key says nothing (not given, or
 * -1, which old files write for "any"); -1 with the error.
 */
int conf_cpus(const struct conf *conf, const char *key, struct cpuset *sets, unsigned int vcpus,
              struct fail *f);

#endif

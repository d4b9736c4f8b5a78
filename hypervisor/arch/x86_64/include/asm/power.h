/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI sleep states, as far as the hypervisor enters them. */
#ifndef ASM_POWER_H
#define ASM_POWER_H

#include <hv/abi.h>

/* S5 with the PM1 control values dom0 found in its AML: does not return. -XEN_EINVAL: bad values;
 * -XEN_EOPNOTSUPP: another state. */
int acpi_sleep(const struct xenpf_enter_acpi_sleep *s);

#endif

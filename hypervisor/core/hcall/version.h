/* SPDX-License-Identifier: BSD-2-Clause */
/* What xen_version and hypfs say of this build. */
#ifndef HCALL_VERSION_H
#define HCALL_VERSION_H

#define VERSION_MAJOR 4
#define VERSION_MINOR 17
#define EXTRAVERSION  ".0-hospes"
#define CHANGESET     "unavailable"
#define COMPILER      "gcc " __VERSION__
#define COMPILE_BY    "hospes"

#endif

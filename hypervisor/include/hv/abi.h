/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest-visible ABI: Xen's public headers as Debian's libxen-dev installs
 * them, never copied.  __XEN_TOOLS__ opens domctl/sysctl.  The interface
 * version is the newest the headers know, that of Xen 4.17.
 */
#ifndef HV_ABI_H
#define HV_ABI_H

#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__             1
#define __XEN_INTERFACE_VERSION__ 0x00041300
#include <xen/xen.h>
#include <xen/version.h>
#include <xen/memory.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hypfs.h>
#include <xen/vcpu.h>
#include <xen/sched.h>
#include <xen/callback.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/nmi.h>
#include <xen/features.h>

/* The guest's address in a handle of an argument (XEN_GUEST_HANDLE), as a gva_t. */
#define GUEST_PTR(handle) GVA((uint64_t)(uintptr_t)(handle).p)

/* Error numbers of the ABI (xen/errno.h): XEN_EPERM ... */
#include <xen/errno.h>
/* The headers keep this one to hypervisors: a preempted operation, to be called again. */
#define XEN_ERESTART 85

#endif

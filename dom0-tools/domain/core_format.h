/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format of a domain's core file, without any I/O: ELF with sections and no program headers, as
 * Xen's docs/misc/dump-core-format.txt has it, version (0, 1).
 */
#ifndef DOMAIN_CORE_FORMAT_H
#define DOMAIN_CORE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h> /* before <xen/xen.h>: the tools' half of it */

#define CORE_PAGE 4096u

/* An element of .xen_p2m; the page of that index in .xen_pages is its content. */
struct core_frame {
    uint64_t pfn, gmfn;
};

/* Descriptor of the note that tells about the hypervisor. */
struct core_version {
    uint64_t major_version, minor_version;
    xen_extraversion_t extra_version;
    xen_compile_info_t compile_info;
    xen_capabilities_info_t capabilities;
    xen_changeset_info_t changeset;
    xen_platform_parameters_t platform_parameters;
    uint64_t pagesize;
};

/* Where the sections' contents begin in the file, and where the file ends. */
struct core_layout {
    uint64_t prstatus;    /* vcpu_guest_context_t by vCPU */
    uint64_t shared_info; /* one page */
    uint64_t p2m;         /* struct core_frame by page */
    uint64_t pages;
    uint64_t end;
};

/*
 * Lays out a core of @vcpus contexts and @pages pages, and makes all that comes before the first
 * of them: malloc'ed, layout->prstatus bytes; NULL: out of memory.
 */
void *core_head(uint64_t vcpus, uint64_t pages, const struct core_version *version,
                struct core_layout *layout);

#endif

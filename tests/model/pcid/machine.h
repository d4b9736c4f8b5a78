/* SPDX-License-Identifier: BSD-2-Clause */
/* One CPU with a tagged TLB, and what the hypervisor does on it with xpti= and PCID. */
#ifndef MODEL_PCID_MACHINE_H
#define MODEL_PCID_MACHINE_H

#include <hv/tlb.h>
#include <asm/pcid.h>

/* Level-4 tables, by frame: two of the guest's, the CPU's copies, the hypervisor's own. */
enum { NO_TABLE, A, B, COPY_KERNEL, COPY_USER, IDLE, TABLES };
#define TAGS  3
#define PAGES 2

/* What the TLB holds for a page under a tag.  OLD: from before a flush that was asked for, or from
 * another table than the tag is for by now: whoever can use it has broken a promise. */
enum { NOTHING, GOOD, OLD };

/* Where the CPU is. */
enum place {
    IN_C,
    NOTED,   /* after xpti_prepare_tagged() */
    IN_RAX,  /* what CR3 is to get is in a register */
    LEAVING, /* CR3 is the guest's, the hypervisor's last instructions */
    IN_GUEST,
    ENTERING, /* the hypervisor's first instructions, on the guest's table */
    PLACES
};

struct machine {
    enum place place;
    bool in_user;
    uint8_t root[2];                /* of the vCPU that runs */
    uint64_t cr3, full, guest, rax; /* as xpti.S has them; bit 63 of cr3 is never set */
    uint8_t tlb[TAGS][PAGES];
    uint8_t tag_of[TAGS]; /* the table whose entries it has */
    struct pcid_tag tag[2];
    struct l4copy copy[2];
    uint64_t flushed_at, version[2]; /* of A and B */
};

/* What may happen next; `page`, `table`, `mode`: with each. */
enum event {
    FILL,   /* the CPU remembers a page by the table that is loaded */
    FLUSH,  /* flush_local() */
    PAGE,   /* flush_page_local() */
    TOGGLE, /* toggle_mode() */
    BASE,   /* the base pointer of a mode: ptype_switch_base() */
    SWITCH, /* to idle, and to a vCPU in that mode */
    STORE,  /* to a level-4 table, by whatever CPU */
    NEXT,   /* the next step of an exit, the guest, an entry */
    NMI,    /* or a machine check, in the hypervisor */
    EVENTS
};

extern bool isolates, has_invpcid;
extern const char *broken; /* the promise, or NULL */
extern unsigned long kept; /* loads of a copy that forgot nothing though there was something */

/* False: it cannot happen here. */
bool machine_step(struct machine *m, enum event e, unsigned page, unsigned table, unsigned mode);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A running guest's own table of its frames (pfn to mfn), as it tells where it is: it knows best
 * which frame is which of its pages.  All of it is the guest's word, and is checked.
 */
#ifndef STREAM_P2M_H
#define STREAM_P2M_H

#include "stream/guest.h"

struct p2m {
    uint64_t pages;      /* pfns are below */
    uint64_t *mfn;       /* of each, NO_FRAME: none */
    uint64_t lists;      /* pages of the guest that hold the table, 512 pfns each */
    uint64_t *list_mfn;  /* where they are */
    uint64_t *list_pfn;  /* and as which pages of the guest */
    uint64_t generation; /* shared_info's p2m_generation then */
};

/* Finds and reads the table; 0, or -1 with g->fail.  p2m_free() in either case. */
int p2m_load(const struct guest *g, struct p2m *p);

/* Reads the entries anew (the guest ran on); -1 also if the guest has moved its table. */
int p2m_reload(const struct guest *g, struct p2m *p);
void p2m_free(struct p2m *p);

/* The guest's page that frame @mfn is, by both tables; NO_FRAME: it is not one of its own. */
uint64_t p2m_pfn(const struct guest *g, const struct p2m *p, uint64_t mfn);

/* The frames of the table itself, @n of them, malloc'ed (find_p2m.c); NULL with g->fail. */
uint64_t *p2m_find(const struct guest *g, uint64_t cr3, uint64_t vaddr, uint64_t frame_list_list,
                   uint64_t n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads images and gives them back, in turns of the budget (hv/kexec.h). */
#include <hv/budget.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "image.h"

struct kexec_image kexec_images[2];

static uint64_t ptr_maddr(const void *p)
{
    return mfn_paddr(arch_ptr_mfn(p)).a;
}
static void *maddr_ptr(uint64_t maddr)
{
    return arch_frame_ptr(paddr_mfn(PADDR(maddr)));
}

/* Takes one page off what the image has; false: it has none any more. */
static bool drop_one(struct kexec_image *i)
{
    mfn_t mfn;

    if (i->list && i->list->count) {
        const uint64_t from = i->list->copy[--i->list->count].from;
        if (!from)
            return true;
        mfn = paddr_mfn(PADDR(from));
    } else if (i->list) {
        mfn = arch_ptr_mfn(i->list);
        i->list = i->list->next ? maddr_ptr(i->list->next) : NULL;
    } else if (i->aside) {
        mfn = paddr_mfn(PADDR(i->aside));
        i->aside = *(uint64_t *)maddr_ptr(i->aside);
    } else if (i->controls) {
        mfn = i->control[--i->controls];
    } else {
        return false;
    }
    frame_free(mfn, 0);
    return true;
}

bool kexec_drop(struct kexec_image *i)
{
    while (drop_one(i)) {
        budget_draw(BUDGET_FREE);
        if (budget_spent())
            return false;
    }
    return true;
}

static bool in_segment(const struct kexec_image *i, uint64_t maddr)
{
    for (unsigned n = 0; n < i->segments; n++)
        if (maddr - i->segment[n].dest_maddr < i->segment[n].dest_size)
            return true;
    return false;
}

/* A page that lies in no segment (K-3); those that do are put aside. */
static int page_apart(struct kexec_image *i, unsigned flags, mfn_t *out)
{
    for (;;) {
        const mfn_t mfn = frame_alloc(0, flags);

        budget_draw(2 * BUDGET_OP); /* hv/budget.h: an allocation is 0.9 us */
        if (mfn_eq(mfn, MFN_INVALID))
            return -XEN_ENOMEM;
        *out = mfn;
        if (!in_segment(i, mfn_paddr(mfn).a))
            return 0;
        *(uint64_t *)arch_frame_ptr(mfn) = i->aside;
        i->aside = mfn_paddr(mfn).a;
        if (budget_spent())
            return -XEN_ERESTART;
    }
}

/* Room for one copy more at the head of the list. */
static int list_room(struct kexec_image *i)
{
    mfn_t mfn;
    int err;

    if (i->list && i->list->count < KEXEC_COPIES)
        return 0;
    err = page_apart(i, 0, &mfn);
    if (err)
        return err;
    struct kexec_list *l = arch_frame_ptr(mfn);
    l->next = i->list ? ptr_maddr(i->list) : 0;
    l->count = 0;
    i->list = l;
    return 0;
}

/* Where the page that belongs to `to` is written: there, or for a default image to a page that is copied later;
 * NULL: one that is cleared later. */
static int page_for(struct kexec_image *i, uint64_t to, bool zeroes, void **page)
{
    mfn_t mfn = MFN(0);
    int err;

    *page = i == &kexec_images[KEXEC_TYPE_CRASH] ? maddr_ptr(to) : NULL;
    if (*page)
        return 0;
    err = list_room(i);
    if (!err && !zeroes)
        err = page_apart(i, 0, &mfn);
    if (err)
        return err;
    i->list->copy[i->list->count++] = (struct kexec_copy){to, mfn_paddr(mfn).a};
    *page = zeroes ? NULL : arch_frame_ptr(mfn);
    return 0;
}

static int load_page(struct kexec_image *i, const struct xen_kexec_segment *s)
{
    const uint64_t n = s->buf_size > i->done ? min(s->buf_size - i->done, PAGE_SIZE) : 0;
    void *page;
    int err = page_for(i, s->dest_maddr + i->done, !n, &page);

    if (err)
        return err;
    budget_draw(BUDGET_PAGE);
    if (n && guest_read(page, gva_add(GUEST_PTR(s->buf.h), i->done), n))
        return refuse(XEN_EFAULT);
    if (page)
        memset((char *)page + n, 0, PAGE_SIZE - n);
    i->done += PAGE_SIZE;
    return 0;
}

/* The pages for the jump, then all segments; those without a buffer have no contents. */
static int load_rest(struct kexec_image *i)
{
    int err = 0;

    while (!err && i->controls < KEXEC_CONTROL) {
        err = page_apart(i, ALLOC_BITS(32), &i->control[i->controls]);
        i->controls += !err;
    }
    while (!err && i->at < i->segments) {
        const struct xen_kexec_segment *s = &i->segment[i->at];

        if (!s->buf.h.p || i->done == s->dest_size) {
            i->at++;
            i->done = 0;
            continue;
        }
        err = budget_spent() ? -XEN_ERESTART : load_page(i, s);
    }
    return err;
}

int kexec_load_on(struct kexec_image *i)
{
    int err = 0;

    do {
        if (!i->empty && !kexec_drop(i))
            return -XEN_ERESTART;
        i->empty = true;
        if (i->error)
            break;
        err = load_rest(i);
        if (err == -XEN_ERESTART)
            return err;
        i->error = err;
        i->empty = !err;
    } while (err); /* gives back what it took */
    i->loading = false;
    atomic_store(&i->ready, !i->error); /* K-1: with all that was written before */
    return i->error;
}

/* ---- what may be loaded ---- */
static bool overlap(const struct xen_kexec_segment *a, const struct xen_kexec_segment *b)
{
    return a->dest_maddr < b->dest_maddr + b->dest_size &&
           b->dest_maddr < a->dest_maddr + a->dest_size;
}

static int check_segment(const struct xen_kexec_segment *s, const struct kexec_area *bounds)
{
    const uint64_t offset = s->dest_maddr - bounds->start;

    if ((s->dest_maddr | s->dest_size) & (PAGE_SIZE - 1) || offset > bounds->size ||
        s->dest_size > bounds->size - offset)
        return refuse(XEN_EADDRNOTAVAIL);
    return s->buf_size > s->dest_size ? refuse(XEN_EINVAL) : 0;
}

int kexec_check(const struct xen_kexec_segment *s, unsigned n, uint64_t entry,
                const struct kexec_area *filled, const struct kexec_area *all)
{
    bool entered = false;
    int err = 0;

    for (unsigned i = 0; i < n && !err; i++) {
        err = check_segment(&s[i], s[i].buf.h.p ? filled : all);
        entered |= entry - s[i].dest_maddr < s[i].dest_size;
        for (unsigned j = 0; j < i && !err; j++)
            err = overlap(&s[i], &s[j]) ? refuse(XEN_EINVAL) : 0;
    }
    return err ? err : entered ? 0 : refuse(XEN_EADDRNOTAVAIL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a stream: time, shared info and vCPUs, frame numbers in them translated. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>

#include "lib/xalloc.h"
#include "stream/record.h"
#include "stream/save.h"

/* The largest part of a vCPU: its XSAVE area, 11 KiB with all that is defined (AMX) */
#define PART_MAX 65536u

static int put_time(struct save *s)
{
    struct tsc_info tsc;
    uint32_t body[6];

    if (s->guest->ops->tsc_get(s->guest->ctx, &tsc))
        return fail(s->guest->fail, "cannot read the guest's clock: %s", strerror(errno));
    memcpy(body, (uint32_t[]){tsc.mode, tsc.khz, 0, 0, tsc.incarnation, 0}, sizeof(body));
    memcpy(&body[2], &tsc.elapsed_ns, sizeof(tsc.elapsed_ns));
    return record_put(s->out, RECORD_TSC_INFO, body, sizeof(body));
}

static int put_shared_info(struct save *s)
{
    void *at = guest_map(s->guest, s->guest->shared_info_mfn, false, "the shared info page");
    int ret = at ? record_put(s->out, RECORD_SHARED_INFO, at, PAGE_BYTES) : -1;

    if (at)
        guest_unmap(s->guest, at);
    return ret;
}

static int name_frame(struct save *s, uint64_t *mfn, const char *what, unsigned int vcpu)
{
    *mfn = p2m_pfn(s->guest, &s->p2m, *mfn);
    return *mfn == NO_FRAME
               ? fail(s->guest->fail, "%s of vCPU %u is not a page of the guest", what, vcpu)
               : 0;
}

/* Machine frames in a context become the guest's pages. */
static int translate_context(struct save *s, unsigned int vcpu, struct vcpu_guest_context *c)
{
    uint64_t kernel = xen_cr3_to_pfn(c->ctrlreg[3]), user = xen_cr3_to_pfn(c->ctrlreg[1]);

    if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
        return fail(s->guest->fail, "vCPU %u has an impossible GDT", vcpu);
    if (vcpu == 0 && name_frame(s, &c->user_regs.rdx, "the start info page", vcpu))
        return -1; /* the suspend call's third argument */
    for (unsigned int i = 0; i < (c->gdt_ents + 511) / 512; i++)
        if (name_frame(s, &c->gdt_frames[i], "the GDT", vcpu))
            return -1;
    if (name_frame(s, &kernel, "the page table", vcpu))
        return -1;
    c->ctrlreg[3] = xen_pfn_to_cr3(kernel);
    if (c->ctrlreg[1]) {
        if (name_frame(s, &user, "the user page table", vcpu))
            return -1;
        c->ctrlreg[1] = xen_pfn_to_cr3(user) | 1;
    }
    return 0;
}

static int put_part(struct save *s, unsigned int vcpu, uint32_t record, void *buf)
{
    uint32_t head[2] = {vcpu, 0}, len = PART_MAX;

    if (s->guest->ops->vcpu_get(s->guest->ctx, vcpu, record, buf, &len))
        return fail(s->guest->fail, "cannot read %s of vCPU %u: %s", record_name(record), vcpu,
                    strerror(errno));
    if (!len)
        return record == RECORD_VCPU_BASIC ? fail(s->guest->fail, "vCPU %u has no state", vcpu) : 0;
    if (record == RECORD_VCPU_BASIC && translate_context(s, vcpu, buf))
        return -1;
    return record_put2(s->out, record, head, sizeof(head), buf, len);
}

static int put_vcpu(struct save *s, unsigned int vcpu, void *buf)
{
    static const uint32_t parts[] = {RECORD_VCPU_BASIC, RECORD_VCPU_EXTENDED, RECORD_VCPU_XSAVE,
                                     RECORD_VCPU_MSRS};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (put_part(s, vcpu, parts[i], buf))
            return -1;
    return 0;
}

int save_tail(struct save *s)
{
    void *buf = xcalloc(1, PART_MAX);
    int ret = put_time(s) || put_shared_info(s) ? -1 : 0;

    for (unsigned int i = 0; !ret && i < s->guest->vcpus; i++) {
        bool online = false;

        if (s->guest->ops->vcpu_online(s->guest->ctx, i, &online))
            ret = fail(s->guest->fail, "cannot ask for vCPU %u: %s", i, strerror(errno));
        else if (online)
            ret = put_vcpu(s, i, buf);
    }
    free(buf);
    return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* User mode for the tests. */
#include "user.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

uint64_t *user_l4, *user_l1;
char *user_data;
uint64_t user_stack_top;

static char trap_stack[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static char *code_page;
uint64_t user_kernel_sp, user_list_rax;
static struct regs seen;

void user_enter(struct regs *frame, uint64_t *saved_sp);
void user_enter_list(struct regs *frame, uint64_t *saved_sp, struct multicall_entry *list, long n);
extern const char user_back[];

void user_setup(void)
{
    struct pt_region r = pt_region(USER_L4_SLOT);
    char *stack_page = page_get();

    code_page = page_get();
    user_data = page_get();
    user_l1 = r.l1;
    user_l4 = pt_page();
    if (pt_write(&r.l1[0], pte_of(code_page, PT_RO)) ||
        pt_write(&r.l1[1], pte_of(user_data, PT_RW)) ||
        pt_write(&r.l1[2], pte_of(stack_page, PT_RW)))
        error("cannot map user pages");
    if (pt_pin(4, user_l4) || pt_write(&user_l4[USER_L4_SLOT], pte_of(r.l3, PT_RW)) ||
        pt_ext(MMUEXT_NEW_USER_BASEPTR, boot_mfn(user_l4), 0))
        error("cannot set up the user page table");
    user_stack_top = U64(trap_stack) + STACK_SIZE;
    if (hc_stack_switch(FLAT_KERNEL_SS, user_stack_top))
        error("cannot set the kernel stack");
}

void user_code(const void *start, size_t len)
{
    memset(code_page, 0xcc, PAGE_SIZE);
    memcpy(code_page, start, len);
}

struct regs user_regs(void)
{
    return (struct regs){.rip = USER_CODE,
                         .cs = FLAT_USER_CS,
                         .rflags = 0x202,
                         .rsp = USER_STACK,
                         .ss = FLAT_USER_SS};
}

static bool from_user(struct regs *r)
{
    if ((r->cs & 3) != 3 && r->vector != TRAP_FAILSAFE)
        return false;
    if (r->vector == TRAP_EVENT) {
        evtchn_dispatch();
        return true;
    }
    seen = *r;
    r->rip = U64(user_back);
    r->cs = FLAT_KERNEL_CS & ~3u;
    r->rflags = 0x02;
    r->rsp = user_kernel_sp;
    r->ss = FLAT_KERNEL_SS;
    return true;
}

struct regs user_run(const struct regs *in)
{
    return user_run_by(in, 0);
}

static struct regs enter(const struct regs *in, uint64_t flags, struct multicall_entry *list,
                         long n)
{
    struct regs frame = *in;
    trap_hook_t *before = trap_hook;

    memset(&seen, 0, sizeof(seen));
    trap_hook = from_user;
    frame.error = flags;
    if (list)
        user_enter_list(&frame, &user_kernel_sp, list, n);
    else
        user_enter(&frame, &user_kernel_sp);
    trap_hook = before;
    return seen;
}

struct regs user_run_by(const struct regs *in, uint64_t flags)
{
    return enter(in, flags, NULL, 0);
}

struct regs user_run_list(const struct regs *in, struct multicall_entry *list, long n)
{
    return enter(in, 0, list, n);
}

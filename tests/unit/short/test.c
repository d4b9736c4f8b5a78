/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap/short.S does what user_syscall() and op_iret() of trap/bounce.c do, or leaves everything as
 * it was for them.  Cases are drawn at random from values at the edges of each rule; what must come
 * out is written down here once more, in C.
 */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <asm/layout.h>
#include <asm/offsets.h>
#include <asm/regs.h>

#define CASES 3000

struct fixup {
    uint64_t start, end, to;
};
extern const struct fixup short_fixups[], short_fixups_end[];
extern const char short_syscall[], short_iret[];
extern const char user_rest[], hypercall_rest[], verw_iret[];
void short_run(const uint64_t *gprs, uint64_t sp, const void *entry);

/* In the order of struct regs. */
enum { R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI, GPRS };
static const int greg[GPRS] = {REG_R15, REG_R14, REG_R13, REG_R12, REG_RBP,
                               REG_RBX, REG_R11, REG_R10, REG_R9,  REG_R8,
                               REG_RAX, REG_RCX, REG_RDX, REG_RSI, REG_RDI};

static uint8_t vcpu[4096] __attribute__((aligned(16))), domain[4096], info[64], *guest;
static char c_stack[8192] __attribute__((aligned(64)));
static sigjmp_buf back;
/* What happened. */
static uint64_t out[GPRS], out_sp, base;
static const char *end; /* NULL: SYSRET */
static unsigned swaps, faults, own_accesses;

static void trap(int sig, siginfo_t *si, void *context)
{
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *at = (const uint8_t *)g[REG_RIP], *code = at;

    while (*code == 0x3e)
        code++;
    if (sig == SIGSEGV && !memcmp(code, "\x0f\x01\xf8", 3)) {
        swaps++;
        g[REG_RIP] = (greg_t)(code + 3);
        return;
    }
    if (sig == SIGSEGV && !memcmp(code, "\x0f\x22\xda", 3)) {
        base = (uint64_t)g[REG_RDX];
        g[REG_RIP] = (greg_t)(code + 3);
        return;
    }
    end = (const char *)at;
    if (sig == SIGSEGV && !memcmp(code, "\x48\x0f\x07", 3)) {
        end = NULL;
    } else if (sig == SIGSEGV) {
        const uint64_t address = (uint64_t)si->si_addr;
        faults++;
        own_accesses += address >= HV_VIRT_START && address < HV_VIRT_END;
        for (const struct fixup *f = short_fixups; f < short_fixups_end; f++)
            if ((uint64_t)at >= f->start && (uint64_t)at < f->end) {
                g[REG_RIP] = (greg_t)f->to;
                return;
            }
    }
    for (unsigned i = 0; i < GPRS; i++)
        out[i] = (uint64_t)g[greg[i]];
    out_sp = (uint64_t)g[REG_RSP];
    siglongjmp(back, 1);
}

static void run(const uint64_t *in, const char *entry)
{
    swaps = faults = own_accesses = 0;
    base = 0;
    if (!sigsetjmp(back, 1))
        short_run(in, (uint64_t)vcpu + VCPU_REGS + R_VECTOR, entry);
}

static void put(void *at, uint64_t v)
{
    memcpy(at, &v, 8);
}
static uint64_t draw(void)
{
    return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}
#define PICK(...)                                                                                  \
    ({                                                                                             \
        const uint64_t c_[] = {__VA_ARGS__};                                                       \
        c_[(unsigned)random() % (sizeof(c_) / 8)];                                                 \
    })
static bool canonical(uint64_t a)
{
    return a >> 47 == 0 || a >> 47 == 0x1ffff;
}
/* Can the guest be accessed there? */
static bool mapped(uint64_t a, uint64_t n)
{
    return a - (uint64_t)guest <= 4096 - n;
}

static struct world {
    uint64_t in[GPRS], rip, flags, sp, stack, callback, user_base;
    uint8_t mask, cb_masks, user;
    bool plain; /* nothing of what both paths leave to C code */
    uint8_t page[4096];
} w;

/* One vCPU of a guest that makes a SYSCALL; `stack`: the guest kernel's. */
static void set_up(bool user)
{
    const uint64_t g = (uint64_t)guest, assist = PICK(0, 4, 0x2f, ASSIST_IOPL);
    const uint32_t work = (uint32_t)PICK(0, 0, 0, 0, 0, 1, 1u << 31);
    const uint8_t pending = (uint8_t)PICK(0, 0, 0, 0, 1, 0xff);
    uint8_t *regs = vcpu + VCPU_REGS;

    memset(vcpu, (int)draw(), sizeof(vcpu));
    memset(w.page, (int)draw(), sizeof(w.page));
    memcpy(guest, w.page, sizeof(w.page));
    for (unsigned i = 0; i < GPRS; i++)
        w.in[i] = draw();
    w.user = user;
    w.rip = PICK(0x400000, 0xffffffff81000000, 0x7ffffffffffe, 0x800000000000, HV_VIRT_START);
    w.flags = (draw() & 0x1c4fd7) | RFLAGS_IF | 2;
    w.stack = PICK(g + 2048, g + 2048, g + 2048, g + 2048, g + 2051, g + 32, g - 8, g + 4096 - 40,
                   g + 4096 - 64, g + 4096, 0, HV_VIRT_START - 16, HV_VIRT_START,
                   HV_VIRT_START + 72, HV_VIRT_END - 1, HV_VIRT_END + 32);
    w.sp = user ? draw() : w.stack;
    w.callback = PICK(0xffffffff81000100, 0xffffffff81000100, 4096, 0, 0x800000000000);
    w.user_base = PICK(0x1234, 0x1234, ~0UL);
    w.mask = (uint8_t)PICK(0, 1, 0xff);
    w.cb_masks = (uint8_t)PICK(0, MASK_SYSCALL, 0xff & ~MASK_SYSCALL);
    w.in[RCX] = w.rip;
    w.in[R11] = w.flags;
    put(vcpu + VCPU_DOMAIN, (uint64_t)domain);
    put(vcpu + VCPU_INFO, (uint64_t)info);
    put(vcpu + VCPU_STACK, (uint64_t)c_stack + sizeof(c_stack));
    memcpy(vcpu + VCPU_WORK, &work, 4);
    vcpu[VCPU_IN_USER] = user;
    vcpu[VCPU_AREAS_STALE] = (uint8_t)PICK(0, 0, 0, 1);
    put(domain + DOMAIN_ASSIST, assist);
    info[0] = pending;
    info[1] = w.mask;
    put(vcpu + VCPU_KERNEL_ROOT, 0x55);
    put(vcpu + VCPU_USER_ROOT, 0x66);
    put(vcpu + VCPU_USER_BASE, w.user_base);
    put(vcpu + VCPU_KERNEL_SP, w.stack);
    put(vcpu + VCPU_SYSCALL, w.callback);
    vcpu[VCPU_CB_MASKS] = w.cb_masks;
    put(regs + R_RIP, w.rip);
    put(regs + R_CS, GUEST_CS64);
    put(regs + R_RFLAGS, w.flags);
    put(regs + R_RSP, w.sp);
    put(regs + R_RSP + 8, GUEST_SS);
    w.plain = !work && !pending && !(assist & ASSIST_IOPL);
}

static void same_registers(uint32_t but)
{
    for (unsigned i = 0; i < GPRS; i++)
        cr_assert(but >> i & 1 || out[i] == w.in[i], "register %u: %lx, was %lx", i, out[i],
                  w.in[i]);
}

/* C code goes on, and finds everything as SYSCALL left it. */
static void left_to(const char *where)
{
    uint64_t *saved = (uint64_t *)(vcpu + VCPU_REGS);

    cr_assert_eq(end, where);
    cr_assert_eq(out_sp, (uint64_t)&saved[RDX]);
    cr_assert(saved[RDX] == w.in[RDX] && saved[RSI] == w.in[RSI] && saved[RDI] == w.in[RDI]);
    cr_assert(vcpu[VCPU_IN_USER] == w.user && swaps % 2 == 0 && info[1] == w.mask);
    cr_assert(!swaps || base == 0x66UL << 12);
    cr_assert(faults || !memcmp(guest, w.page, sizeof(w.page)));
}

static void check_syscall(void)
{
    const uint64_t frame = (w.stack & ~15UL) - 56;
    const bool fits = w.plain && !vcpu[VCPU_AREAS_STALE] && w.callback && canonical(w.callback);

    if (!fits || !mapped(frame, 56)) {
        left_to(user_rest);
        same_registers(1u << RDI);
        cr_assert_eq(((uint64_t *)(vcpu + VCPU_REGS))[RDI], w.in[RDI]);
        return;
    }
    const uint64_t want[7] = {w.rip,
                              w.flags,
                              w.rip,
                              GUEST_CS64 | (uint64_t)w.mask << 32,
                              (w.flags & ~(uint64_t)(RFLAGS_IF | RFLAGS_IOPL)) |
                                  (w.mask ? 0 : RFLAGS_IF),
                              w.sp,
                              GUEST_SS};
    memcpy(w.page + (frame - (uint64_t)guest), want, sizeof(want));
    cr_assert(!end && !faults && swaps == 1 && base == 0x55UL << 12 && !vcpu[VCPU_IN_USER]);
    cr_assert_arr_eq(guest, w.page, sizeof(w.page));
    cr_assert_eq(info[1], w.cb_masks & MASK_SYSCALL ? 1 : w.mask);
    cr_assert(out[RCX] == w.callback && out_sp == frame);
    cr_assert_eq(out[R11], (w.flags & ~(uint64_t)(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM |
                                                  RFLAGS_AC)) |
                               RFLAGS_IF);
    same_registers(1u << RCX | 1u << R11);
}

/* struct iret_context */
struct context {
    uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

static void check_iret(const struct context *c)
{
    const uint64_t *frame = (uint64_t *)(vcpu + VCPU_REGS + R_RIP);
    const bool by_sysret = c->flags & IRET_IN_SYSCALL, to_user = (c->cs & 3) == 3;
    const uint64_t flags =
        (c->rflags & ~(uint64_t)(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP)) | RFLAGS_IF;

    if (!w.plain || !mapped(w.stack, sizeof(*c)) || (to_user && w.user_base == ~0UL) ||
        (by_sysret && ((uint16_t)c->cs != GUEST_CS64 || !canonical(c->rip)))) {
        left_to(hypercall_rest);
        same_registers(1u << RDI | 1u << RCX | 1u << R11);
        return;
    }
    cr_assert(!faults && swaps == to_user && vcpu[VCPU_IN_USER] == to_user);
    cr_assert_eq(base, to_user ? 0x66UL << 12 : 0);
    cr_assert(info[1] == !(c->rflags & RFLAGS_IF) && out[RAX] == c->rax);
    same_registers(1u << RAX | 1u << RCX | 1u << R11);
    if (by_sysret) {
        cr_assert(!end && out[RCX] == c->rip && out[R11] == flags && out_sp == c->rsp);
        return;
    }
    cr_assert(end == verw_iret && out_sp + 16 == (uint64_t)frame && out[RCX] == c->rcx &&
              out[R11] == c->r11);
    cr_assert(frame[0] == c->rip && frame[1] == (uint16_t)(c->cs | 3) && frame[2] == flags &&
              frame[3] == c->rsp && frame[4] == (uint16_t)(c->ss | 3));
}

static void start(void)
{
    static char signal_stack[65536];
    const stack_t alt = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
    struct sigaction sa = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    guest = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    guest += 4096;
    mprotect(guest, 4096, PROT_READ | PROT_WRITE);
    sigaltstack(&alt, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    sigaction(SIGILL, &sa, NULL);
    srandom(1);
}

Test(short_paths, a_system_call_is_delivered_or_left_to_c, .init = start)
{
    unsigned taken = 0;

    for (unsigned i = 0; i < CASES; i++) {
        set_up(true);
        run(w.in, short_syscall);
        cr_assert(!own_accesses, "the hypervisor's memory is no guest's stack");
        check_syscall();
        taken += !end;
    }
    cr_assert_gt(taken, CASES / 50, "%u", taken);
}

Test(short_paths, a_return_is_made_or_left_to_c, .init = start)
{
    unsigned taken[2] = {0, 0};

    for (unsigned i = 0; i < CASES; i++) {
        struct context c = {
            .rax = draw(), .r11 = draw(), .rcx = draw(), .rflags = draw(), .rsp = draw()};

        set_up(false);
        w.in[RAX] = HCALL_IRET;
        c.flags = PICK(0, IRET_IN_SYSCALL, IRET_IN_SYSCALL | 1, 0xff);
        c.rip = PICK(0x400000, 0x800000000000, draw());
        c.cs = PICK(GUEST_CS64, GUEST_CS64, GUEST_CS64 | 1UL << 32, GUEST_CS64 & ~3UL, GUEST_CS32,
                    0x23);
        c.ss = PICK(GUEST_SS, 0, GUEST_SS | 1 << 20);
        if (mapped(w.stack, sizeof(c)))
            memcpy(guest + (w.stack - (uint64_t)guest), &c, sizeof(c));
        memcpy(w.page, guest, sizeof(w.page));
        run(w.in, short_iret);
        cr_assert(!own_accesses, "the hypervisor's memory is no guest's stack");
        check_iret(&c);
        if (!end || end == verw_iret)
            taken[!end]++;
    }
    cr_assert(taken[0] > CASES / 50 && taken[1] > CASES / 300, "%u and %u", taken[0], taken[1]);
}

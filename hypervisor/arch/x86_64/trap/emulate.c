/* SPDX-License-Identifier: BSD-2-Clause */
/* Privileged instructions that PV kernels (and, for ports, their processes) may use. */
#include <hv/abi.h>
#include <hv/emul.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <asm/policy.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/pci.h>
#include <asm/vcpu.h>
#include <asm/trap.h>

/* struct regs' field of each register number, in the hardware's order. */
uint64_t *reg_ptr(struct regs *r, unsigned index)
{
    static const uint8_t offset[16] = {
        offsetof(struct regs, rax) / 8, offsetof(struct regs, rcx) / 8,
        offsetof(struct regs, rdx) / 8, offsetof(struct regs, rbx) / 8,
        offsetof(struct regs, rsp) / 8, offsetof(struct regs, rbp) / 8,
        offsetof(struct regs, rsi) / 8, offsetof(struct regs, rdi) / 8,
        offsetof(struct regs, r8) / 8,  offsetof(struct regs, r9) / 8,
        offsetof(struct regs, r10) / 8, offsetof(struct regs, r11) / 8,
        offsetof(struct regs, r12) / 8, offsetof(struct regs, r13) / 8,
        offsetof(struct regs, r14) / 8, offsetof(struct regs, r15) / 8};

    return (uint64_t *)r + offset[index & 15];
}

unsigned fetch_insn(struct vcpu *v, uint8_t buf[15])
{
    uint64_t rip = v->arch.regs.rip;
    unsigned to_page_end = (unsigned)(PAGE_SIZE - (rip & (PAGE_SIZE - 1)));

    if (!guest_read(buf, GVA(rip), 15))
        return 15;
    if (to_page_end < 15 && !guest_read(buf, GVA(rip), to_page_end))
        return to_page_end;
    return 0;
}

void insn_done(struct vcpu *v, unsigned len, uint64_t hits)
{
    struct regs *r = &v->arch.regs;

    r->rip += len;
    r->rflags &= ~(uint64_t)RFLAGS_RF;
    if (unlikely(hits | (r->rflags & RFLAGS_TF))) {
        v->arch.dr[6] |= hits | (r->rflags & RFLAGS_TF ? DR6_BS : 0);
        inject_trap(v, TRAP_DB, 0);
    }
}

/* By virtual IOPL: may v's present mode use all ports, CLI and STI? */
static bool iopl_allows(const struct vcpu *v)
{
    return v->arch.iopl >= (v->in_user ? 3 : 1);
}

/* Reads memory of the guest's kernel whatever mode it is in: a process' own table need not map
 * it. */
static int kernel_read(struct vcpu *v, void *dst, gva_t gva, size_t n)
{
    int err;

    if (!v->in_user)
        return guest_read(dst, gva, n);
    write_cr3(mfn_paddr(v->root[0]).a);
    err = guest_read(dst, gva, n);
    write_cr3(mfn_paddr(v->root[1]).a);
    return err;
}

static __attribute__((noinline)) bool bitmap_allows(struct vcpu *v, unsigned port, unsigned bytes)
{
    unsigned first = port / 8, last = (port + bytes - 1) / 8;
    uint16_t bits = 0;

    return port + bytes <= v->arch.iobitmap_ports &&
           !kernel_read(v, &bits, gva_add(v->arch.iobitmap_gva, first), last - first + 1) &&
           !(bits >> (port % 8) & ((1u << bytes) - 1));
}

/* May v's present mode touch these ports at all: by IOPL or the bitmap that its kernel gave? */
static bool io_mode_allows(struct vcpu *v, unsigned port, unsigned bytes)
{
    return iopl_allows(v) || bitmap_allows(v, port, bytes);
}

/* An access that the mode allows: who has the port gets it, the others an empty bus. */
#define CF8 0xcf8u
void guest_io(struct vcpu *v, unsigned port, unsigned bytes, bool in, uint32_t *val)
{
    struct domain *d = v->domain;

    if (port == CF8 && bytes == 4) {
        if (in)
            *val = d->arch.cf8;
        else
            d->arch.cf8 = *val;
        return;
    }
    if (d->privileged && port >= CF8 + 4 && port + bytes <= CF8 + 8) {
        if (in)
            *val = pci_cf8_read(d->arch.cf8, port & 3, bytes);
        else
            pci_cf8_write(d->arch.cf8, port & 3, bytes, *val);
        return;
    }
    if (!arch_ioport_allowed(d, port, bytes)) { /* kernels probe: they see an empty bus */
        if (in)
            *val = 0xffffffff >> (32 - 8 * bytes);
        return;
    }
    if (in)
        *val = port_in(port, bytes);
    else
        port_out(port, bytes, *val);
}

/* The breakpoints that an access to these ports hits, as bits of DR6; their lengths are 1, 2 and 4
 * ports, at multiples of them (SDM 3B 17.2.5). */
static __attribute__((noinline)) uint64_t port_breakpoints(const struct vcpu *v, unsigned port,
                                                           unsigned bytes)
{
    const uint64_t dr7 = v->arch.dr[7];
    uint64_t hits = 0;

    for (unsigned i = 0; (v->arch.cr4 & CR4_DE) && i < 4; i++) {
        uint64_t len = dr7 >> (18 + 4 * i) & 3, first = v->arch.dr[i] & ~len;

        if (dr7_on_ports(dr7, i) && port <= first + len && port + bytes > first)
            hits |= 1UL << i;
    }
    return hits;
}

static bool io_insn(struct vcpu *v, const struct insn *i, uint64_t *hits)
{
    struct regs *r = &v->arch.regs;
    bool in = !(i->op & 2);
    unsigned bytes = min((unsigned)i->bytes, 4u);
    unsigned port = i->op < 0xe8 ? (uint8_t)i->imm : (uint16_t)r->rdx;
    uint32_t val = (uint32_t)r->rax;

    if (bytes < 4)
        val &= (1u << 8 * bytes) - 1;
    if (port + bytes > 0x10000 || !io_mode_allows(v, port, bytes))
        return false;
    guest_io(v, port, bytes, in, &val);
    if (unlikely(v->arch.dr[7] & 0xff))
        *hits = port_breakpoints(v, port, bytes);
    if (in && bytes == 4)
        r->rax = val;
    else if (in)
        r->rax = (r->rax & ~((1UL << 8 * bytes) - 1)) | val;
    return true;
}

/* INS/OUTS: one element a time; with REP the instruction stays current until rcx is 0. */
static bool string_io(struct vcpu *v, struct insn *i, uint64_t *hits)
{
    struct regs *r = &v->arch.regs;
    bool in = !(i->op & 2), rep = i->rep || i->repne;
    unsigned bytes = min((unsigned)i->bytes, 4u), port = (uint16_t)r->rdx;
    uint64_t step = r->rflags & RFLAGS_DF ? -(uint64_t)bytes : bytes;
    uint32_t val = 0;

    if (rep && !r->rcx)
        return true;
    if (port + bytes > 0x10000 || i->addr32 || !io_mode_allows(v, port, bytes))
        return false;
    if (!in && guest_read(&val, GVA(r->rsi), bytes))
        return false;
    guest_io(v, port, bytes, in, &val);
    if (in && guest_write(GVA(r->rdi), &val, bytes))
        return false;
    if (unlikely(v->arch.dr[7] & 0xff))
        *hits = port_breakpoints(v, port, bytes);
    *(in ? &r->rdi : &r->rsi) += step;
    if (rep && --r->rcx)
        i->len = 0;
    return true;
}

static bool read_control(struct vcpu *v, const struct insn *i)
{
    uint64_t *reg = reg_ptr(&v->arch.regs, i->rm);

    switch (i->reg) {
    case 0:
        *reg = v->arch.cr0 | (v->arch.fpu_ts ? CR0_TS : 0);
        return true;
    case 2:
        *reg = v->info->arch.cr2;
        return true;
    case 3:
        *reg = mfn_paddr(v->cr3).a;
        return true;
    case 4:
        *reg = v->arch.cr4;
        return true;
    }
    return false;
}

static bool write_control(struct vcpu *v, const struct insn *i, bool *again)
{
    uint64_t val = *reg_ptr(&v->arch.regs, i->rm);

    switch (i->reg) {
    case 0:
        if ((val ^ v->arch.cr0) & ~CR0_TS & 0xe005003fUL)
            return false;
        op_fpu_taskswitch(v, !!(val & CR0_TS));
        return true;
    case 2:
        v->info->arch.cr2 = val;
        return true;
    case 3: { /* a new table may take long to check: the instruction runs again meanwhile */
        int err = ptype_switch_base(v, paddr_mfn(PADDR(val)), false);
        *again = err == -XEN_ERESTART;
        return !err || *again;
    }
    case 4: /* the hardware's DE stays on */
        v->arch.cr4 = policy_cr4(v->domain->arch.policy, val);
        load_guest_cr4(v);
        return true;
    }
    return false;
}

static bool msr_insn(struct vcpu *v, bool write)
{
    struct regs *r = &v->arch.regs;
    uint64_t val = (uint32_t)r->rax | r->rdx << 32;

    if (write)
        return guest_wrmsr(v, (uint32_t)r->rcx, val);
    if (!guest_rdmsr(v, (uint32_t)r->rcx, &val))
        return false;
    r->rax = (uint32_t)val;
    r->rdx = val >> 32;
    return true;
}

/* CR4.TSD is about processes: a kernel that set it for one (prctl PR_SET_TSC) goes on reading the
 * clock. */
static bool rdtsc_insn(struct vcpu *v, bool with_aux)
{
    const uint64_t now = rdtsc();

    v->arch.regs.rax = (uint32_t)now;
    v->arch.regs.rdx = now >> 32;
    if (with_aux)
        v->arch.regs.rcx = v->arch.tsc_aux;
    return true;
}

static bool set_xcr0(struct vcpu *v)
{
    struct regs *r = &v->arch.regs;
    uint64_t val = (uint32_t)r->rax | r->rdx << 32;

    if ((uint32_t)r->rcx || !policy_xcr0_valid(v->domain->arch.policy, val))
        return false;
    v->arch.xcr0 = val;
    this_pcpu()->xcr0 = val;
    __asm__ volatile("xsetbv" ::"a"((uint32_t)val), "d"((uint32_t)(val >> 32)), "c"(0));
    return true;
}

static void cpuid_insn(struct vcpu *v)
{
    struct regs *r = &v->arch.regs;
    uint32_t o[4];

    guest_cpuid(v, (uint32_t)r->rax, (uint32_t)r->rcx, o);
    r->rax = o[0];
    r->rbx = o[1];
    r->rcx = o[2];
    r->rdx = o[3];
}

static bool kernel_insn(struct vcpu *v, const struct insn *i, bool *again)
{
    switch (i->op) {
    case 0x101:
        return i->raw_modrm == 0xf9 ? rdtsc_insn(v, true) : i->raw_modrm == 0xd1 && set_xcr0(v);
    case 0x106:
        op_fpu_taskswitch(v, 0);
        return true;
    case 0x109: /* wbinvd: only for who has device memory; invd (0x108) would lose others' data */
        if (v->domain->privileged)
            arch_cache_flush();
        return true;
    case 0x120:
        return read_control(v, i);
    case 0x121: {
        long val = op_get_debugreg(v, i->reg);
        *reg_ptr(&v->arch.regs, i->rm) = (uint64_t)val;
        return i->reg < 8;
    }
    case 0x122:
        return write_control(v, i, again);
    case 0x123:
        return !op_set_debugreg(v, i->reg, *reg_ptr(&v->arch.regs, i->rm));
    case 0x130:
        return msr_insn(v, true);
    case 0x131:
        return rdtsc_insn(v, false);
    case 0x132:
        return msr_insn(v, false);
    case 0x1a2:
        cpuid_insn(v);
        return true;
    }
    return false;
}

bool emulate_privileged(struct vcpu *v)
{
    uint8_t code[15];
    unsigned n;
    struct insn i;
    uint64_t hits = 0;
    bool again = false, done;

    if (!runs_64bit(&v->arch.regs))
        return false;
    n = fetch_insn(v, code);
    if (!insn_decode(code, n, &i) || i.lock)
        return false;
    if ((i.op >= 0xe4 && i.op <= 0xe7) || (i.op >= 0xec && i.op <= 0xef))
        done = io_insn(v, &i, &hits);
    else if (i.op >= 0x6c && i.op <= 0x6f)
        done = string_io(v, &i, &hits);
    else if (i.op == 0xfa || i.op == 0xfb) /* cli, sti: no effect; events are masked in vcpu_info */
        done = iopl_allows(v);
    else
        done = !v->in_user && kernel_insn(v, &i, &again);
    if (done && !again)
        insn_done(v, i.len, hits);
    return done;
}

bool emulate_forced(struct vcpu *v)
{
    static const uint8_t forced[] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};
    uint8_t code[sizeof(forced)];

    if (guest_read(code, GVA(v->arch.regs.rip), sizeof(code)) || memcmp(code, forced, sizeof(code)))
        return false;
    cpuid_insn(v);
    insn_done(v, sizeof(code), 0);
    return true;
}

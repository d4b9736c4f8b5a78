/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot order, as one list of calls. */
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/kexec.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/boot.h>
#include <asm/efi.h>
#include <asm/irq.h>
#include <asm/spec.h>
#include <asm/time.h>
#include <asm/trap.h>
#include <asm/uart.h>
#include <asm/ucode.h>
#include <asm/vcpu.h>
#include <asm/vga.h>

/* A boot loader's command line; all but GRUB 2 put the file's name first. */
__init const char *skip_file_name(const char *text)
{
    if (!strncmp(boot_info.loader, "GRUB 2", 6))
        return text;
    while (*text == ' ')
        text++;
    while (*text && *text != ' ')
        text++;
    while (*text == ' ')
        text++;
    return text;
}

static __init void create_idle_vcpus(void)
{
    for (unsigned i = 0; i < arch_cpu_count(); i++)
        CHECK(sched_init_cpu(i) == 0);
}

static _Atomic bool boot_done; /* application processors may take part */

/* What runs once dom0 is ready and boot code may vanish. */
static void enter_idle(void)
{
    atomic_store(&boot_done, true);
    for (unsigned i = 1; i < arch_cpu_count(); i++)
        arch_ipi_resched(i);
    memory_release_init();
    domain_unpause(dom0);
    idle_loop();
}

__init void boot_main(uint32_t magic, uint32_t info)
{
    multiboot_parse(magic, info);
    cmdline_parse(skip_file_name(boot_info.cmdline));
    screen_init();
    if (cmdline.console_serial)
        uart_init(cmdline.com1_port, cmdline.com1_baud);
    console_start(hv_version);
    log_info("Hospes: booted by %s\n", boot_info.loader);
    ucode_boot();
    spec_init();
    cpu_setup_boot();
    memory_init();
    spec_init_l1tf();
    domain_table_init();
    domain_room_init();
    memory_share_m2p();
    calls_init();
    efi_init(boot_info.efi_system);
    acpi_init(boot_info.rsdp.a ? boot_info.rsdp : efi.rsdp);
    lapic_init();
    irq_init();
    time_init();
    smp_init_boot_cpu();
    sched_init();
    smp_init();
    kexec_init();
    create_idle_vcpus();
    uart_enable_interrupt();
    build_dom0();
    memory_release_boot();
    memory_protect();
    log_info("Hospes: %lu ms from entry to dom0\n", arch_now() / MILLISECS(1));
    if (!cmdline.vga_keep)
        vga_stop();
    run_on_stack(enter_idle, this_pcpu()->stack_top);
}

void ap_main(unsigned cpu)
{
    ucode_boot_ap();
    cpu_setup(pcpus[cpu]);
    smp_ap_init(cpu);
    while (!atomic_load(&boot_done))
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    write_cr3(read_cr3()); /* the boot processor has changed the hypervisor's mappings */
    run_on_stack(idle_loop, pcpus[cpu]->stack_top);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Bring-up of vCPU 0. */
#include <front/boot.h>
#include <front/trap.h>
#include <xen/sched.h>

char boot_stack[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static char shared_slot[PAGE_SIZE] aligned_page; /* its page gives way to the shared info */

void boot_main(struct start_info *si)
{
    boot_info = si;
    boot_shared = (struct shared_info *)shared_slot;
    if (boot_map_mfn(shared_slot, si->shared_info >> PAGE_SHIFT)) {
        boot_printf("cannot map the shared info page\n");
        boot_shutdown(SHUTDOWN_crash);
    }
    trap_init();
    kernel_main();
}

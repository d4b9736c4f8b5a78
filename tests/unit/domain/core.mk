# SPDX-License-Identifier: BSD-2-Clause
# Every room of the core with the world of this folder: for this test and its neighbour hcall.
HV       := ../../../hypervisor
WORLD_SRCS := ../domain/world.c $(patsubst %,../../audit/%.c,frame ptype evtchn grant) $(HV)/arch/host/host.c $(HV)/arch/host/tlb.c \
	$(sort $(wildcard $(patsubst %,$(HV)/core/%/*.c,frame ptype evtchn grant sched domain hcall kexec))) \
	$(patsubst %,$(HV)/core/lib/%.c,cmdline console continue log page panic printf registry)
CPPFLAGS := -I$(HV)/include -I$(HV)/arch/host/include -I$(HV)/arch/host -I../domain
LDFLAGS  := -Wl,--wrap=hv_alloc,--wrap=hv_alloc_pages,--wrap=frame_alloc,--wrap=arch_vcpu_set_context,--wrap=arch_quiesce

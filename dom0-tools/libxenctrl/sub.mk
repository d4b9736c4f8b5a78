# SPDX-License-Identifier: BSD-2-Clause
# libxenctrl- and libxencall-compatible calls on /dev/xen/privcmd.
LIB_SRCS += $(addprefix libxenctrl/,call.c handle.c hbuf.c op.c domain.c dominfo.c vcpu.c memory.c \
            mmu.c map.c frames.c grant.c evtchn.c host.c hypfs.c sched.c cpumap.c logdirty.c)

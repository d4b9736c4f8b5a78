# SPDX-License-Identifier: BSD-2-Clause
# The domain builder: the pure planner shared with the hypervisor, and its placing through Xen.
CORE_BUILD := $(addprefix ../hypervisor/core/build/,bzimage.c elf.c elfnote.c error.c plan.c table.c \
              start_info.c unpack.c unpack_lz4.c)
LIB_SRCS   += $(CORE_BUILD) lib/fail.c $(addprefix build/,image.c cache.c populate.c place.c start.c \
              dombuild.c dommove.c guest_xc.c guest_xc_vcpu.c apart.c)
LIB_LIBS   += -llzma -lzstd -lz
CPPFLAGS_build/image.c := -I$(TOP)/hypervisor

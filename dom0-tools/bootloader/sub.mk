# SPDX-License-Identifier: BSD-2-Clause
# The boot loader: in the library for xm and xend, as pygrub for others, and the confinement that is
# loaded into GRUB's reader of file systems.
LIB_SRCS += $(addprefix bootloader/,menu.c grub1.c grub2.c grub2_words.c grub2_entries.c syslinux.c confine.c child.c image.c \
            menu_read.c entries.c chooser.c choose_screen.c choose.c boot.c unpacked.c options.c output.c)
CPPFLAGS_bootloader/unpacked.c := -I$(TOP)/hypervisor
LIB_LIBS += -lseccomp

PROGS       += pygrub
pygrub_SRCS := bootloader/main.c
pygrub_LIBS := -lncurses -ltinfo
LIBS        += hospes-bootfs.so
hospes-bootfs.so_SRCS := bootloader/confine.c bootloader/shim.c
hospes-bootfs.so_LIBS := -lseccomp

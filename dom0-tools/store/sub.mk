# SPDX-License-Identifier: BSD-2-Clause
# The store: its daemon, and one program that is all xenstore-* commands.
PROGS += xenstored
xenstored_SRCS := $(addprefix store/,main.c sock.c domain.c ring.c conn.c wire.c \
                  control.c nodeops.c txn.c watch.c db.c tree.c node.c perm.c path.c quota.c)

PROGS += xenstore
xenstore_SRCS  := $(addprefix store/,tool_main.c tool_ops.c tool_ls.c tool_text.c)
xenstore_LINKS := $(addprefix xenstore-,read write ls list rm exists watch chmod control)
MANS += $(OUT)/man/man1/xenstore.1 $(xenstore_LINKS:%=$(OUT)/man/man1/%.1)
$(OUT)/man/man1/xenstore.1: man/xenstore.1
	@mkdir -p $(@D)
	@cp $< $@
$(xenstore_LINKS:%=$(OUT)/man/man1/%.1): $(OUT)/man/man1/xenstore.1
	@echo '.so man1/xenstore.1' >$@

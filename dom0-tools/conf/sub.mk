# SPDX-License-Identifier: BSD-2-Clause
# The config language: text to values, checked against one table; disk, NIC and CPU specs.
include conf/sources.mk
LIB_SRCS += $(addprefix conf/,$(CONF_SRCS))

# xm.cfg(5) with the keys out of the schema; xl.cfg(5) is the same page.
MANS += $(OUT)/man/man5/xm.cfg.5 $(OUT)/man/man5/xl.cfg.5
$(OUT)/man/keys: conf/keys.c $(OUT)/libhospes.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ $^
$(OUT)/man/man5/xm.cfg.5: conf/xm.cfg.5.in $(OUT)/man/keys
	@mkdir -p $(@D)
	@$(OUT)/man/keys >$@.keys
	@sed -e '/^@KEYS@$$/{r $@.keys' -e 'd}' $< >$@.new
	@rm $@.keys && mv $@.new $@
$(OUT)/man/man5/xl.cfg.5: $(OUT)/man/man5/xm.cfg.5
	@echo '.so man5/xm.cfg.5' >$@

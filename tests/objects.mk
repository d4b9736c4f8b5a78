# SPDX-License-Identifier: BSD-2-Clause
# The objects of one test program, OBJS: SRCS (relative to its folder) compiled into $(OUT), again
# whenever a source, a header that it includes or a makefile changes.
object = $(OUT)/$(subst /,_,$(subst ../,,$(1:.c=.o)))
OBJS  := $(foreach s,$(SRCS),$(call object,$(s)))

define compile
$(call object,$(1)): $(1) $(MAKEFILE_LIST)
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) -MMD -MP -c -o $$@ $$<
endef
$(foreach s,$(SRCS),$(eval $(call compile,$(s))))
-include $(OBJS:.o=.d)

# SPDX-License-Identifier: BSD-2-Clause
# Manual pages and completions out of the programs' own help, which is printed from the tables that
# parse their options.
MANS += $(addprefix $(OUT)/man/,man1/xm.1 man1/xl.1 man1/xentop.1 man8/xend.8 man8/xenstored.8 \
        man8/xenconsoled.8 man8/hospes-blk.8 man8/hospes-net.8 man8/hospes-fb.8 man8/hospes-http.8 man1/pygrub.1 \
        man1/xenconsole.1)
COMPLETIONS := $(addprefix $(OUT)/,bash-completion/completions/xm bash-completion/completions/xl \
               zsh/site-functions/_xm zsh/site-functions/_xl)
DATA += $(COMPLETIONS)

$(OUT)/man/man1/%.1: man/%.1.in man/verbs man/roff.awk $(OUT)/xm $(OUT)/xl
	@mkdir -p $(@D)
	@man/verbs man $(OUT)/$* >$@.verbs
	@sed -e '/^@VERBS@$$/{r $@.verbs' -e 'd}' $< >$@.new
	@rm $@.verbs && mv $@.new $@
$(OUT)/man/man1/xentop.1: $(OUT)/man/man1/xm.1
	@echo '.so man1/xm.1' >$@
# The page of a program whose options are all that its help has.
$(OUT)/man/man1/pygrub.1 $(OUT)/man/man1/xenconsole.1: $(OUT)/man/man1/%.1: man/%.1.in man/roff.awk $(OUT)/%
	@mkdir -p $(@D)
	@$(OUT)/$* --help | awk -f man/roff.awk >$@.options
	@sed -e '/^@OPTIONS@$$/{r $@.options' -e 'd}' $< >$@.new
	@rm $@.options && mv $@.new $@
$(OUT)/man/man8/%.8: man/%.8.in man/roff.awk $(OUT)/%
	@mkdir -p $(@D)
	@$(OUT)/$* --help | awk -f man/roff.awk >$@.options
	@sed -e '/^@OPTIONS@$$/{r $@.options' -e 'd}' $< >$@.new
	@rm $@.options && mv $@.new $@
$(OUT)/man/man8/hospes-%.8: man/hospes-%.8
	@mkdir -p $(@D)
	@cp $< $@
$(OUT)/bash-completion/completions/%: man/verbs $(OUT)/xm $(OUT)/xl
	@mkdir -p $(@D)
	@man/verbs bash $(OUT)/$* >$@.new && mv $@.new $@
$(OUT)/zsh/site-functions/_%: man/verbs $(OUT)/xm $(OUT)/xl
	@mkdir -p $(@D)
	@man/verbs zsh $(OUT)/$* >$@.new && mv $@.new $@

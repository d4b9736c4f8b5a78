# SPDX-License-Identifier: BSD-2-Clause
# hospes-http: what xend --http shows.  The TLS of libmicrohttpd is not used; its library must be there
# for the linker, and has no static form in Debian.
PROGS            += hospes-http
hospes-http_SRCS := $(wildcard http/*.c) $(addprefix xm/,top_measure.c counters.c events.c format.c json.c)
hospes-http_LIBS := -lmicrohttpd -Wl,-Bdynamic -lgnutls -Wl,-Bstatic

CPPFLAGS_http/page.c := -I$(OUT)/http
$(OUT)/obj/http/page.o: $(OUT)/http/page.inc
$(OUT)/http/page.inc: http/make-page $(wildcard http/page/*)
	@http/make-page $@

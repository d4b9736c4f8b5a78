# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # work is run's
# Unit tests: an assertion that fails when a test is over fails its program (tests/unit/judge).
unit_that_ends() { # CONDITION
    printf '%s\n' '#include <criterion/criterion.h>' "static void end(void) { cr_assert($1); }" \
        'TestSuite(s, .fini = end);' 'Test(s, t) {}' >"$work/ending.c"
    "${CC:-gcc}" -o "$work/ending" "$work/ending.c" -lcriterion && tests/unit/judge "$work/ending" --jobs 1
}
ok "unit: a test that ends well has passed" unit_that_ends 1
ok "unit: one that fails at its end has not" refused 1 'at the end of a test' unit_that_ends 0
ok "unit: each program is run so" test "$(grep -c '^	$(TOP)/tests/unit/judge $(OUT)/test' tests/unit/unit.mk)" = 1

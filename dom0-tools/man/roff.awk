# SPDX-License-Identifier: BSD-2-Clause
# Turns what a program prints for --help into roff: option lines ("  -D, --daemonise   text") into
# .TP paragraphs; other lines are left out.
function quoted(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); gsub(/'/, "\\(aq", s); return s }
match($0, /^ *-[-a-zA-Z]/) {
    line = $0
    sub(/^ */, "", line)
    split_at = match(line, /  +/)
    if (split_at) {
        form = substr(line, 1, split_at - 1)
        text = substr(line, split_at + RLENGTH)
    } else {
        form = line
        text = ""
    }
    print ".TP"
    print ".B " quoted(form)
    print quoted(text)
}

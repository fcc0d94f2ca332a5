# Rewrites a source file so that each check marked "// check: NAME" can be taken out while the program runs: the
# statement after the mark is skipped, or succeeds without looking, where the environment's PATCHED_OUT is NAME.
# For copies that are built to be attacked; never for what is shipped.
use strict;
use warnings;
local $/;
my ($source, $names) = (scalar <STDIN>, 0);
my $balanced = qr/(\((?:[^()]++|(?-1))*+\))/;
my $mark = qr{//\ check:\ ([a-z-]+)[^\n]*\n(?:\s*//[^\n]*\n)*\s*}x;
$names++ while $source =~ /$mark/g;
my $done = 0;
$source =~ s{($mark)if\s*$balanced}{$done++; "$1if (!patched_out(\"$2\") && $3)"}ge;
$source =~ s{($mark)const\ Status\ (\w+)\s*=\s*}{$done++; "$1const Status $3 = patched_out(\"$2\") ? Status() : "}gex;
die "a check's mark is not followed by `if (…)` or `const Status NAME =`\n" if $done != $names;
my $header = $done ? <<'CPP' : '';
#ifndef PATCHED_OUT
#define PATCHED_OUT
#include <cstdlib>
#include <cstring>
inline bool patched_out(const char* check) {
  const char* const wanted = std::getenv("PATCHED_OUT");
  return wanted != nullptr && std::strcmp(wanted, check) == 0;
}
#endif
CPP
print $header, $source;

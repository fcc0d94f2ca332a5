# Generations made by hand, for what the guard does alone; to be sourced. Each shows one file of each of two hierarchies, a library
# directory and a directory of programs, with its name as content.
state=/var/lib/interlude
guard=/usr/libexec/interlude/interlude-guard
library=usr/lib/x86_64-linux-gnu/interlude-test
program=usr/sbin/interlude-test

make_generations() { # NAME…
  local generation layer
  mkdir -p "/$library" $state/generations/baseline /etc/interlude
  [ -e $state/active ] || ln -s generations/baseline $state/active
  echo baseline >"/$library/file"; echo baseline >"/$program"
  for generation in "$@"; do
    layer=$state/generations/$generation/layer
    mkdir -p "$layer/$library" "$layer/usr/sbin"
    echo "$generation" >"$layer/$library/file"; echo "$generation" >"$layer/$program"
    printf 'usr/lib/x86_64-linux-gnu\nusr/sbin\n' >"$state/generations/$generation/hierarchies"
  done
}
turn_on() { ln -sfn "generations/$1" $state/active.new; mv -T $state/active.new $state/active; $guard settle; }
# shows NAME: both hierarchies do
shows() {
  equal "$(cat "/$library/file")" "$1" "/$library/file"
  equal "$(cat "/$program")" "$1" "/$program"
}

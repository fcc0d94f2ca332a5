# readers_device ROOT: makes ROOT a device with a baseline and the generations a and b in one hierarchy, usr/lib/readers, each
# file with the name of its generation as content. To be sourced, on the host and inside.
readers_device() {
  local root=$1 generation folder file
  mkdir -p "$root"/{run,etc/interlude,usr/lib/readers/deep} "$root/var/lib/interlude/generations/baseline"
  for generation in a b; do
    folder=$root/var/lib/interlude/generations/$generation
    mkdir -p "$folder/layer/usr/lib/readers/deep"
    echo usr/lib/readers >"$folder/hierarchies"
  done
  for file in one two deep/three; do
    printf baseline >"$root/usr/lib/readers/$file"
    for generation in a b; do printf %s "$generation" >"$root/var/lib/interlude/generations/$generation/layer/usr/lib/readers/$file"; done
  done
  ln -sfn generations/baseline "$root/var/lib/interlude/active"
}

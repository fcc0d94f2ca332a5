# Turns the lines of run.sh (peer, file, new size, patch size, "user system memory" of create and apply) into two tables:
# patch sizes by file, and means and costs by peer.

BEGIN { count = split(peers, peer, " ") }

{
  if (!($2 in size)) { order[++files] = $2; size[$2] = $3 }
  patch[$1, $2] = $4
  split($5, cost, " ")
  create[$1] += cost[1] + cost[2]; if (cost[3] > create_memory[$1]) create_memory[$1] = cost[3]
  apply[$1] += cost[4] + cost[5]; if (cost[6] > apply_memory[$1]) apply_memory[$1] = cost[6]
  logs[$1] += log($4); sum[$1] += $4
}

END {
  printf "%-32s %11s", "patch bytes", "new size"
  for (i = 1; i <= count; ++i) printf " %10s", peer[i]
  print ""
  for (f = 1; f <= files; ++f) {
    printf "%-32s %11d", order[f], size[order[f]]
    total += size[order[f]]
    for (i = 1; i <= count; ++i) printf " %10d", patch[peer[i], order[f]]
    print ""
  }
  printf "%-32s %11d", "sum", total
  for (i = 1; i <= count; ++i) printf " %10d", sum[peer[i]]
  printf "\n%-32s %11s", "geometric mean", ""
  for (i = 1; i <= count; ++i) printf " %10.0f", exp(logs[peer[i]] / files)
  printf "\n%-32s %11s", "create: CPU seconds", ""
  for (i = 1; i <= count; ++i) printf " %10.2f", create[peer[i]]
  printf "\n%-32s %11s", "create: largest memory, MiB", ""
  for (i = 1; i <= count; ++i) printf " %10.0f", create_memory[peer[i]] / 1024
  printf "\n%-32s %11s", "apply: CPU seconds", ""
  for (i = 1; i <= count; ++i) printf " %10.2f", apply[peer[i]]
  printf "\n%-32s %11s", "apply: largest memory, MiB", ""
  for (i = 1; i <= count; ++i) printf " %10.0f", apply_memory[peer[i]] / 1024
  print ""
}

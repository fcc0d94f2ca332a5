#!/bin/bash
source ./lib.sh
source ./device.sh
serve_repository
run provision
quick
systemctl restart interlude-agent
eventually 240 sh -c "[ \"\$($interlude status --json | jq -r .state)\" = committed ]"
eventually 60 sh -c '! pgrep -f "^/usr/bin/interlude agent --once"'

check "what is resident between polls stays below 10 MiB"
total=0
for pid in $(pgrep -f '^/usr/(bin/interlude|libexec/interlude)'); do
  rss=$(awk '/^Rss:/ { print $2 }' "/proc/$pid/smaps_rollup"); pss=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
  echo "   $(tr '\0' ' ' <"/proc/$pid/cmdline"): RSS $rss KiB, PSS $pss KiB"
  total=$((total + rss))
done
[ "$total" -gt 0 ] || die "nothing is resident"
[ "$total" -lt 10240 ] || die "$total KiB are resident"

check "how often it wakes up: system calls of the resident agent over two polls"
# Two polls, a minute apart. With a file "ten-minutes" beside this: so long, with polls every five.
if [ -e ten-minutes ]; then
  sed -i 's/^interval_minutes.*/interval_minutes = 5/' /etc/interlude/agent.d/test.toml
  run "$interlude" agent --once
  systemctl restart interlude-agent
  eventually 60 pgrep -f "^/usr/bin/interlude agent --once"
  eventually 60 sh -c '! pgrep -f "^/usr/bin/interlude agent --once"'
fi
agent=$(main_pid interlude-agent)
timeout $((700 * $(patience))) strace -f -C -p "$agent" -e trace=execve,clone,?clone3,?fork,?vfork,poll,ppoll,epoll_wait,epoll_pwait,select,pselect6,clock_nanosleep,nanosleep,wait4,waitid -o /tmp/trace & tracer=$!
[ ! -e ten-minutes ] || sleep 600
eventually 240 sh -c "[ \"\$(grep -c 'execve(.*--once' /tmp/trace)\" -ge 2 ]"
kill "$tracer" 2>/dev/null || true; wait "$tracer" 2>/dev/null || true
[ ! -e ten-minutes ] || sed -n '/^% time/,$s/^/   /p' /tmp/trace
# From the end of one poll to the start of the next: the waits of the resident process itself that ended
awk -v pid="$agent" '$1 != pid { next } /wait4\(|<... wait4 resumed/ { rests = 1; polls++; next } /execve|clone|fork/ { rests = 0 }
  rests && !/unfinished/ && / = [0-9]/ { print; if (++calls[polls] > most) most = calls[polls] }
  END { printf "%d\n", most }' /tmp/trace >/tmp/waits
sed 's/^/   /' /tmp/waits
[ "$(tail -n 1 /tmp/waits)" -le 1 ] || die "more than the time to poll woke it up"

#!/usr/bin/env python3
"""Reads and replays a block log in the dm-log-writes format, as qemu's blklogwrites driver writes it.

  crash_log.py count LOG     how many entries are in the log so far
  crash_log.py replay FOLDER OPTIONS MOST SEEDS CHECK
      FOLDER holds base (the disk before), disk (after), log, and acks (lines "NAME ENTRIES": what was acknowledged when).
      For at most MOST prefixes of the log, those that end with a flush first, makes the disk as a power cut there leaves it,
      and SEEDS further ones on which a random half of the writes since the last flush is lost; mounts each on $CRASH_MNT with
      OPTIONS, writes the names acknowledged before that point to $CRASH_ACKED and runs CHECK. Exit code 1 if one failed.
"""
import os
import random
import struct
import subprocess
import sys
import time

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


def harness_failed(why):
    print(f"crash_log.py: {why}", file=sys.stderr)
    sys.exit(125)


class Log:
    def __init__(self, path):
        self.file = open(path, "rb")
        magic, version, _, self.size = struct.unpack("<QQQI", self.file.read(28))
        if magic != MAGIC or version != 1:
            harness_failed(f"{path}: not a block log")
        self.entries = []  # (sector, sectors, flags, offset of the data in the log)
        end = os.fstat(self.file.fileno()).st_size
        position = self.size
        while position + 32 <= end:
            self.file.seek(position)
            raw = self.file.read(32)
            if not any(raw):
                break
            sector, count, flags, extra = struct.unpack("<QQQQ", raw)
            position += self.size
            self.entries.append((sector, count, flags, position))
            if not flags & DISCARD:
                position += count * self.size
            if flags & MARK:
                position += (extra + self.size - 1) // self.size * self.size

    def write(self, image, indices):
        """Writes these entries, in this order, into the image file."""
        with open(image, "r+b", buffering=0) as out:
            for index in indices:
                sector, count, flags, position = self.entries[index]
                if not count:
                    continue
                self.file.seek(position)
                data = bytes(count * self.size) if flags & DISCARD else self.file.read(count * self.size)
                os.pwrite(out.fileno(), data, sector * self.size)

    def flushed(self, n):
        """The end of the last flush before entry n"""
        return max((i + 1 for i in range(n) if self.entries[i][2] & FLUSH), default=0)

    def points(self, most):
        n = len(self.entries)
        keep = {0, n}
        after = [i + 1 for i in range(n) if self.entries[i][2] & (FLUSH | FUA)]
        between = sorted(set(range(n + 1)) - set(after))
        for group in (after, between):
            room = most - len(keep)
            if room <= 0:
                break
            keep.update(group[:: max(1, -(-len(group) // room))])
        return sorted(keep)


def copy(source, target):
    subprocess.run(["cp", "--reflink=auto", "--sparse=always", source, target], check=True)


class Replay:
    def __init__(self, folder, options, check):
        self.folder, self.options, self.check = folder, options, check
        self.log = Log(f"{folder}/log")
        self.mounted, self.acknowledged = os.environ["CRASH_MNT"], os.environ["CRASH_ACKED"]
        with open(f"{folder}/acks") as file:
            self.acks = [(name, int(at)) for name, at in (line.split() for line in file)]
        self.tried = self.bad = 0

    def unmount(self):
        for _ in range(50):
            if subprocess.run(["umount", self.mounted], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        harness_failed("the check left something open on the disk")

    def attempt(self, point, what, source, kept=()):
        """Mounts a copy of the disk SOURCE, with the entries KEPT written to it, as after the cut, and runs the check. Each disk is a
        file of its own: who still has an older one attached or mounted has that one."""
        trial = f"{self.folder}/try-{self.tried}"
        copy(source, trial)
        self.log.write(trial, kept)
        names = [name for name, at in self.acks if at <= point]
        with open(self.acknowledged, "w") as file:
            file.writelines(name + "\n" for name in names)
        self.tried += 1
        said = subprocess.run(["mount", "-o", self.options, trial, self.mounted], capture_output=True, text=True)
        code = "mount"
        if said.returncode == 0:
            said = subprocess.run([self.check], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  stdin=subprocess.DEVNULL)
            code = said.returncode
            self.unmount()
        os.unlink(trial)
        if code == 0:
            return
        self.bad += 1
        last = ((said.stdout or "") + (said.stderr or "")).strip().splitlines()[-3:]
        print(f"point {point} ({what}), acknowledged: {names[-1] if names else '-'}: check {code}: {' | '.join(last)}", flush=True)

    def run(self, most, seeds):
        base, now, safe = (f"{self.folder}/{name}" for name in ("base", "now", "safe"))
        copy(base, now)
        self.log.write(now, range(len(self.log.entries)))
        if subprocess.run(["cmp", "-s", now, f"{self.folder}/disk"]).returncode != 0:
            harness_failed("the recording is not whole: its replay differs from the disk")
        copy(base, now)
        copy(base, safe)
        at = flushed_at = 0
        for point in self.log.points(most):
            self.log.write(now, range(at, point))
            at = point
            self.attempt(point, "all writes so far", now)
            flushed = self.log.flushed(point)
            if flushed == point:
                continue
            self.log.write(safe, range(flushed_at, flushed))
            flushed_at = flushed
            for seed in range(1, seeds + 1):
                chance = random.Random(seed)
                unsure = [i for i in range(flushed, point) if self.log.entries[i][1]]
                kept = [i for i in unsure if self.log.entries[i][2] & FUA or chance.random() < 0.5]
                chance.shuffle(kept)
                self.attempt(point, f"seed {seed}: {len(kept)} of {len(unsure)} unflushed writes kept", safe, kept)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "count":
        print(len(Log(sys.argv[2]).entries))
    elif len(sys.argv) == 7 and sys.argv[1] == "replay":
        replay = Replay(sys.argv[2], sys.argv[3], sys.argv[6])
        began = time.monotonic()
        replay.run(int(sys.argv[4]), int(sys.argv[5]))
        print(f"{len(replay.log.entries)} writes and flushes recorded; {replay.tried} crashed disks tried in "
              f"{time.monotonic() - began:.1f} s; {replay.bad} failed")
        if replay.tried < 3:
            harness_failed("nothing was recorded")
        sys.exit(1 if replay.bad else 0)
    else:
        sys.exit(__doc__)


main()

# Three loads at once, for tests that change the kernel below them: "storm.sh BUSYBOX BLOCKED TASKS FILES LINES STOP THREADS…".
#   - BLOCKED (blocked.c) with so many tasks and open files, until the file STOP is there;
#   - a pipeline of 20 stages through sha256sum, over so many lines, again and again;
#   - the programs THREADS, one after another, again and again.
# What it prints does not depend on how often: each checksum and each output must be the first one's.
busybox=$1 blocked=$2 tasks=$3 files=$4 lines=$5 stop=$6
shift 6

c() { "$busybox" cat; }
pipeline() {
  "$busybox" cat data | c | c | c | c | c | c | c | c | c | c | c | c | c | c | c | c | c | c | "$busybox" sha256sum
}

"$busybox" seq 1 "$lines" >data
expected=$("$busybox" sha256sum <data)
echo "checksum $expected"

"$blocked" "$tasks" "$files" 20 "$stop" >blocked.out &
(
  rounds=0
  while :; do
    sum=$(pipeline)
    [ "$sum" = "$expected" ] || echo "wrong checksum $sum"
    rounds=$((rounds + 1))
    [ ! -e "$stop" ] || break
  done
  echo $rounds >pipelines
) &
(
  for program; do "$program"; done >threads.first
  echo "threads $("$busybox" cat threads.first)"
  rounds=1
  while [ ! -e "$stop" ]; do
    for program; do "$program"; done >threads.out
    "$busybox" cmp threads.first threads.out || echo "the threads' output differs"
    rounds=$((rounds + 1))
  done
  echo $rounds >threads
) &
wait
"$busybox" cat blocked.out

# Arithmetic, conditions and text in a shell: loop.sh ROUNDS. BusyBox's sh and bash run it.
i=0 sum=0 odd=0 text=
collatz() {
  n=$1
  while [ "$n" -gt 1 ]; do
    if [ $((n & 1)) = 1 ]; then n=$((3 * n + 1)); else n=$((n / 2)); fi
    steps=$((steps + 1))
  done
}
steps=0
while [ "$i" -lt "$1" ]; do
  i=$((i + 1))
  sum=$(((sum * 31 + i) % 1000003))
  case $sum in *[13579]) odd=$((odd + 1)) ;; esac
  text=${text#????}$sum
  [ $((i % 64)) != 0 ] || collatz $((i / 64 + 1))
  [ ${#text} -lt 200 ] || text=
done
echo "$sum $odd $steps ${#text}"

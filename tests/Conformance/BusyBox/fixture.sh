# Lays out the folder that every command line of applets.txt starts in. Run once by BusyBoxFixture, natively, then copied.
set -eu
umask 022
b=busybox
printf 'one\ntwo\nthree\nfour\nfive\n' > a.txt
printf 'one\n2\nthree\n\nfour\nFive \nsix\n' > b.txt
printf 'banana\napple\ncherry\nfig\ndate\nApple\nelderberry\na.b\n' > words.txt
printf 'x 10\ny 9\nz -3\nw 100\nv 2.5\n' > numbers.txt
printf 'name,count,color\nbolt,12,red\nnut,7,blue\nscrew,30,red\nwasher,7,green\n' > table.csv
printf '1 a\n2 b\n3 c d\n' > pairs.txt
printf 'a\tb\tc\n\tindented\nx  \ty\001\177\n' > tabs.txt
printf 'a       b   c\n        d       e\n    f\n' > spaces.txt
printf 'line one\r\nline two\r\n\r\nend\r\n' > crlf.txt
printf 'a\na\nb\nc\nc\nc\nA x\na x\nb x\n' > dups.txt
printf '1K\n5\n2M\n100\n1G\n' > sizes.txt
printf 'Mar\nJan\nDec\nfeb\n' > months.txt
printf 'v1.10\nv1.9\nv1.2b\nv2\n' > versions.txt
printf 'apple\nfig\n' > patterns.txt
printf 'y\n' > yes.txt
printf 'a.txt\ndir\ndir/one\nlink\n' > names.txt
printf 'scale=10\n4*a(1)\ne(1)\ns(1)\nl(10)\nsqrt(2)\n' > calcl.bc
printf '2+3*4\nscale=20\n10/3\n2^100\ndefine f(n){if(n<2)return(1);return(n*f(n-1));}\nf(30)\nobase=16\n255\nquit\n' > calc.bc
printf '5 3 - p 2 8 ^ p 1 0 /\n10 k 1 3 / p\n' > calc.dc
printf 'a\nnew line\n.\n1,2p\ng/e/s//E/g\n,p\nw out.txt\nq\n' > ed.script
printf '#!/bin/sh\necho "script $# $1"\nfor i in "$@"; do echo "<$i>"; done\nexit 5\n' > script.sh
chmod 755 script.sh
printf -- '--- a.txt\n+++ a.txt\n@@ -1,5 +1,5 @@\n one\n-two\n+TWO\n three\n-four\n five\n+six\n' > change.patch
printf '48656c6c6f0a00ff\n' > hex.txt
: > empty
i=0
while [ $i -lt 256 ]; do
  printf "\\$(printf %03o $i)"
  i=$((i + 1))
done > binary.bin
printf '\000\000\000\000\000\000\370\077\000\000\000\000\000\000\004\300\000\000\200\077\333\017\111\100' > floats.bin
$b seq 1 3000 | $b sed 's/.*/line & of a long text with some words in it/' > long.txt
$b base64 a.txt > base64.txt
$b uuencode a.txt a.copy > text.uu
mkdir -p dir/sub d2 emptydir nest/a/b inside
echo one > dir/one; echo two > dir/two; echo three > dir/sub/three
echo one > d2/one; echo 2 > d2/two; echo new > d2/new
ln -s a.txt link
ln -s nowhere dangling
echo inside one > inside/one.txt; echo inside two > inside/two.txt; ln -s one.txt inside/soft; chmod 750 inside
find inside -exec touch -h -d '2001-02-03 04:05:06 UTC' {} +
$b tar cf archive.tar inside
printf 'inside\ninside/one.txt\ninside/two.txt\ninside/soft\n' | $b cpio -o -H newc > archive.cpio 2>/dev/null
rm -r inside
# Formats that BusyBox reads and does not write: the bytes themselves.
echo ITxhcmNoPgpvbmUudHh0LyAgICAgICAgOTgxMTczMTA2ICAgMCAgICAgMCAgICAgMTAwNjQ0ICAxMSAgICAgICAgYAppbnNpZGUgb25lCgo= | $b base64 -d > archive.ar
echo UEsDBBQAAAAAAKMgQyqKx+i2CwAAAAsAAAAOAAAAaW5zaWRlL29uZS50eHRpbnNpZGUgb25lClBLAwQUAAAACACjIEMqJL//iigAAADYBAAADwAAAGluc2lkZS9sb25nLnR4dCvJSFUoTsxNVSjPL0opVkhMT8zMU0jMS4GwuEpGpUelR6VHpYeaNABQSwECFAMUAAAAAACjIEMqisfotgsAAAALAAAADgAAAAAAAAAAAAAApAEAAAAAaW5zaWRlL29uZS50eHRQSwECFAMUAAAACACjIEMqJL//iigAAADYBAAADwAAAAAAAAAAAAAApAE3AAAAaW5zaWRlL2xvbmcudHh0UEsFBgAAAAACAAIAeQAAAIwAAAAAAA== | $b base64 -d > archive.zip
echo /Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAbABddADGbyfP2vI7Fzh1Xuuhai4W8iwCoL4AAAAAqMLzkvGOfXgABMxxUjOzAH7bzfQEAAAAABFla | $b base64 -d > text.xz
echo XQAAgAD//////////wAxm8nz9ryOxc4dV7roWouFvIsArh6B///9NeAA | $b base64 -d > text.lzma
echo iUxaTwANChoKEBAgMAlAAQUDAAABAAAAAAAAAAAAAAAAABCUAMQAAAAcAAAAHJ1XCkdjb21wcmVzc2VkIHRleHQsIHRleHQsIHRleHQKAAAAAA== | $b base64 -d > text.lzo
echo H52QY960gSOnzJw5ZciAoFMGDx0WIOiUwUOHBQg6ZfDQUQA= | $b base64 -d > text.Z
$b gzip -n < long.txt > text.gz
$b head -c 200 text.gz > broken.gz
$b bzip2 < long.txt > text.bz2
$b md5sum a.txt binary.bin > sums.md5
$b sha1sum a.txt b.txt > sums.sha1
$b dd if=/dev/zero of=disk.img bs=1k count=512 2>/dev/null
$b dd if=/dev/zero of=swap.img bs=1k count=64 2>/dev/null
find . -exec touch -h -d '2001-02-03 04:05:06 UTC' {} +

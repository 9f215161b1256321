# tar, gzip, xz where it is, openssl, and the dynamic coreutils.
mkdir -p tree/a/b; seq 1 5000 > tree/numbers; echo text > tree/a/text; ln -s ../numbers tree/a/link; ln tree/numbers tree/a/b/hard
mkfifo tree/pipe; chmod 640 tree/a/text; touch -d 2001-02-03T04:05:06Z tree/a/text; truncate -s 100000 tree/sparse
find tree -exec touch -h -d 2001-02-03T04:05:06Z {} +
tar cf tree.tar --sort=name --owner=0 --group=0 tree && tar tvf tree.tar && tar cSf - tree | wc -c
mkdir out && tar xf tree.tar -C out && diff -r --no-dereference tree out/tree 2>&1 | grep -v fifo; stat -c '%n %a %h %s %Y' out/tree/a/text out/tree/numbers
gzip -9nk tree.tar && gzip -l tree.tar.gz && gunzip -t tree.tar.gz && sha256sum tree.tar tree.tar.gz && zcat tree.tar.gz | cmp - tree.tar && echo same
tar czf - tree | tar tzf - | sort | tail -2
printf 'broken' | gunzip -c; echo "exit code $?"
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do openssl dgst -$digest tree/numbers; done
openssl enc -aes-256-cbc -pbkdf2 -k secret -S 0102030405060708 -in tree/numbers -out secret && openssl dgst -sha256 -hmac key secret
openssl enc -d -aes-256-cbc -pbkdf2 -k secret -S 0102030405060708 -in secret | cmp - tree/numbers && echo decrypted
openssl prime 1000000007; openssl base64 -in tree/a/text
sort -rn tree/numbers | head -3; sort --parallel=2 tree/numbers | uniq -c | tail -1; wc tree/numbers; cksum tree/numbers; md5sum tree/numbers
tr 0-9 a-j < tree/numbers | fold -w 7 | paste - - | tail -1; cut -c2- tree/numbers | sed -n '$p'; od -c tree/a/text; join tree/numbers tree/numbers | wc -l
ls -lR --time-style=+%s out | sed 's/^total.*/total/'; du -a --apparent-size tree/a | sort; df . > /dev/null && echo df; date -u -d @86400 +%F
expr 6 \* 7; factor 1234567890; seq -s, 1 0.5 3; numfmt --to=iec 123456789; awk 'BEGIN { x = 2 ^ 0.5; printf "%.10f %s\n", x, length("abc") }'
grep -c '^1.*9$' tree/numbers; find out -type f -size +10k | sort; xargs -n 1000 -P 2 echo < tree/numbers | wc -l; timeout 0.1 sleep 5; echo "exit code $?"
dd if=tree/numbers bs=1000 count=3 skip=1 status=none | md5sum; split -n 3 tree/numbers part. && cat part.* | cmp - tree/numbers && echo split; tee copy < tree/a/text; cp -a tree kept; mv kept moved; rm -rf moved out tree

/bin/busybox sort names >sorted || exit 1
echo "$(/bin/busybox wc -l <sorted) names"
/bin/busybox rm names
umask 077
/bin/busybox date '+done at %Y-%m-%d' >sorted.done

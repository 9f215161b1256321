# dash and dynamic bash.
echo "pid $$" | sed 's/[0-9]//g'; (exit 3); echo $?
for i in 1 2 3; do echo $i; done | while read n; do echo "n=$n"; done
bash -c 'declare -A m=([a]=1 [b]=2); for k in $(printf "%s\n" "${!m[@]}" | sort); do echo "$k=${m[$k]}"; done; echo "${BASH_VERSINFO[0]}"; diff <(seq 3) <(seq 4); coproc cat; echo hi >&${COPROC[1]}; read -u ${COPROC[0]} line; echo $line; trap "echo trapped" TERM; kill -TERM $$; (sleep 0.05; exit 4) & wait $!; echo $?'
kill -9 $(sh -c 'sleep 100 >/dev/null & echo $!'); trap 'echo bye' EXIT; exit 2

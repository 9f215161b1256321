# Every construct of the shell, one section each; what it prints does not depend on pids, times or the machine.
# Started with an empty working directory that it may fill.

section() { printf '== %s\n' "$*"; }

section 'parameters and quoting'
set -- one 'two words' "" four
echo $# "$1" "$2" "[$3]" "${@: -1}" "${#2}"
printf '<%s>' "$@"; echo
printf '<%s>' "$*"; echo
printf '<%s>' $*; echo
IFS=: ; set -- a:b c; printf '<%s>' $1 "$*"; echo; unset IFS
shift; echo "$# $1"
plain='single $HOME "kept"'
echo "$plain" 'it'\''s' $'tab\there\x41\u00e9\101' "back\\slash \$dollar \`tick\`"
echo "joined"'together'\ escaped\ blanks

section 'parameter expansion'
unset missing; empty=; value=hello.tar.gz path=/usr/local/lib/libc.so
echo "${missing-unset}" "[${empty-unset}]" "[${empty:-empty}]" "${missing:=assigned}" "$missing" "${value:+there}"
echo "${value#*.}" "${value##*.}" "${value%.*}" "${value%%.*}" "${path##*/}" "${path%/*}"
echo "${value:6}" "${value:0:5}" "${value: -2}" "${value:1:-3}" "${#value}"
echo "${value/l/L}" "${value//l/L}" "${value/#hello/bye}" "${value/%gz/xz}" "${value//[aeiou]}"
echo "${value^}" "${value^^}" "${value^^[h-l]}"; upper=LOUD; echo "${upper,}" "${upper,,}"
name=value; echo "${!name}" "${!va*}"
echo "${value@Q}" "${value@U}" "${plain@Q}"
( : "${never:?must be set}" ) 2>&1 | sed 's/^.*never/never/'
( set -u; echo "$nothing" ) 2>/dev/null; echo "set -u ends with $?"

section 'arithmetic'
echo $((2 + 3 * 4)) $(( (2 + 3) * 4 )) $((7 / 2)) $((-7 / 2)) $((-7 % 3)) $((2 ** 40)) $((1 << 62))
echo $((0x1f)) $((017)) $((2#1011)) $((36#zz)) $((5 > 3 && 2 < 1)) $((5 > 3 || 2 < 1)) $((!0)) $((~5)) $((5 ^ 3)) $((6 & 3)) $((6 | 1))
i=5
echo $((i++)) $i $((++i)) $((i--)) $((--i)) $((i += 10)) $((i %= 4)) $((i ? 100 : 200)) $((i = 3, i * 2))
let 'a = 4' 'b = a * 2'
echo $a $b; (( a < b )) && echo less; (( 0 )) || echo zero is false
echo $((9223372036854775807 + 1))
( echo $((1 / 0)) ) 2>/dev/null || echo 'division by zero ends the subshell'
for ((i = 0, j = 10; i < j; i += 3, j--)); do echo -n "$i-$j "; done; echo
declare -i number; number='3 * 7'; echo $number; number+=4; echo $number

section 'brace, tilde and path expansion'
echo {a,b}{1,2} {1..5} {10..1..3} {a..e} {01..03} pre{,fix}es {x,{y,z}}
HOME=/home/guest; echo ~ ~/sub; dir=~/x; echo $dir
mkdir tree; touch tree/{a,b,c}.txt tree/{d,e}.md tree/.hidden tree/'with blank.txt'
cd tree; echo *; echo *.txt; echo [a-c].*; echo ?.md; echo [!a-c].*; echo nothing*
shopt -s dotglob
echo *; shopt -u dotglob; shopt -s nullglob
echo none* end; shopt -u nullglob
shopt -s extglob
echo !(*.txt) +([a-c]).txt @(a|d).* ?(b).txt; shopt -u extglob
set -f; echo *.txt; set +f; for file in *.txt; do echo "file: $file"; done
mkdir -p deep/er/est; touch deep/er/est/leaf; shopt -s globstar
echo **/leaf; shopt -u globstar; cd ..

section 'command substitution'
echo "$(echo inner "$(echo deeper)")" `echo ticks \`echo nested\`` "lines: $(printf 'a\nb\n\n\n')"
count=$(printf '%s\n' 1 2 3 | while read -r n; do echo $((n * n)); done | paste -sd+)
echo "$count = $((count))"
echo "$(<tree/a.txt)[empty]" "$(exit 3)" $?; result=$(exit 3); echo $?

section 'lists and conditions'
true && echo and; false || echo or; ! false && echo not; false && echo no || echo yes
true
echo $?; false
echo $?; (exit 42)
echo $?; { echo grouped; false; } || echo group failed
if false; then echo a; elif true; then echo b; else echo c; fi
if [ -d tree ] && [ ! -e nowhere ] && [ -f tree/a.txt ] && [ ! -s tree/a.txt ]; then echo files; fi
[ 3 -lt 10 ] && [ abc \< abd ] && [ -n x -a -z "" ] && [ x = x -o a = b ] && echo test
[[ abc == a* && abc != b* && abc < abd && ! x == y ]] && echo double
[[ "key=value" =~ ^([a-z]+)=(.*)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
[[ -v value && ! -v neverset && tree -ef ./tree && 5 -ge 5 ]] && echo variables
case $value in *.zip) echo zip ;; *.tar.* | *.tgz) echo tar ;& fall) echo through ;;& *gz) echo gz ;; *) echo other ;; esac
case word in w?rd) echo one ;; esac; case x in a | b) echo ab ;; (x) echo paren ;; esac

section 'loops'
for word in alpha beta 'gamma delta'; do echo "[$word]"; done
set -- p q r; for argument; do echo -n "$argument "; done; echo
n=0; while [ $n -lt 5 ]; do n=$((n + 1)); [ $n = 2 ] && continue; [ $n = 4 ] && break
echo "while $n"; done
until [ $n -le 0 ]; do n=$((n - 2)); done; echo "until $n"
for i in 1 2 3; do for j in a b c; do [ $j = b ] && continue 2; [ $i = 3 ] && break 2
echo -n "$i$j "; done; done; echo
printf '%s\n' x y z | while read -r line; do echo "read $line"; done
select choice in red green; do echo "chose $choice ($REPLY)"; break; done <<< 2 2>/dev/null

section 'functions'
greet() { local who=${1:-world}; echo "hello $who"; return 7; }
greet
echo $?; greet you; function keyword { echo "in ${FUNCNAME[0]} from ${FUNCNAME[1]:-top}"; }; keyword
outer() { local shared=outer; inner
echo $shared; }; inner() { shared=changed; }; shared=global; outer
echo $shared
factorial() { (( $1 <= 1 )) && echo 1 || echo $(( $1 * $(factorial $(($1 - 1))) )); }; factorial 10
subshell() ( cd /; variable=lost; pwd ); variable=kept; subshell; echo $variable
byname() { local -n reference=$1; reference+=('added'); }; list=(first); byname list
echo "${list[@]}"
recursive() { [ $1 -gt 0 ] && { echo -n "$1 "; recursive $(($1 - 1)); }; }; recursive 5; echo
unset -f greet; greet 2>/dev/null || echo "greet is gone: $?"

section 'arrays'
array=(zero one two [5]=five)
echo ${array[0]} ${array[5]} ${#array[@]} ${!array[@]} "${array[@]:1:2}" ${array[-1]}
array+=(six); array[1]=ONE; unset 'array[2]'
echo "${array[@]}" "${#array[1]}"; for i in "${!array[@]}"; do echo -n "$i=${array[i]} "; done; echo
declare -A map=([red]=ff0000 [green]=00ff00); map[blue]=0000ff; for key in $(printf '%s\n' "${!map[@]}" | sort); do echo -n "$key:${map[$key]} "; done
echo ${#map[@]}
[[ -v map[red] ]] && unset 'map[red]'; echo ${#map[@]} "${map[red]-gone}"
mapfile -t lines < <(printf 'l1\nl2\nl3\n')
echo ${#lines[@]} "${lines[1]}"; readarray -d , -t parts <<< 'x,y,z'
echo "${parts[0]}${parts[1]}"
words=("${array[@]/o/0}"); echo "${words[@]}"; copy=("${array[@]^^}"); echo "${copy[@]}"

section 'redirection'
echo first > out; echo second >> out; cat < out; cat out out > both; wc -l < both
{ echo to stdout
echo to stderr >&2; } > std 2> err; cat std err; { echo o
echo e >&2; } &> mixed; sort mixed
ls nowhere > /dev/null 2>&1 || echo 'ls failed quietly'; { echo swapped >&2; } 2>&1 >/dev/null | cat
exec 3> three
echo via three >&3
exec 3>&-
cat three
exec 4< out
read -r -u 4 first
read -r second <&4
exec 4<&-
echo "$second $first"
exec 5<> both; read -r line <&5
echo overwrite >&5; exec 5>&-; cat both; set -C
echo no > out 2>/dev/null || echo noclobber
echo yes >| out; set +C; cat out
exec {fd}> auto
echo numbered >&$fd; exec {fd}>&-; cat auto
echo truncated > auto; : > auto; wc -c < auto
while read -r a b; do echo "$b $a"; done < <(echo 1 2
echo 3 4); cat <(echo process) <(echo substitution)
echo through > >(tr a-z A-Z); wait $!; sleep 0.1
echo closed >&- 2>/dev/null || echo 'write to a closed descriptor fails'

section 'here-documents'
cat << END
value is $value and $((6 * 7)) and $(echo command)
	tab kept \$escaped
END
cat << 'END'
value is $value and $((6 * 7)) not expanded `nor this`
END
cat <<- END
	leading tabs go
	END
cat <<< "here string $value"; tr a-z A-Z <<< 'loud'; cat << A; cat << B
document a
A
document b
B
wc -l << END | tr -d ' '
$(seq 1 2000)
END

section 'pipelines'
seq 1 10 | grep -v 5 | sort -rn | head -3 | tail -1; echo "${PIPESTATUS[@]}"
false | true | (exit 3) | true
echo "${PIPESTATUS[@]}"; set -o pipefail; false | true
echo $?; set +o pipefail
! true | false; echo $?; echo both 2>&1 |& cat; yes | head -2; echo "${PIPESTATUS[0]}"
shopt -s lastpipe; echo last | read -r kept; echo "lastpipe: $kept"; shopt -u lastpipe
seq 1 100000 | awk '{ sum += $1 } END { print sum }'; dd if=/dev/zero bs=1000 count=500 2>/dev/null | wc -c
coproc upper { while read -r l; do echo "${l^^}"; done; }
echo coproc >&"${upper[1]}"; read -r answer <&"${upper[0]}"
echo "$answer"
exec {upper[1]}>&-; wait $upper_PID; echo "coproc ended with $?"

section 'subshells and processes'
(variable=inside
echo $variable $BASH_SUBSHELL)
echo $variable $BASH_SUBSHELL; (exit 5)
echo $?
sleep 0.05 & wait $!; echo "waited $?"; (exit 9) & wait $!; echo "child ended with $?"
for n in 1 2 3; do (sleep 0.$((n * 3)); echo "job $n") & done; wait; echo all done
(sleep 5) & kill $!; wait $! 2>/dev/null
echo "killed: $?"; (kill -9 $BASHPID) 2>/dev/null
echo "SIGKILL: $?"
{ sleep 0.3
echo late; } & background=$!
echo early; wait -n
echo "wait -n: $?"; jobs | wc -l
sh -c 'exit 77'
echo $?; sh -c 'kill -TERM $$'
echo $?; ./nowhere 2>/dev/null
echo $?; : > text; ./text 2>/dev/null
echo $?
printf '#!/bin/sh\necho "script got $# args: $*"\nexit 4\n' > script
chmod +x script; ./script a 'b c'
echo $?
env -i ONLY=this sh -c 'echo $ONLY ${HOME-nohome}'; VARIABLE=temporary sh -c 'echo $VARIABLE'
echo ${VARIABLE-unset}; export EXPORTED=yes; sh -c 'echo $EXPORTED'
(exec echo replaced
echo never); command echo command; builtin echo builtin; type -t if cd ls section nosuch | paste -sd' '
xargs -n 2 echo pair <<< 'a b c d e'; find tree -name '*.md' | sort | xargs -I{} echo "found {}"
timeout 0.2 sleep 5
echo "timeout: $?"; nice -n 5 true
echo $?; time_output=$( { TIMEFORMAT=%R; time true; } 2>&1 ); [[ $time_output =~ ^[0-9]+\.[0-9]+$ ]] && echo timed

section 'signals and traps'
trap 'echo "caught USR1"' USR1; kill -USR1 $$
echo after; trap - USR1; trap -p USR1 | wc -l
(trap 'echo bye on exit' EXIT; exit 3)
echo $?; (trap 'echo term; exit 5' TERM; kill -TERM $BASHPID
echo no)
echo $?
(trap '' TERM; kill -TERM $BASHPID
echo survived); trap 'echo "ERR at status $?"' ERR; false; trap - ERR
debug() { echo "return trap"; }; traced() { trap debug RETURN; :; }; traced; trap - RETURN
(trap 'echo interrupted wait; exit 6' USR2; self=$BASHPID; (sleep 0.1; kill -USR2 $self) & sleep 1 & wait $!
echo not here)
echo $?
(set -e; false
echo unreachable)
echo "set -e: $?"; (set -e; false || true; if false; then :; fi
echo reached)
(ulimit -n 20; exec 19> nineteen && echo nineteen; exec 20> twenty) 2>/dev/null
echo "ulimit: $?"
trap 'echo hup' HUP
(kill -HUP $$); sleep 0.05; trap - HUP; kill -0 $$ && echo alive; kill -l 9 15 | paste -sd' '

section 'job control'
set -m; sleep 0.5 & jobs -r | wc -l; wait
set +m
(set -m; sleep 3 & kill -STOP %1; sleep 0.1; jobs -s | wc -l; kill -CONT %1; kill %1; wait %1 2>/dev/null
echo $?)
(set -m; sh -c 'sleep 0.3; exit 3' & fg %1 > /dev/null; echo "fg: $?"); disown -a; jobs | wc -l

section 'builtins'
printf '%5d|%-5s|%05.2f|%x|%o|%e|%c|%b|%q\n' 42 ab 3.14159 255 8 12345.678 char 'a\tb' "it's"
printf '%s-%s\n' 1 2 3
printf -v stored '%03d' 7
echo $stored
read -r x y z <<< 'one two three four'
echo "$z"; read -ra fields <<< 'f1 f2 f3'
echo ${fields[2]}; IFS=, read -r c1 c2 <<< 'v1,v2'
echo "$c2"; read -n 3 few <<< abcdef
echo $few
read -r -t 0.1 never < <(sleep 1)
echo "read -t: $(( $? > 128 ))"; read -d ';' upto <<< 'before;after'
echo "$upto"
getopts_test() { local OPTIND option; while getopts 'ab:c' option; do echo -n "$option:${OPTARG-} "; done; shift $((OPTIND - 1))
echo "rest $*"; }; getopts_test -a -b value -c rest1 rest2
cd tree; pwd | sed 's|.*/||'
cd - > /dev/null; pushd tree > /dev/null; dirs | wc -w; popd > /dev/null
cd -P . ; umask 027
touch masked; stat -c %a masked; umask
declare -r constant=fixed
(constant=other) 2>/dev/null || echo 'readonly holds'; declare -p number; declare -x | grep -c EXPORTED; typeset -l lower=ABC
echo $lower
eval 'echo "evaluated $((1 + 1))"'; source /dev/stdin <<< 'sourced=yes'
echo $sourced; alias hi='echo aliased'; shopt -s expand_aliases; eval hi; unalias hi
hash -r; test -t 0
echo "terminal: $?"
echo -e 'a\tb\nc' 
echo -n 'no newline'; echo; history -c
set -o | grep -c on
set -- $(set -o | wc -l)
[ $1 -gt 20 ] && echo options
echo $((RANDOM >= 0 && RANDOM < 32768)) ${#BASH_VERSINFO[@]} $((SECONDS < 60)) ${BASH_LINENO[0]} $LINENO; caller || echo top level
echo 'unfinished $(' | bash -n 2>/dev/null || echo 'syntax error noticed'; sleep 0.3 > /dev/null 2>&1 & disown; let 0
echo $?; times | wc -l; ulimit -c

section 'files'
ln -s out link; readlink link
[ -L link ] && [ link -ef out ] && echo symlink
ln out hard; stat -c %h out; mv hard moved; cp -r tree copy; ls copy | wc -l; rm -r copy
[ -e copy ] || echo removed
chmod 640 out; stat -c '%a %F %s' out
touch -d '2020-01-02 03:04:05 UTC' out; TZ=UTC date -r out +%F_%T
[ tree -nt out ] && echo newer; mkfifo fifo
(echo through fifo > fifo &)
cat fifo; rm fifo
tar cf archive.tar tree; mkdir unpacked; tar xf archive.tar -C unpacked; : > archive.tar; diff -r tree unpacked/tree && echo same; gzip -c out | gunzip
printf 'b\na\nc\n' | sort -u | tr '\n' ' '; echo
(cd /; [ "$OLDPWD" != / ] && echo moved away); find . -type f -newer out -name 'a*' | sort; df . > /dev/null && echo df; test -r out -a -w out && echo access; mktemp -u XXXX | wc -c

section 'text'
echo 'The quick brown fox' | sed -e 's/quick/slow/' -e 's/\(.*\) fox/\1 dog/'
echo a:b:c | cut -d: -f2
echo hello | rev; printf '3 c\n1 a\n2 b\n' | sort -n | awk '{ print $2 $1 }' | paste -sd,
seq 1 20 | grep -E '^1?[05]$' | tr '\n' ' '; echo
echo 'one  two   three' | tr -s ' ' | wc -w
printf 'x\nx\ny\n' | uniq -c | tr -s ' '; expr 6 \* 7; expr abc : 'a\(.\)'; basename /a/b.c .c; dirname /a/b.c
awk 'BEGIN { for (i = 1; i <= 3; i++) a[i] = i * i; for (i = 1; i <= 3; i++) printf "%d ", a[i]; print length(a), substr("hello", 2, 3), toupper("x"), sprintf("%.3f", 22 / 7) }'
printf '%s\n' a b c d | head -n -1 | tail -n +2
echo abc | od -An -tx1
echo -n abc | md5sum
seq 5 | tac | paste -sd' '; comm -12 <(seq 1 5) <(seq 3 8); join <(echo 1 a) <(echo 1 b); bc <<< '2^64' 2>/dev/null || echo 18446744073709551616

section 'less common'
declare -a indexed=([3]=x [1]=y)
declare -p indexed
declare -A keyed=([k]=v)
echo "${keyed[@]@A}"
echo "${keyed[@]@K}"
nested() {
    inside() {
        echo "inside knows $1"
    }
    inside "$@"
}
nested argument
inside again
(
    trap 'echo "debug: $BASH_COMMAND" >&3' DEBUG
    : traced
    trap - DEBUG
) 3>&1
options() {
    local -
    set -f
    echo *
}
options
[[ -o noglob ]] || echo 'the option came back'
exec_name=$(exec -a renamed sh -c 'echo $0')
echo "$exec_name"
TZ=UTC printf '%(%Y-%m-%d)T\n' 86400
sh -c 'exit 12' &
wait -p which $!
status=$?
[ -n "$which" ] && echo "wait -p: $status"
mapfile -s 1 -n 2 -t some < <(seq 1 5)
echo "${some[*]}"
compgen -b | grep -c '^e'
echo "${BASH_SOURCE[0]##*/}" "${#FUNCNAME[@]}"
while :; do
    case $((++turn)) in
        1) continue ;;
        3) break ;;
    esac
    echo "turn $turn"
done
until (( turn-- <= 0 )); do :; done
echo "$turn"
IFS=$'\n' read -r -d '' -a rows < <(printf 'r 1\nr 2\n\0')
echo "${#rows[@]} ${rows[1]}"
posix=$(POSIXLY_CORRECT=1 bash-static -c 'echo $SHELLOPTS' 2>/dev/null | grep -c posix)
echo "posix $posix"
command -v printf
command -V cd | head -1
echo "${!BASH_REMATCH[@]}"
[[ abc123 =~ ([a-z]+)([0-9]+) ]]
echo "${BASH_REMATCH[@]}"

section 'the end'
trap 'echo "exit trap, status $?"' EXIT
exit 23

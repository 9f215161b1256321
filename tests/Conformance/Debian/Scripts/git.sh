# A repository: objects, index, branches, a merge, a conflict, diff, log, packing, a clone by path.
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@d
export GIT_AUTHOR_DATE='2024-01-02T03:04:05Z' GIT_COMMITTER_DATE='2024-01-02T03:04:05Z' HOME=$PWD GIT_CONFIG_NOSYSTEM=1
git init -q -b main repository && cd repository
seq 1 40 > numbers; mkdir sub; echo text > sub/file; ln -s sub/file link
git add . && git commit -q -m 'First commit'
sed -i 's/^7$/seven/; 20d' numbers; echo more >> sub/file; chmod +x numbers
git status --short; git diff; git commit -qam 'Second' && git log --oneline --stat
git checkout -q -b side HEAD~1; echo side > side; git add side; git commit -q -m Side
git checkout -q main; git merge -q --no-edit side; git log --graph --format='%h %s %an %ad' --date=iso
git checkout -q -b conflict main~1; sed -i '1s/.*/ONE/' numbers; git commit -qam One
git checkout -q main; sed -i '1s/.*/Eins/' numbers; git commit -qam Eins
git merge conflict; echo "exit code $?"; git diff --name-only --diff-filter=U; git merge --abort
git gc -q && git fsck --strict && git count-objects -v | grep -v size; git rev-parse HEAD
cd .. && git clone -q repository copy && cd copy && git log --oneline | head -2 && git blame -s numbers | head -3
git tag v1 && git describe; git show HEAD:sub/file; git grep -n seven; git archive HEAD | tar tf -
cd .. && rm -rf repository copy

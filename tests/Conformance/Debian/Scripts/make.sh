# Two jobs at a time through make's job server, a sub-make that shares it, pattern rules, errors, and what is up to date.
mkdir -p sub
cat > Makefile <<'MAKE'
names := one two three four five six
all: $(names:%=out/%.txt) sub/done
	@cat $^ | sort
out/%.txt: | out
	@sleep 0.0$(words $(filter %e,$*)); echo "$* of $(words $(names))" > $@
out: ; @mkdir -p $@
sub/done: sub/Makefile
	@$(MAKE) --no-print-directory -C sub done
bad:
	@echo before; exit 3; echo never
.PHONY: all bad
MAKE
cat > sub/Makefile <<'MAKE'
parts = $(foreach n,1 2 3 4,part$(n))
done: $(parts)
	@cat $(parts) > $@
part%: ; @echo "part $*, jobs: $(if $(findstring jobserver,$(MAKEFLAGS)),shared,none)" > $@
MAKE
make -j2
make -j2 | sort
make bad; echo "exit code $?"
make -k -j2 bad nothing 2>&1 | sort; make -n -B out/one.txt
make --version | head -1

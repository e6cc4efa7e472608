# SPDX-License-Identifier: GPL-2.0-only
#
# luo-bpf. `make help` lists targets and variables. Sources are found by wildcard: a new
# file in one of the directories below needs no line here.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)	# a -j on the command line wins
endif

O	:= build
PREFIX	:= /usr/local
LIBDIR	:= $(PREFIX)/lib
VERSION	:= 0.1
CFLAGS	?= -O2 -g
ifeq ($(origin CC),default)
CC	:= gcc
endif

# O= is removed by `make clean`.
ifneq ($(filter $(abspath $(O))/%,$(CURDIR)/),)
$(error O=$(O) must be a directory of its own)
endif

# ---- what the build stands on ---------------------------------------------------------
# Each goal that builds first asks .ci/deps, which takes milliseconds when all is there. It
# writes where things are to config.mk, the CONFIG_ variables below.

ifneq ($(filter-out clean deb deps help,$(or $(MAKECMDGOALS),all)),)
building := y
$(shell LIBBPF_DIR='$(LIBBPF_DIR)' BPFTOOL='$(BPFTOOL)' CLANG='$(CLANG)' \
	.ci/deps --check $(O)/config.mk 1>&2)
ifneq ($(.SHELLSTATUS),0)
$(error something that the build needs is missing)
endif
include $(O)/config.mk
endif

bpf_arch_x86_64	 := x86
bpf_arch_aarch64 := arm64

INCLUDES   := -Ikernel -Iloader -Iloader/api -Ibpf-progs/include
WARNINGS   := -Wall -Wextra -Werror
C_FLAGS	   := -std=gnu11 $(WARNINGS) $(INCLUDES) $(CONFIG_LIBBPF_CFLAGS) \
	      -DLUO_VERSION='"$(VERSION)"' -DCATALOGUE_BTF='"$(O)/catalogue.btf"' \
	      -DMAPS_BTF='"$(O)/maps.btf"' -DSHIMS_OBJ='"$(O)/shims.o"'
LIBS	   := $(CONFIG_LIBBPF_A) -lelf -lfdt -ljson-c -llzma -lzstd -llz4 -lnettle -lz
# Not $(CC): clang's sanitizers are a package more.
ASAN_CC	   := gcc
SANITIZE   := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	      -fno-omit-frame-pointer

# An object's digest is its name in evidence: it must not depend on where it was built.
# libbpf's BPF_PROG() declares a parameter that nobody uses. For BPF, clang does not look into
# the multiarch directory, where asm/types.h is.
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g $(WARNINGS) -Wno-unused-parameter \
	      $(INCLUDES) $(CONFIG_LIBBPF_CFLAGS) \
	      -D__TARGET_ARCH_$(bpf_arch_$(CONFIG_MACHINE)) \
	      -idirafter /usr/include/$(CONFIG_MULTIARCH) -ffile-compilation-dir=.

# ---- what there is --------------------------------------------------------------------

lib_src	 := $(filter-out %.bpf.c,$(wildcard kernel/core/*.c loader/lib/*.c loader/lib/*.S \
	      loader/vm/*.c loader/jit/*.c loader/jit/*.S loader/verify/*.c loader/monitor/*.c \
	      loader/cmd/*.c loader/cmd/*.S))
main_src := $(wildcard loader/main.c)
api_src	 := $(wildcard loader/api/*.c)
unit_src := $(wildcard selftests/unit/*.c)
force_src := $(wildcard selftests/force/*.c)
bpf_src	 := $(wildcard bpf-progs/*.bpf.c)
tbpf_src := $(wildcard selftests/bpf/*.bpf.c selftests/bpf/verify/*.bpf.c \
	      selftests/bpf/force/*.bpf.c selftests/bpf/roundtrip/*.bpf.c)

objects	 = $(addprefix $(1)/,$(addsuffix .o,$(basename $(2))))
programs = $(if $(main_src),$(1)/luo-load) $(patsubst %.c,$(1)/%,$(unit_src)) \
	   $(if $(force_src),$(1)/selftests/force/force)

bpf_obj	 := $(patsubst bpf-progs/%.c,$(O)/bpf/%.o,$(bpf_src))
tbpf_obj := $(patsubst %.c,$(O)/%.o,$(tbpf_src))

ifeq ($(V),1)
say = @:
Q   :=
else
say = @printf '  %-7s %s\n' $(1) $(2)
Q   := @
endif

# ---- targets --------------------------------------------------------------------------

.PHONY: all tests asan clang check check-force check-pci check-vm check-deb bench bench-vm run \
	install deb deps clean help
all: $(if $(main_src),$(O)/luo-load) $(O)/libluobpf.so.0 $(bpf_obj) \
     $(if $(wildcard kernel/abi/catalogue.bpf.c),$(O)/catalogue.btf)
tests: all $(O)/man/luo-bpf-translator.7 $(call programs,$(O)) $(tbpf_obj) \
       $(O)/selftests/conformance
asan: $(call programs,$(O)/asan) $(O)/asan/selftests/api/luostat
clang: $(call programs,$(O)/clang)

# Everything a test may want to know.
test_env = SRC='$(CURDIR)' BUILD='$(abspath $(O))' LUO_LOAD='$(abspath $(O)/luo-load)' \
	   LUO_LOAD_ASAN='$(abspath $(O)/asan/luo-load)' BPFTOOL='$(CONFIG_BPFTOOL)' \
	   CLANG='$(CONFIG_CLANG)' BPF_CFLAGS='$(BPF_CFLAGS)'

check: tests asan clang
	@$(test_env) selftests/run $(TESTS)

# What the verifier proves is run under the monitor, for DURATION seconds or until COUNT
# programs were proved; SEED makes the same ones again.
check-force: tests
	@$(test_env) DURATION='$(or $(DURATION),$(if $(COUNT),,3600))' COUNT='$(COUNT)' \
		SEED='$(or $(SEED),$(shell date +%j))' selftests/force.sh

run: all
	@$(test_env) selftests/tour.sh

# PCI and vfio-pci states from seeds, COUNT for each step and direction: `make check` makes 200.
check-pci: all
	@$(test_env) COUNT=$(or $(COUNT),10000) selftests/pci.sh

# Real kernels in QEMU: built once, which takes long, and kept in the cache. PAIRS, CONFIG and
# DEBUG are in the environment of what make starts; see selftests/vm/check.sh.
vm_obj := $(filter $(addprefix $(O)/selftests/bpf/,sample_edu_% bench_blob_%),$(tbpf_obj))
check-vm: all $(vm_obj) $(O)/luo-load.static
	@selftests/vm/check.sh $(PAIRS)

# What translation costs inside the freeze, BPF against C. FILES="100 1000 10000"
bench-vm: all $(vm_obj) $(O)/luo-load.static
	@selftests/vm/bench.sh $(FILES)

# Packages for Debian 12 and 13, in build/deb.
deb:
	@.ci/deps --deb
	@.debian/build $(O)/deb $(VERSION)

# Installs them in a chroot of each, as root. SUITES="bookworm trixie"
check-deb: deb
	@$(test_env) selftests/deb/check.sh $(O)/deb $(SUITES)

deps:
	@.ci/deps $(if $(CI),--ci) $(if $(BENCH),--bench) $(if $(DEB),--deb)

clean:
	$(if $(wildcard $(O)/config.mk),rm -rf $(O))

# The headers keep their places relative to each other: pkg-config --cflags luo-bpf says what
# translators that are written elsewhere compile with.
dest = $(DESTDIR)$(PREFIX)
place = $(3)/$(4)$(if $(4),$(f),$(notdir $(f)))
put  = $(foreach f,$(2),$(Q)install -D -m $(1) $(f) $(dest)/$(place)$(newline))
define newline


endef
# Of libbpf, what translators include: the one that this was built with, as a suite's may be
# too old. And where the compiler's own headers are not looked for with -target bpf.
sdk_libbpf := $(addprefix $(CONFIG_LIBBPF_INC)/bpf/,bpf_helpers.h bpf_helper_defs.h bpf_tracing.h)
sdk	:= $(wildcard kernel/abi/*.h kernel/core/contract.h kernel/core/driver_format.h bpf-progs/include/*.h)
units	:= $(wildcard loader/systemd/*.service loader/systemd/*.target)
pkgconfig = $(Q)mkdir -p $(DESTDIR)$(LIBDIR)/pkgconfig && sed 's|@PREFIX@|$(PREFIX)|; \
	    s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|; s|@MULTIARCH@|$(CONFIG_MULTIARCH)|; \
	    s|@BPF_ARCH@|$(bpf_arch_$(CONFIG_MACHINE))|' $(1).in \
	    >$(DESTDIR)$(LIBDIR)/pkgconfig/$(notdir $(1))
ZSHDIR = $(PREFIX)/share/zsh/site-functions
install: all $(O)/man/luo-bpf-translator.7
	$(call say,INSTALL,$(dest))
	$(call put,755,$(if $(main_src),$(O)/luo-load),bin)
	$(call put,644,$(bpf_obj),lib/luo-bpf)
	$(call put,644,$(sdk),include,luo-bpf/)
	$(call put,644,kernel/luo_bpf_driver.h,include,luo-bpf/)
	$(call put,644,$(wildcard loader/profiles/*.profile),share/luo-bpf/profiles)
	$(call put,644,$(wildcard LICENSE*),share/doc/luo-bpf)
	$(call put,644,$(sdk_libbpf),include/luo-bpf/libbpf/bpf)
	$(call put,644,loader/api/luobpf.h,include)
	$(Q)install -D -m 644 $(O)/libluobpf.so.0 $(DESTDIR)$(LIBDIR)/libluobpf.so.0
	$(Q)ln -sf libluobpf.so.0 $(DESTDIR)$(LIBDIR)/libluobpf.so
	$(call pkgconfig,loader/api/libluobpf.pc)
	$(call pkgconfig,bpf-progs/luo-bpf.pc)
	$(call put,644,$(wildcard loader/man/*.1),share/man/man1)
	$(call put,644,$(wildcard loader/man/*.5),share/man/man5)
	$(call put,644,$(O)/man/luo-bpf-translator.7,share/man/man7)
	$(Q)mkdir -p $(dest)/share/bash-completion/completions $(DESTDIR)$(ZSHDIR)
	$(Q)$(O)/luo-load completion bash >$(dest)/share/bash-completion/completions/luo-load
	$(Q)$(O)/luo-load completion zsh >$(DESTDIR)$(ZSHDIR)/_luo-load
	$(call put,644,$(units),lib/systemd/system)
	$(call put,644,$(wildcard loader/systemd/*.conf),share/doc/luo-bpf)

help:
	@echo 'make [all]    luo-load and the translators, in build/'
	@echo 'make run      the tour: what luo-load does, on real captures'
	@echo 'make check    all tests, also with sanitizers and other compilers; the last line'
	@echo '              is "N passed, N failed, N skipped". TESTS="NAME.." runs only those'
	@echo 'make check-force what the verifier proves, run by the million: DURATION=3600'
	@echo '              (seconds), COUNT= (programs that are proved), SEED='
	@echo 'make check-pci PCI topologies through every step; COUNT=10000 for each direction'
	@echo 'make check-vm the same state on real kernels in QEMU; PAIRS="OLD:NEW .."|all'
	@echo '              chooses, CONFIG=distro or DEBUG=1 takes kernels with more in them,'
	@echo '              PCI=1 adds PCI devices and their drivers'
	@echo 'make bench    engines against native code, memcpy and librte-bpf, as a table'
	@echo 'make bench-vm cost of translation in the freeze, against C; FILES="1000 100000"'
	@echo 'make deb      Debian packages, in build/deb'
	@echo 'make check-deb installs and tries them in chroots of Debian 12 and 13, as root'
	@echo 'make install  to DESTDIR/PREFIX (PREFIX=/usr/local)'
	@echo 'make deps     install what the build needs (as root); CI=1: and the other clangs;'
	@echo '              BENCH=1: and librte-bpf for make bench; DEB=1: for packages'
	@echo 'make clean    remove build/'
	@echo
	@echo 'O=DIR another build directory   V=1 whole commands   CC=gcc|clang   CFLAGS=-O2 -g'
	@echo 'CLANG=COMMAND translators are compiled with it   BPFTOOL=COMMAND (7.5 or newer)'
	@echo 'LIBBPF_DIR=DIR a prefix with include/bpf and libbpf.a (1.4 or newer)'

# ---- C: the same sources as built, with sanitizers, and with clang --------------------

# stamp DIR,TEXT: DIR/flags holds TEXT and is touched only when that differs, so that other
# compilers or flags rebuild what they made.
define stamp
ifneq ($$(strip $$(file <$(1)/flags)),$$(strip $(2)))
$$(shell mkdir -p $(1))
$$(file >$(1)/flags,$$(strip $(2)))
endif
endef

# variant DIR,COMPILER AND FLAGS
define variant
$(call stamp,$(1),$(2))

$(1)/%.o: %.c $(1)/flags
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D) && $(2) -MMD -MP -c -o $$@ $$<

$(1)/%.o: %.S $(O)/catalogue.btf $(O)/maps.btf $(O)/shims.o $(1)/flags
	$$(call say,AS,$$@)
	$$(Q)$(2) -MMD -MP -c -o $$@ $$<

$(1)/loader/cmd/verify_html_data.o: loader/cmd/verify_html.css loader/cmd/verify_html.js

$(1)/luo-load: $(call objects,$(1),$(main_src) $(lib_src)) $(CONFIG_LIBBPF_A)
	$$(call say,LD,$$@)
	$$(Q)$(2) $(LDFLAGS) -o $$@ $$(filter %.o,$$^) $(LIBS)

$(1)/selftests/unit/%: $(1)/selftests/unit/%.o $(call objects,$(1),$(lib_src)) $(CONFIG_LIBBPF_A)
	$$(call say,LD,$$@)
	$$(Q)$(2) $(LDFLAGS) -o $$@ $$(filter %.o,$$^) $(LIBS)

$(1)/selftests/api/luostat: $(call objects,$(1),selftests/api/luostat.c $(api_src) \
			    $(filter-out loader/cmd/%,$(lib_src))) $(CONFIG_LIBBPF_A)
	$$(call say,LD,$$@)
	$$(Q)$(2) $(LDFLAGS) -o $$@ $$(filter %.o,$$^) $(LIBS)

$(1)/selftests/force/force: $(call objects,$(1),$(force_src) $(lib_src)) $(CONFIG_LIBBPF_A)
	$$(call say,LD,$$@)
	$$(Q)$(2) $(LDFLAGS) -o $$@ $$(filter %.o,$$^) $(LIBS)

.SECONDARY: $(call objects,$(1),$(main_src) $(lib_src) $(unit_src) $(force_src) $(api_src) \
	    $(wildcard selftests/api/*.c))
-include $(patsubst %.o,%.d,$(call objects,$(1),$(main_src) $(lib_src) $(unit_src) $(force_src) \
	 $(api_src) $(wildcard selftests/api/*.c)))
endef

ifdef building
$(eval $(call variant,$(O),$(CC) $(C_FLAGS) $(CFLAGS)))
$(eval $(call variant,$(O)/asan,$(ASAN_CC) $(C_FLAGS) $(CFLAGS) $(SANITIZE)))
$(eval $(call variant,$(O)/clang,$(CONFIG_CLANG) $(C_FLAGS) $(CFLAGS)))
$(eval $(call variant,$(O)/pic,$(CC) $(C_FLAGS) $(CFLAGS) -fPIC -fvisibility=hidden))

# The commands stay outside; only what libluobpf.map names can be seen. Distributions build
# libbpf.a for programs, not for libraries: its one reference to data outside of it, stderr,
# is led to a variable of ours (loader/api/common.c).
$(O)/libluobpf.so.0: $(call objects,$(O)/pic,$(filter-out loader/cmd/%,$(lib_src)) $(api_src)) \
		     loader/api/libluobpf.map $(CONFIG_LIBBPF_A)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-z,defs -Wl,--wrap=stderr \
		-Wl,--version-script=loader/api/libluobpf.map -o $@ $(filter %.o,$^) $(LIBS)
endif

ifdef building
# The plug-in for bpf_conformance: the interpreter and nothing else.
conformance_src := selftests/conformance.c $(filter loader/vm/%,$(lib_src))
$(O)/selftests/conformance: $(call objects,$(O),$(conformance_src))
	$(call say,LD,$@)
	$(Q)$(CC) $(C_FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^

# The benchmark: the same records by all sides. librte-bpf is compared where it is installed.
bench_dir  := $(O)/selftests/bench
bench_cc   := $(CC) $(C_FLAGS) $(CFLAGS) -Iselftests/bench
bench_rte  := $(if $(wildcard /usr/include/dpdk/rte_bpf.h),$(shell \
	      pkg-config --exists libdpdk 2>/dev/null && echo y))
bench_bpf  := $(addprefix $(bench_dir)/,folio.bpf.o pci.bpf.o pci_single.bpf.o blob.bpf.o \
	      folio_batch.bin pci_batch.bin)
bench_obj  := $(addprefix $(bench_dir)/,engines.o rte.o native_gcc.o native_clang.o \
	      native_kernel.o)

$(eval $(call stamp,$(bench_dir),librte-bpf: $(bench_rte)))

$(bench_dir)/%.bpf.o: selftests/bench/%.bpf.c $(O)/bpf/flags
	$(build_bpf)

# No jumps on 32 bits: librte-bpf does not know them.
$(bench_dir)/%_batch.bin: selftests/bench/%_batch.bpf.c $(O)/bpf/flags
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CONFIG_CLANG) $(BPF_CFLAGS) -mcpu=v2 -MMD -MP -MT $@ \
		-MF $(@:.bin=.d) -c -o $(@:.bin=.o) $< && \
		llvm-objcopy -O binary --only-section=.batch $(@:.bin=.o) $@

$(bench_dir)/native_gcc.o: side = gcc -O2 -DSIDE=gcc
# As in a kernel: no vector registers.
$(bench_dir)/native_kernel.o: side = gcc -O2 -mgeneral-regs-only -DSIDE=kernel
$(bench_dir)/native_clang.o: side = $(CONFIG_CLANG) -O2 -DSIDE=clang
$(bench_dir)/native_%.o: selftests/bench/native.c selftests/bench/records.h $(O)/flags
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(side) -std=gnu11 $(WARNINGS) -c -o $@ $<

$(bench_dir)/rte.o: selftests/bench/rte.c selftests/bench/bench.h $(bench_dir)/flags $(O)/flags
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(bench_cc) $(if $(bench_rte),-DHAVE_RTE_BPF \
		$(shell pkg-config --cflags libdpdk)) -Wno-address-of-packed-member -c -o $@ $<

$(bench_dir)/engines.o: selftests/bench/engines.c $(O)/flags
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(bench_cc) -MMD -MP -c -o $@ $<

$(bench_dir)/engines: $(bench_obj) $(call objects,$(O),$(lib_src)) $(CONFIG_LIBBPF_A)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS) \
		$(if $(bench_rte),-lrte_bpf -lrte_eal)

-include $(wildcard $(bench_dir)/*.d)

tests: $(bench_dir)/engines $(bench_bpf)

# All sides in one run; the table goes to standard output.
bench: all $(bench_dir)/engines $(bench_bpf)
	@$(test_env) python3 selftests/bench/bench.py

# For initramfs: the machines of check-vm have no libraries, and no Z3 to be loaded.
$(O)/luo-load.static: $(call objects,$(O),$(main_src) $(filter-out %/verify/z3.c,$(lib_src))) \
		      $(CONFIG_LIBBPF_A)
	$(call say,LD,$@)
	$(Q)$(CC) $(C_FLAGS) $(CFLAGS) $(LDFLAGS) -static -o $@ $(filter %.o,$^) $(LIBS)
endif

# The author's guide is bpf-progs/README.md, also as a page of the manual.
$(O)/man/luo-bpf-translator.7: loader/man/guide.py bpf-progs/README.md
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D) && python3 $^ >$@

# ---- BPF ------------------------------------------------------------------------------

ifdef building
$(eval $(call stamp,$(O)/bpf,$(CONFIG_CLANG) $(BPF_CFLAGS)))

# luo-load takes what it finds in bpf/: an object whose source went away must go too.
stale := $(filter-out $(bpf_obj) $(tbpf_obj),\
	 $(wildcard $(O)/bpf/*.bpf.o $(O)/selftests/bpf/*.bpf.o))
$(if $(stale),$(shell rm -f $(stale)))
endif

define build_bpf
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CONFIG_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<
endef

$(O)/bpf/%.bpf.o: bpf-progs/%.bpf.c $(O)/bpf/flags
	$(build_bpf)

$(O)/selftests/bpf/%.bpf.o: selftests/bpf/%.bpf.c $(O)/bpf/flags
	$(build_bpf)

# Every state structure, and the values of pinned maps, as BTF, which luo-load carries.
$(O)/catalogue.o: kernel/abi/catalogue.bpf.c $(O)/bpf/flags
	$(build_bpf)

$(O)/maps.o: loader/lib/maps.bpf.c $(O)/bpf/flags
	$(build_bpf)

# The contract's calls for the host's kernel, which luo-load carries too.
$(O)/shims.o: loader/jit/shims.bpf.c $(O)/bpf/flags
	$(build_bpf)

$(O)/catalogue.btf $(O)/maps.btf: $(O)/%.btf: $(O)/%.o
	$(call say,BTF,$@)
	$(Q)llvm-objcopy --dump-section .BTF=$@ $< /dev/null

-include $(patsubst %.o,%.d,$(bpf_obj) $(tbpf_obj) $(O)/catalogue.o $(O)/maps.o $(O)/shims.o)

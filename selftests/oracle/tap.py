# SPDX-License-Identifier: GPL-2.0-only
"""What the tests in Python share: TAP, and luo-load as a child."""
import collections
import os
import resource
import subprocess
import sys
import tempfile

SRC = os.environ.get("SRC", os.path.abspath(os.path.join(os.path.dirname(__file__), "../..")))
BUILD = os.environ.get("BUILD", os.path.join(SRC, "build"))
LUO_LOAD = os.environ.get("LUO_LOAD", os.path.join(BUILD, "luo-load"))
LUO_LOAD_ASAN = os.environ.get("LUO_LOAD_ASAN", os.path.join(BUILD, "asan/luo-load"))
DATA = os.path.join(SRC, "selftests/data")
# The one with sanitizers lies elsewhere and would not find the translators.
os.environ.setdefault("LUO_BPF_PATH", os.path.join(BUILD, "bpf"))
os.environ.setdefault("ASAN_OPTIONS", "exitcode=99:detect_stack_use_after_return=1")
os.environ.setdefault("UBSAN_OPTIONS", "exitcode=99:print_stacktrace=1")

Result = collections.namedtuple("Result", "code out err")


def run(*args, program=LUO_LOAD, timeout=60, limit=None):
    """luo-load with arguments; no file that it writes gets larger than @limit bytes. A code
    below 0 is a signal, 124 a timeout."""
    small = limit and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    try:
        p = subprocess.run([program] + [str(a) for a in args], stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=timeout, preexec_fn=small)
    except subprocess.TimeoutExpired:
        return Result(124, "", "took more than %d s" % timeout)
    # What is no UTF-8 becomes \xNN, which is no JSON.
    return Result(p.returncode, p.stdout.decode("utf-8", "backslashreplace"),
                  p.stderr.decode("utf-8", "backslashreplace"))


def released_objects(d):
    """From here on luo-load has objects for what is released only: those for PCI and VFIO are
    four of five, and a thousand runs with sanitizers would open them for nothing."""
    path = os.path.join(d, "released")
    os.mkdir(path)
    for name in os.listdir(os.environ["LUO_BPF_PATH"]):
        if not name.startswith(("pci_", "vfio_")):
            os.symlink(os.path.join(os.environ["LUO_BPF_PATH"], name), os.path.join(path, name))
    os.environ["LUO_BPF_PATH"] = path


def complaint(err):
    """The lines by which luo-load says that it failed; warnings and blockers are others."""
    return [l for l in err.splitlines()
            if l.startswith("luo-load: ") and not l.startswith("luo-load: warning: ")]


def rules(err):
    """Names of the rules in a list of blockers."""
    return [l.split()[0].rstrip(":") for l in err.splitlines() if l.startswith("  ") and l.split()]


class Tap:
    def __init__(self):
        self.nr, self.failed = 0, 0

    def result(self, name, problems):
        """One result; @problems is a list of lines, empty when all is well."""
        self.nr += 1
        self.failed += bool(problems)
        print("%sok %d - %s" % ("not " if problems else "", self.nr, name))
        for p in problems[:12]:
            print("#   %s" % p.encode("unicode_escape").decode())
        if len(problems) > 12:
            print("#   and %d more" % (len(problems) - 12))
        sys.stdout.flush()

    def note(self, text):
        print("# %s" % text)

    def end(self):
        print("1..%d" % self.nr)
        return 1 if self.failed else 0


def scratch_dir():
    """In memory where there is some: tests write many small files."""
    base = os.environ.get("TMPDIR")
    return tempfile.TemporaryDirectory(prefix="luo-", dir=base)

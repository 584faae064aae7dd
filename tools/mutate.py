"""Changes one small thing of a module at a time and sees whether the tests notice.

    python tools/mutate.py json_states contexts      modules of grantwire.template (default: the context analyser's)

In: modules, and `tools/equivalent-mutants.txt`, which lists changes that change nothing, each with its reason. Out: each
change no test noticed; exit 1 if there are any. Never: a changed file. Every mutant lives in a process of its own.

The tests are collected and run once, to know how long each takes and which lines it runs. Then every mutant is forked
from that process and meets the tests that run its line, the quickest and those that noticed most so far first.
"""

import importlib
import importlib.abc
import importlib.util
import inspect
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

import hypothesis
import pytest

from mutants import Mutant, mutants

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "grantwire" / "template"
TESTS = ROOT / "tests" / "template"
PACKAGE = "grantwire.template"
ANALYSER = (
    "json_states", "json_levels", "json_chunks", "json_contexts", "json_faults", "contexts", "walk", "walk_faults", "findings",
    "turns", "outline", "careful",
)  # fmt: skip
#: Tests that look at what is changed.
FILES = (
    "test_contexts.py", "test_contexts_exact.py", "test_turns.py", "test_modes.py", "test_lint.py", "test_outline.py",
    "test_canary.py", "test_compile.py", "test_json_chunks.py", "test_careful.py", "test_contexts_sound.py",
    "test_hostile_values.py",
)  # fmt: skip
#: Further ones, which take long, for some modules only.
MORE = {"careful": ("test_tiers.py", "test_limits.py")}
#: Plain assertions: nobody reads why a test failed.
OPTIONS = [
    "-p", "no:cacheprovider", "-p", "no:terminal", "--assert=plain", "--capture=no", "-o", "filterwarnings=", "-o", "addopts=--import-mode=importlib",
]  # fmt: skip
MEMORY_BYTES = 4 * 2**30

Lines = set[tuple[str, int]]
Tell = Callable[[str], object]


class Test(NamedTuple):
    """What is known of a test: its processor time, and the lines it runs of the modules to change."""

    name: str
    seconds: float
    lines: Lines


class Outcome(NamedTuple):
    """Of one mutant. `by`: the test that noticed it, if one did before the time was up."""

    is_noticed: bool
    by: str


def main() -> int:
    os.chdir(ROOT)
    modules = sys.argv[1:] or list(ANALYSER)
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
    hypothesis.settings.load_profile("mutants")
    on_import = traced(modules, lambda: [importlib.import_module(f"{PACKAGE}.{module}") for module in modules])
    mutating = Mutating(modules, on_import)
    pytest.main([*OPTIONS, *(str(TESTS / name) for name in files_of(modules))], plugins=[mutating])
    return 0 if mutating.left == [] else 1


def files_of(modules: list[str]) -> list[str]:
    return [*FILES, *dict.fromkeys(name for module in modules for name in MORE.get(module, ()))]


def traced(modules: list[str], run: Callable[[], object]) -> Lines:
    """The lines of the modules that run meanwhile."""
    names = {str(SOURCES / f"{module}.py"): module for module in modules}
    lines: Lines = set()

    def line(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            lines.add((names[frame.f_code.co_filename], frame.f_lineno))
        return line

    sys.settrace(lambda frame, *_: line if frame.f_code.co_filename in names else None)
    try:
        run()
        if sys.gettrace() is None:  # Python gives up tracing where recursion goes too deep: then it may be any line
            lines |= {(module, number) for module in modules for number in range(1, 1000)}
    finally:
        sys.settrace(None)
    return lines


class Mutating:
    """A pytest plugin that, instead of running the tests once, holds them against every mutant."""

    def __init__(self, modules: list[str], on_import: Lines) -> None:
        self.left: list[str] | None = None
        self._modules, self._on_import = modules, on_import
        self._tests: dict[str, Test] = {}
        self._noticed: Counter[str] = Counter()
        self._failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for item in items.values():
            began = time.process_time()
            clear_caches()
            lines = traced(self._modules, partial(run_item, item, None))
            self._tests[item.nodeid] = Test(item.nodeid, time.process_time() - began, lines)
            if self._failed:
                sys.exit(f"{item.nodeid} fails without any change")
        self.left = [name for module in self._modules for name in self._survivors(module, items)]
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed

    def _survivors(self, module: str, items: dict[str, pytest.Item]) -> list[str]:
        known = {name for name in equivalents() if name.startswith(f"{module} ")}
        began, names, left = time.perf_counter(), set(), []
        for mutant in mutants((SOURCES / f"{module}.py").read_text("utf-8")):
            name = f"{module} {mutant.name}"
            names.add(name)
            if name not in known and not self._is_noticed(module, mutant, items):
                left.append(name)
                print(f"{module}.py:{mutant.line}: {mutant.name}", flush=True)
        for name in known - names:
            print(f"{name}: listed, but there is no such change", flush=True)
        listed, spent = len(known & names), time.perf_counter() - began
        noticed = len(names) - listed - len(left)
        print(
            f"{module}: {len(names)} mutants, {noticed} noticed, {listed} listed, {len(left)} left, {spent:.0f} s",
            flush=True,
        )
        return [*left, *(known - names)]

    def _is_noticed(self, module: str, mutant: Mutant, items: dict[str, pytest.Item]) -> bool:
        lines = {(module, line) for line in mutant.lines}
        if not mutant.function or lines & self._on_import:
            order = self._ordered(module, None)
            outcome = in_a_process(lambda told: meet_anew(module, mutant, order, told))
        else:
            order = self._ordered(module, lines)
            if not order:
                print(f"no test runs {module}.py:{mutant.line}:")
            outcome = in_a_process(
                lambda told: meet(module, mutant, [(test, items[test.name]) for test in order], told)
            )
        self._noticed[outcome.by] += 1
        return outcome.is_noticed

    def _ordered(self, module: str, lines: Lines | None) -> list[Test]:
        """The tests that run a line, or all: first what has noticed most in the least time."""
        files = {*FILES, *MORE.get(module, ())}
        tests = [test for test in self._tests.values() if Path(test.name.partition("::")[0]).name in files]
        fitting = tests if lines is None else [test for test in tests if test.lines & lines]
        return sorted(fitting, key=lambda test: -(1 + self._noticed[test.name]) / (0.003 + test.seconds))


def in_a_process(run: Callable[[Tell], None]) -> Outcome:
    """Forks. `run` tells the name of each test it begins; it ends the process if one fails, or runs out of time."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            run(lambda name: os.write(writing, f"{name}\n".encode()))
        except BaseException:  # noqa: BLE001  a mutant may do anything; it is noticed then
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        begun = told.read().splitlines()
    _, status = os.waitpid(child, 0)
    return Outcome(status != 0, begun[-1] if begun and status else "")


def meet(module: str, mutant: Mutant, tests: list[tuple[Test, pytest.Item]], told: Tell) -> None:
    """Changes the function where it is, so that everything else can stay as it is."""
    function = live_function(sys.modules[f"{PACKAGE}.{module}"], mutant.function)
    function.__code__ = next(code for code in codes(mutant.code) if code.co_qualname == mutant.function)
    if not tests:
        return
    clear_caches()
    plugin = Hurried({test.name: test for test, _ in tests}, told)
    tests[0][1].config.pluginmanager.register(plugin)
    for (_, item), following in zip(tests, [*tests[1:], None], strict=True):
        run_item(item, following[1] if following else None)


def meet_anew(module: str, mutant: Mutant, order: list[Test], told: Tell) -> None:
    """What takes effect on import needs everything imported anew."""
    for name, loaded in list(sys.modules.items()):
        if name.startswith(PACKAGE) or (getattr(loaded, "__file__", None) or "").startswith(str(TESTS)):
            del sys.modules[name]
    sys.meta_path.insert(0, Changed(f"{PACKAGE}.{module}", mutant.code))
    spend_at_most(10)
    files = sorted({test.name.partition("::")[0] for test in order})
    if pytest.main([*OPTIONS, *files], plugins=[Hurried({test.name: test for test in order}, told)]):
        os._exit(1)


def clear_caches() -> None:
    """So that what one test worked out is not there already when another asks for it."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for value in vars(module).values():
                getattr(value, "cache_clear", bool)()


def run_item(item: pytest.Item, following: pytest.Item | None) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def live_function(module: ModuleType, qualname: str) -> FunctionType:
    found: Any = module
    for part in qualname.split("."):
        found = vars(found)[part]
        found = getattr(found, "fget", None) or inspect.unwrap(found)
    return found  # type: ignore[no-any-return]


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def spend_at_most(seconds: float) -> None:
    """Processor time; the process ends when it is used up."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


class Hurried:
    """A pytest plugin: tests in the given order, each with its time, and the end of the process when one fails."""

    def __init__(self, tests: dict[str, Test], told: Tell) -> None:
        self._tests, self._told = tests, told

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {name: number for number, name in enumerate(self._tests)}
        items.sort(key=lambda item: order.get(item.nodeid, len(order)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self._told(item.nodeid)
        spend_at_most(1 + 3 * self._tests[item.nodeid].seconds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os._exit(1)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from changed code."""

    def __init__(self, module: str, code: CodeType) -> None:
        self._module, self._code = module, code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102  our own code, changed


def equivalents() -> set[str]:
    lines = (ROOT / "tools" / "equivalent-mutants.txt").read_text("utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith((" ", "#"))}


if __name__ == "__main__":
    sys.exit(main())

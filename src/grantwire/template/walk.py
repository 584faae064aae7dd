"""Leads a machine through every way a template can go: both branches, each kind of loop turn, each partial call.

In: a program, the machine of its mode, the partials. Out: the machine's last state, findings in the machine.
Never: knowing a grammar, or changing the tree (see `contexts.py`).

A state of None means that nothing can follow here; what led to it is in the findings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar, assert_never

from grantwire.template import walk_faults as faults
from grantwire.template.expressions import literal_key
from grantwire.template.findings import Fault, Route, Visit
from grantwire.template.limits import LIMITS
from grantwire.template.machines import DifferError, Machine
from grantwire.template.tree import (
    Block,
    Comment,
    InlinePartial,
    Literal,
    Mustache,
    Node,
    PartialCall,
    Path,
    Position,
    Program,
    RawBlock,
    Text,
)
from grantwire.template.turns import FIRST, LAST, MIDDLE, ONLY, Known, Turn, Turns, data_depth, truth

S = TypeVar("S")

#: Visits to nodes before a template counts as too tangled; an ordinary one needs a few hundred.
MAX_VISITS: Final = 60_000

#: Partials inside partials, as at render.
MAX_PARTIAL_DEPTH: Final = LIMITS.partial_depth

#: A loop's states grow with every pass, so few passes are enough; this only guards against a defect.
MAX_PASSES: Final = 50

BLOCK_OF_CALLER: Final = "@partial-block"


class TangledError(Exception):
    """The walk would take too long."""

    def __init__(self, position: Position, partial: str | None) -> None:
        super().__init__("this template has too many ways through it")
        self.position, self.partial = position, partial


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a visit takes place: by which partial calls, in which loop turns, with which inline partials."""

    visit: Visit
    turns: Turns
    partials: Mapping[str, Program]
    block: "CallerBlock | None" = None
    callers: tuple[tuple[str, Route], ...] = ()


@dataclass(frozen=True, slots=True)
class CallerBlock:
    """The content of `{{#> name}}…{{/name}}`, which the partial prints with `{{> @partial-block}}`."""

    program: Program
    outer: "CallerBlock | None"


@dataclass(slots=True)
class Recursion(Generic[S]):
    """A partial being walked. `leaving`: where its calls to itself are taken to end, once known."""

    entry: S
    leaving: S | None = None
    calls: int = 0


@dataclass(slots=True)
class Walk(Generic[S]):
    """One walk. `targets`: what each partial call was found to call."""

    machine: Machine[S]
    programs: tuple[Program, ...] = ()
    turns_seen: int | None = None
    visits: int = 0
    memory: dict[tuple[object, ...], S | None] = field(default_factory=dict)
    targets: dict[tuple[Route, int], tuple[Program, Route]] = field(default_factory=dict)
    recursions: dict[tuple[str, Route], Recursion[S]] = field(default_factory=dict)

    def program(self, program: Program, state: S | None, scene: Scene) -> S | None:
        scene = with_inline_partials(program, scene)
        for node in program.body:
            if state is None:
                return None
            self.count(node, scene)
            state = self.node(node, state, scene)
        return state

    def count(self, node: Node, scene: Scene) -> None:
        self.visits += 1
        if self.visits > MAX_VISITS:
            raise TangledError(node.position, scene.visit.partial)

    def node(self, node: Node, state: S, scene: Scene) -> S | None:
        match node:
            case Text():
                return self.machine.read(state, node, scene.visit)
            case Mustache():
                return self.machine.fill(state, node, scene.visit)
            case Block():
                return self.remembered(node, self.machine.cross(state, node, scene.visit), scene)
            case PartialCall():
                return self.partial(node, self.machine.cross(state, node, scene.visit), scene)
            case RawBlock():
                self.fault(node, scene, faults.RAW_BLOCK)
                return state
            case InlinePartial():
                if not isinstance(node.name, Literal):
                    self.fault(node, scene, faults.DYNAMIC_INLINE)
                return state
            case Comment():
                return state
            case _:
                assert_never(node)

    def remembered(self, block: Block, state: S, scene: Scene) -> S | None:
        """The same block met again in the same state ends as it did before."""
        key = (id(block), state, self.turns_that_matter(scene), scene.visit, id(scene.block))
        if key not in self.memory:
            self.memory[key] = self.block(block, state, scene)
        return self.memory[key]

    def turns_that_matter(self, scene: Scene) -> Turns:
        """Those of the innermost loop, and of as many around it as some `@../first` looks at."""
        if len(scene.turns) < 2:
            return scene.turns
        if self.turns_seen is None:
            self.turns_seen = 1 + max(map(data_depth, self.programs))
        return scene.turns[-self.turns_seen :]

    def block(self, block: Block, state: S, scene: Scene) -> S | None:
        match name_of(block):
            case "if" | "unless" as name if block.call.params:
                known = truth(block.call.params[0], scene.turns) if not block.call.hash else None
                when_true, when_false = block.program, block.inverse
                if name == "unless":
                    when_true, when_false = when_false, when_true
                return self.choose(block, known, (when_true, when_false), state=state, scene=scene)
            case "with":
                return self.choose(block, None, (block.program, block.inverse), state=state, scene=scene)
            case "each":
                return self.loop(block, state, scene)
            case _:
                return self.section(block, state, scene)

    def section(self, block: Block, state: S, scene: Scene) -> S | None:
        """`{{#x}}`: a loop for a list, the inverse for nothing. For an object or true it is like a loop's only turn."""
        known = truth(block.call, scene.turns)
        if known is not None:
            return self.choose(block, known, (block.program, block.inverse), state=state, scene=scene)
        return self.loop(block, state, scene)

    def choose(
        self,
        block: Block,
        known: Known,
        branches: tuple[Program | None, Program | None],
        *,
        state: S,
        scene: Scene,
    ) -> S | None:
        if known is not None:
            return self.branch(branches[0 if known else 1], state, scene)
        one, other = (self.branch(branch, state, scene) for branch in branches)
        return self.join(block, one, other, scene=scene)

    def branch(self, program: Program | None, state: S | None, scene: Scene) -> S | None:
        if program is None:
            return state
        ended = self.program(program, state, scene)
        if ended is None or not program.body:
            return ended
        return self.machine.cross(ended, program.body[-1], scene.visit)

    def loop(self, block: Block, state: S, scene: Scene) -> S | None:
        """No turn at all, the only turn, or a first, some middle ones and a last."""
        if block.program is None:
            return self.choose(block, None, (None, block.inverse), state=state, scene=scene)
        ended = self.join(
            block,
            self.branch(block.inverse, state, scene),
            self.turn(block, ONLY, state=state, scene=scene),
            scene=scene,
        )
        between = self.turn(block, FIRST, state=state, scene=scene)
        for _ in range(MAX_PASSES):
            if between is None:
                break
            following = self.turn(block, MIDDLE, state=between, scene=scene)
            joined = self.join(block, between, following, scene=scene)
            if joined == between:
                break
            between = joined
        last = self.turn(block, LAST, state=between, scene=scene)
        return self.join(block, ended, last, scene=scene)

    def turn(self, block: Block, turn: Turn, *, state: S | None, scene: Scene) -> S | None:
        return self.branch(block.program, state, replace(scene, turns=(*scene.turns, turn)))

    def join(self, node: Node, one: S | None, other: S | None, *, scene: Scene) -> S | None:
        if one is None or other is None:
            return other if one is None else one
        try:
            return self.machine.join(one, other)
        except DifferError as differ:
            self.fault(node, scene, faults.differing(differ))
            return one

    def partial(self, call: PartialCall, state: S, scene: Scene) -> S | None:
        """Walk what the call prints, from the state it is called in."""
        if not isinstance(call.name, Path | Literal):
            return self.skip(call, state, scene, fault=faults.DYNAMIC_PARTIAL)
        name = name_of_partial(call.name)
        if name == BLOCK_OF_CALLER:
            return self.caller_block(call, state, scene)
        scene = within_block(call, scene)
        target = scene.partials.get(name, call.block)
        if target is None:
            return self.skip(call, state, scene, fault=faults.unknown_partial(name, scene.partials))
        if target is call.block:
            return self.enter(call, target, state=state, scene=scene)
        for caller in scene.callers:
            if caller[0] == name:
                return self.again(call, state, scene, caller=caller)
        return self.enter_named(call, target, state=state, scene=scene, name=name)

    def skip(self, call: PartialCall, state: S, scene: Scene, *, fault: Fault) -> S:
        self.fault(call, scene, fault)
        return self.machine.skip(state)

    def caller_block(self, call: PartialCall, state: S, scene: Scene) -> S | None:
        if scene.block is None:
            return self.skip(call, state, scene, fault=faults.NO_BLOCK)
        outside = replace(scene, block=scene.block.outer)
        return self.enter(call, scene.block.program, state=state, scene=outside)

    def enter(self, call: PartialCall, target: Program, *, state: S, scene: Scene) -> S | None:
        route = scene.visit.spot(call)
        inside = (*route[0], route[1])
        self.targets[route] = (target, inside)
        if len(inside) > MAX_PARTIAL_DEPTH:
            return self.skip(call, state, scene, fault=faults.PARTIALS_TOO_DEEP)
        visit = Visit(inside, target.partial)
        return self.branch(target, state, replace(scene, visit=visit))

    def enter_named(self, call: PartialCall, target: Program, *, state: S, scene: Scene, name: str) -> S | None:
        """A partial that calls itself is walked until its way out is settled."""
        caller = (name, (*scene.visit.route, call.position.offset))
        recursion = Recursion(state)
        self.recursions[caller] = recursion
        inside = replace(scene, callers=(*scene.callers, caller))
        leaving = None
        for _ in range(MAX_PASSES):
            before = (recursion.entry, recursion.leaving)
            leaving = self.enter(call, target, state=recursion.entry, scene=inside)
            if not recursion.calls:
                break
            recursion.leaving = leaving
            if before == (recursion.entry, leaving):
                break
            self.memory.clear()
        return leaving

    def again(self, call: PartialCall, state: S, scene: Scene, *, caller: tuple[str, Route]) -> S | None:
        """The call of a partial from inside itself: it ends as the partial is known to end so far."""
        recursion = self.recursions[caller]
        recursion.calls += 1
        self.targets[scene.visit.spot(call)] = (scene.partials[caller[0]], caller[1])
        entry = self.machine.widen(recursion.entry, state)
        if entry is None:
            return self.skip(call, state, scene, fault=faults.recursion_elsewhere(caller[0]))
        recursion.entry = entry
        if recursion.leaving is None:
            return None
        resumed = self.machine.resume(state, recursion.entry, recursion.leaving)
        if resumed is None:
            return self.skip(call, state, scene, fault=faults.recursion_elsewhere(caller[0]))
        return resumed

    def fault(self, node: Node, scene: Scene, fault: Fault) -> None:
        self.machine.findings.refuse(fault, node, scene.visit)


def with_inline_partials(program: Program, scene: Scene) -> Scene:
    """An inline partial is known in the whole program it stands in, also before its own line."""
    inline = {
        name_of_partial(node.name): node.program
        for node in program.body
        if isinstance(node, InlinePartial) and isinstance(node.name, Literal)
    }
    return replace(scene, partials={**scene.partials, **inline}) if inline else scene


def name_of_partial(name: Path | Literal) -> str:
    return literal_key(name.value) if isinstance(name, Literal) else name.original


def within_block(call: PartialCall, scene: Scene) -> Scene:
    """What `{{#> name}}` lends to the partial: its content, and the inline partials in it."""
    if call.block is None:
        return scene
    return replace(with_inline_partials(call.block, scene), block=CallerBlock(call.block, scene.block))


def name_of(block: Block) -> str:
    """The helper a block names; empty when it can only be a path."""
    match block.call.callee:
        case Path(segments=(name,), depth=0, data=False, scoped=False):
            return name
        case _:
            return ""

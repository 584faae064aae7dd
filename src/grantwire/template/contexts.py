"""Gives every mustache its place before anything is rendered, and refuses templates where that is impossible.

In: a parsed template, its mode, the partials by name. Out: the same tree with places, and all problems.
Never: parsing, escaping, or looking at data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, assert_never

from grantwire.template import json_faults, walk_faults
from grantwire.template.errors import Problem, Severity
from grantwire.template.findings import Breach, Findings, Route, Visit, problem_of
from grantwire.template.form_contexts import FormMachine
from grantwire.template.header_contexts import HeaderMachine
from grantwire.template.json_contexts import JsonMachine
from grantwire.template.json_levels import MAX_DEPTH, Documents, Opening
from grantwire.template.limits import LIMITS
from grantwire.template.machines import Machine
from grantwire.template.tree import (
    START,
    Block,
    InlinePartial,
    Kind,
    Mode,
    Mustache,
    Node,
    PartialCall,
    Place,
    Position,
    Program,
)
from grantwire.template.url_contexts import UrlMachine
from grantwire.template.walk import MAX_PARTIAL_DEPTH, S, Scene, TangledError, Walk
from grantwire.template.xml_contexts import XmlMachine

#: Each walk settles the strings of one nesting level; one more finds nothing new.
MAX_WALKS: Final = MAX_DEPTH + 3


class PlacedMustache(NamedTuple):
    """For an editor: what was decided for one mustache."""

    position: Position
    length: int
    partial: str | None
    place: Place


def analyse(program: Program, mode: Mode, partials: Mapping[str, Program]) -> tuple[Program, tuple[Problem, ...]]:
    """Each mustache of the result has its place, each partial call the partial analysed for that spot."""
    try:
        walked, problems = walk_mode(program, mode, partials)
    except TangledError as tangled:
        problem = Problem(str(tangled), tangled.position, code="too-tangled", partial=tangled.partial)
        return program, (problem,)
    except RecursionError:
        return program, (Problem("this template nests too deeply", START, code="too-tangled"),)
    placed = Placing(walked, mode).program(program, ())
    return placed, tuple(sorted(the_worst(set(problems)), key=order))


def the_worst(problems: set[Problem]) -> list[Problem]:
    """No more than anyone reads, errors first."""
    return sorted(problems, key=lambda problem: (problem.severity, *order(problem)))[: LIMITS.problems]


def order(problem: Problem) -> tuple[str, int, str]:
    return (problem.partial or "", problem.position.offset, problem.code)


class Walked(NamedTuple):
    """What the last walk found: the place of each mustache, the program of each partial call."""

    findings: Findings
    targets: dict[tuple[Route, int], tuple[Program, Route]]


def walk_mode(program: Program, mode: Mode, partials: Mapping[str, Program]) -> tuple[Walked, list[Problem]]:
    match mode:
        case Mode.JSON | Mode.NDJSON:
            return walk_json(program, mode, partials)
        case Mode.FORM:
            return walk_simple(program, FormMachine(), partials)
        case Mode.XML:
            return walk_simple(program, XmlMachine(), partials)
        case Mode.URL:
            return walk_simple(program, UrlMachine(), partials)
        case Mode.HEADER:
            return walk_simple(program, HeaderMachine(), partials)
        case Mode.PLAIN | Mode.TEXT:
            return Walked(Findings(), {}), []
        case _:
            assert_never(mode)


def walk_simple(program: Program, machine: Machine[S], partials: Mapping[str, Program]) -> tuple[Walked, list[Problem]]:
    targets, ended = walk_once(program, machine, partials)
    problems = machine.findings.verdicts()
    return Walked(machine.findings, targets), problems if ended else with_an_error(problems, program)


def walk_json(program: Program, mode: Mode, partials: Mapping[str, Program]) -> tuple[Walked, list[Problem]]:
    """Walk until it is settled which strings hold documents. Usually the first walk settles it."""
    doubts: dict[tuple[Route, int, int], Problem] = {}
    known_text: frozenset[tuple[Route, int, int]] = frozenset()
    for _ in range(MAX_WALKS):
        machine = JsonMachine(mode, known_text)
        targets, ended = walk_once(program, machine, partials)
        documents = machine.documents
        failed = frozenset((documents.openings.keys() - documents.complete) | documents.text)
        if failed <= known_text:
            break
        doubts |= doubts_about(failed - known_text, documents, machine.findings)
        known_text |= failed
    problems = [*machine.findings.verdicts(), *doubts.values(), *too_deep(documents)]
    return Walked(machine.findings, targets), problems if ended else with_an_error(problems, program)


def walk_once(
    program: Program, machine: Machine[S], partials: Mapping[str, Program]
) -> tuple[dict[tuple[Route, int], tuple[Program, Route]], bool]:
    """The partial calls met, and whether some way leads to the end of the template."""
    walk = Walk(machine, programs=(program, *partials.values()))
    visit = Visit((), program.partial)
    state = walk.program(program, machine.begin(), Scene(visit, (), partials))
    last = program.body[-1] if program.body else None
    return walk.targets, state is not None and machine.finish(state, last, visit)


def with_an_error(problems: list[Problem], program: Program) -> list[Problem]:
    """Nothing led to the end: then some warning was an error, or a partial calls itself for ever."""
    if any(problem.severity is Severity.ERROR for problem in problems):
        return problems
    warnings = sorted((problem for problem in problems if problem.message.startswith("for some data")), key=order)
    if warnings:
        return [replace(problem, severity=Severity.ERROR) for problem in warnings]
    return [*problems, problem_of(walk_faults.NEVER_ENDS, START, 1, partial=program.partial)]


def doubts_about(
    failed: frozenset[tuple[Route, int, int]], documents: Documents, findings: Findings
) -> dict[tuple[Route, int, int], Problem]:
    """Strings that begin like an object but are none: most likely a slip that would let values break it."""
    firsts: dict[tuple[Route, int, int], Breach] = {}
    for breach in sorted(findings.breaches.values(), key=lambda breach: breach.position.offset):
        for key in breach.within:
            firsts.setdefault(key, breach)
    openings = documents.openings
    return {
        key: doubt(openings[key], firsts.get(key)) for key in failed & openings.keys() if openings[key].bracket == "{"
    }


def doubt(opening: Opening, first: Breach | None) -> Problem:
    fault = first.fault if first else json_faults.APART
    return Problem(
        message=f"this string begins like a JSON object but is none ({fault.message}), "
        "so its values are escaped as plain text",
        position=first.position if first else opening.position,
        length=first.length if first else 1,
        severity=Severity.WARNING,
        code="not-nested-json",
        suggestion=fault.suggestion,
        partial=opening.partial,
    )


def too_deep(documents: Documents) -> Iterator[Problem]:
    fault = json_faults.TOO_DEEP
    for key in documents.complete:
        opening = documents.openings[key]
        if key[2] >= MAX_DEPTH:
            yield Problem(
                message=fault.message,
                position=opening.position,
                code=fault.code,
                suggestion=fault.suggestion,
                partial=opening.partial,
            )


@dataclass(slots=True)
class Placing:
    """Rewrites the tree with what a walk found."""

    walked: Walked
    mode: Mode
    done: dict[tuple[int, Route, int], Program] = field(default_factory=dict)
    open: list[Route] = field(default_factory=list)

    def program(self, program: Program, route: Route) -> Program:
        return replace(program, body=tuple(self.node(node, route) for node in program.body))

    def node(self, node: Node, route: Route) -> Node:
        match node:
            case Mustache():
                place = self.walked.findings.places.get((route, node.position.offset))
                place = place or default_place(self.mode, node)
                return Mustache(node.call, node.raw, node.position, node.length, place)
            case Block():
                return replace(node, program=self.maybe(node.program, route), inverse=self.maybe(node.inverse, route))
            case InlinePartial():
                return replace(node, program=self.program(node.program, self.entered(node.program, route)))
            case PartialCall():
                return self.partial(node, route)
            case _:
                return node

    def maybe(self, program: Program | None, route: Route) -> Program | None:
        return None if program is None else self.program(program, route)

    def entered(self, program: Program, route: Route) -> Route:
        """By which call a block or an inline partial is printed first."""
        ways = (inside for target, inside in self.walked.targets.values() if target is program)
        return next(ways, route)

    def partial(self, call: PartialCall, route: Route) -> PartialCall:
        block = call.block and self.program(call.block, self.entered(call.block, route))
        found = self.walked.targets.get((route, call.position.offset))
        return replace(call, block=block, program=found and self.target(*found))

    def target(self, program: Program, inside: Route) -> Program:
        """A partial that calls itself is written out as deep as partials may go; equal spots share one tree."""
        turn = self.open.count(inside)
        key = (id(program), inside, turn)
        if key not in self.done:
            if turn > MAX_PARTIAL_DEPTH:
                return replace(program, body=())
            self.open.append(inside)
            self.done[key] = self.program(program, inside)
            self.open.pop()
        return self.done[key]


def default_place(mode: Mode, mustache: Mustache) -> Place:
    """For a mustache that is never printed, such as one in an inline partial nobody calls."""
    match mode:
        case Mode.JSON | Mode.NDJSON:
            return Place(mode, Kind.STRING)
        case Mode.FORM:
            return Place(mode, Kind.FORM_VALUE)
        case Mode.URL:
            return Place(mode, Kind.PATH_SEGMENT)
        case Mode.HEADER:
            return Place(mode, Kind.HEADER_VALUE)
        case Mode.XML:
            return Place(mode, Kind.TEXT)
        case Mode.TEXT | Mode.PLAIN:
            return Place(mode, Kind.RAW if mustache.raw else Kind.TEXT)


def places(program: Program) -> Iterator[PlacedMustache]:
    """Every mustache of an analysed template with its place, in the order they are written."""
    for node in program.body:
        match node:
            case Mustache(position=position, length=length, place=Place() as place):
                yield PlacedMustache(position, length, program.partial, place)
            case Block(program=inner, inverse=inverse):
                yield from places(inner) if inner else ()
                yield from places(inverse) if inverse else ()
            case PartialCall(block=Program() as inner) | InlinePartial(program=inner):
                yield from places(inner)
            case _:
                pass

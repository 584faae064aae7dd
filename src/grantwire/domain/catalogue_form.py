"""Catalogue form: the catalogue as people and programs write it.

In: the YAML/JSON shape of it. Out: a `Catalogue`, or every problem of it with its path. Never: a look at the world
(whether a database answers), or a secret where a reference to one belongs.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from grantwire.domain.catalogue import (
    ANY,
    Bundle,
    Catalogue,
    CataloguePerson,
    CatalogueTarget,
    CatalogueType,
    Group,
    Integration,
    Resource,
)
from grantwire.domain.catalogue_flow_form import read_flow
from grantwire.domain.catalogue_links import broken_links
from grantwire.domain.catalogue_provisioner_form import read_provisioner
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.form import Form
from grantwire.domain.shape import name_of

T = TypeVar("T")

KINDS = ("people", "groups", "integrations", "bundles", "access_flows")
LONGEST_NAME = 200
MOST_OF_A_KIND = 10_000


def name_field(kind: str) -> str:
    """What things of a kind are told apart by."""
    return "email" if kind == "people" else "name"


def read_catalogue(raw: object) -> Catalogue:
    """Raises `Refused` with every problem."""
    problems: list[Problem] = []
    form = Form(raw, "", problems)
    catalogue = Catalogue(
        people=_each(form, "people", _person),
        groups=_each(form, "groups", _group),
        integrations=_each(form, "integrations", _integration),
        bundles=_each(form, "bundles", _bundle),
        access_flows=_each(form, "access_flows", lambda one: read_flow(one, read_target=_target)),
    )
    form.finish()
    if not problems:  # what could not be read would be missed at every place that names it
        problems += broken_links(catalogue)
    if problems:
        raise Refused("the catalogue is not valid", problems)
    return catalogue


def _each(form: Form, name: str, read: Callable[[Form], T]) -> tuple[T, ...]:
    """The objects of a list; each must have a name, or an address, of its own."""
    inner = form.forms(name)
    if len(inner) > MOST_OF_A_KIND:
        form.fault(name, f"are {len(inner):,}, at most {MOST_OF_A_KIND:,} are possible")
    return _read_named(inner[:MOST_OF_A_KIND], name_field(name), read)


def _read_named(inner: Sequence[Form], field: str, read: Callable[[Form], T]) -> tuple[T, ...]:
    found = []
    for one in inner:
        found.append(read(one))
        one.finish()
    _check_names(inner, field)
    return tuple(found)


def _check_names(inner: Sequence[Form], field: str) -> None:
    first: dict[str, str] = {}
    for one in inner:
        name = one.take(field)
        if not isinstance(name, str):
            continue
        if len(name) > LONGEST_NAME:
            one.fault(field, f"has {len(name)} characters, at most {LONGEST_NAME} are possible")
        earlier = first.setdefault(name.strip().casefold(), one.path)
        if earlier != one.path:
            one.fault(field, f"{name!r} is that of {earlier} already.", "Give each its own.")


def _person(form: Form) -> CataloguePerson:
    email = form.needed_text("email", fallback="-@-").strip()
    if "@" not in email:
        form.fault("email", f"{email[:80]!r} is no email address.")
    manager, logins = form.text("manager"), form.inner("logins")
    return CataloguePerson(
        email=email,
        name=form.text("name") or email.partition("@")[0],
        manager=manager or None,
        logins={name: logins.needed_text(name, fallback="-") for name in logins.names()} if logins else {},
    )


def _group(form: Form) -> Group:
    return Group(form.needed_text("name", fallback="-"), form.texts("members"))


def _integration(form: Form) -> Integration:
    name = form.needed_text("name", fallback="-")
    types = _read_named(form.forms("resource_types"), "id", lambda one: _type(one, name))
    form.need_one("resource_types", hint="Say what there is to ask for.")
    provisioner = form.inner("provisioner")
    return Integration(
        name=name,
        type=form.needed_text("type", fallback="-"),
        resource_types=types,
        provisioner=read_provisioner(provisioner) if provisioner else None,
    )


def _type(form: Form, integration: str) -> CatalogueType:
    type_id = form.needed_text("id", fallback="-")
    permissions = form.texts("permissions")
    for index, one in enumerate(permissions):
        if not one.strip():
            form.fault(f"permissions[{index}]", "must not be empty")
        if one == ANY:
            form.fault(f"permissions[{index}]", f"{ANY!r} means all permissions elsewhere, and cannot be one.")
    resources = tuple(_resources(form, integration))
    for name in ("permissions", "resources"):
        form.need_one(name)
    return CatalogueType(type_id, form.text("name") or type_id, resources, tuple(dict.fromkeys(permissions)))


def _resources(form: Form, integration: str) -> Sequence[Resource]:
    """A name, or an object with name and path."""
    raw = form.take("resources")
    found: dict[str, Resource] = {}
    for index, one in enumerate(raw if isinstance(raw, list | tuple) else [] if raw is None else [raw]):
        if isinstance(one, str) and one.strip():
            resource = Resource(one, f"{integration}/{one}")
        elif isinstance(one, dict):
            inner = Form(one, f"{form.at('resources')}[{index}]", form.problems)
            name = inner.needed_text("name", fallback="-")
            resource = Resource(name, inner.text("path") or f"{integration}/{name}")
            inner.finish()
        else:
            form.fault(f"resources[{index}]", f"must be a name, or an object with name and path; found {name_of(one)}")
            continue
        if resource.name == ANY:
            form.fault(f"resources[{index}]", f"{ANY!r} means all resources elsewhere, and cannot be the name of one.")
        if found.setdefault(resource.name, resource) is not resource:
            form.fault(f"resources[{index}]", f"{resource.name!r} is there already.")
    return tuple(found.values())


def _bundle(form: Form) -> Bundle:
    name = form.needed_text("name", fallback="-")
    targets = form.each("targets", _target)
    form.need_one("targets")
    return Bundle(name, targets)


def _target(form: Form) -> CatalogueTarget:
    for name in ("resources", "permissions"):
        if form.has(name):  # an empty list must not mean all there are
            form.need_one(name, hint=f"Leave it out, or give {ANY!r}, for all there are.")
    return CatalogueTarget(
        integration=form.needed_text("integration", fallback="-"),
        resource_type=form.needed_text("resource_type", fallback="-"),
        resources=form.texts("resources") or (ANY,),
        permissions=form.texts("permissions") or (ANY,),
    )

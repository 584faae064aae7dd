"""Catalogue provisioner form: who makes the grants of an integration, as people write it.

In: the section `provisioner`. Out: its settings; None when a person does it by hand. Never: a password (a reference
to one only: the catalogue is shown to people and kept in files).
"""

from enum import StrEnum

from grantwire.domain.catalogue import LoginMode, PostgreSqlSettings, Tls
from grantwire.domain.form import Form
from grantwire.domain.secret import references_in


class ProvisionerType(StrEnum):
    MANUAL = "manual"
    POSTGRESQL = "postgresql"


def read_provisioner(form: Form) -> PostgreSqlSettings | None:
    told = len(form.problems)
    kind = form.choice("type", ProvisionerType.MANUAL)
    if len(form.problems) > told:
        return None  # no field is known of a type that is none
    settings = None if kind is ProvisionerType.MANUAL else _postgresql(form)
    form.finish()
    return settings


def _postgresql(form: Form) -> PostgreSqlSettings:
    return PostgreSqlSettings(
        host=form.needed_text("host", fallback="-"),
        port=form.whole_number("port", least=1, most=65535) or 5432,
        database=form.text("database") or "postgres",
        user=form.needed_text("user", fallback="-"),
        password=_reference(form),
        mode=form.choice("mode", LoginMode.LOGIN),
        tls=form.choice("tls", Tls.VERIFY_FULL),
        roles=_roles(form),
    )


def _reference(form: Form) -> str:
    text = form.needed_text("password", fallback="${env:-}")
    found = references_in(text)
    if len(found) != 1 or text != f"${{{found[0][0]}:{found[0][1]}}}":
        hint = "Write ${env:NAME} or ${file:/path}; the server looks it up when it needs it."
        form.fault("password", "must be a reference: the catalogue keeps no password.", hint)
    return text


def _roles(form: Form) -> dict[str, tuple[str, ...]]:
    inner = form.inner("roles")
    if inner is None:
        form.fault("roles", "is missing", "Say which roles each permission stands for: {read: [app_reader]}.")
        return {}
    roles = {}
    for permission in inner.names():
        roles[permission] = inner.texts(permission)
        inner.need_one(permission, "must name at least one role")
        if any(not role.strip() for role in roles[permission]):
            inner.fault(permission, "must not have an empty name among its roles")
    return roles

"""The columns of `incident` in the order a real answer has them, and of the other tables that extend `task`.

In: nothing. Out: tables as data; order and defaults of `incident` follow a recorded answer (2023).
Must never: hold logic beyond building the lists.
"""

from grantwire.sandbox.schema import choices as lists
from grantwire.sandbox.schema.choices import Choices
from grantwire.sandbox.schema.dictionary import Column, Kind, Table, labelled, system


def text(name: str, length: int = 40, *, label: str = "", default: str = "") -> Column:
    return Column(name, label or labelled(name), Kind.TEXT, length, default)


def reference(name: str, target: str, *, label: str = "") -> Column:
    return Column(name, label or labelled(name), Kind.REFERENCE, 32, target=target)


def choice(name: str, options: Choices, *, default: str = "", label: str = "") -> Column:
    return Column(name, label or labelled(name), Kind.CHOICE, default=default, choices=options)


def integer(name: str, default: str = "") -> Column:
    return Column(name, labelled(name), Kind.INTEGER, default=default)


def boolean(name: str, default: str) -> Column:
    return Column(name, labelled(name), Kind.BOOLEAN, default=default)


def moment(name: str) -> Column:
    return Column(name, labelled(name), Kind.DATETIME)


def journal(name: str, label: str) -> Column:
    return Column(name, label, Kind.JOURNAL, length=1_000_000)


INCIDENT: tuple[Column, ...] = (
    reference("parent", "task"),
    boolean("made_sla", "true"),
    reference("caused_by", "change_request", label="Caused by Change"),
    text("watch_list", 4000),
    choice("upon_reject", lists.UPON_REJECT, default="cancel"),
    system("sys_updated_on", "Updated", Kind.DATETIME),
    integer("child_incidents", "0"),
    choice("hold_reason", lists.HOLD_REASON, label="On hold reason"),
    text("origin_table", 80),
    system("task_effective_number", "Effective number", Kind.TEXT),
    text("approval_history", 4000),
    text("number"),
    reference("resolved_by", "sys_user"),
    system("sys_updated_by", "Updated by", Kind.TEXT),
    reference("opened_by", "sys_user"),
    text("user_input", 4000),
    system("sys_created_on", "Created", Kind.DATETIME),
    Column("sys_domain", "Domain", Kind.REFERENCE, 32, "global", "sys_user_group", is_writable=False),
    choice("state", lists.INCIDENT_STATE, default="1"),
    text("route_reason"),
    system("sys_created_by", "Created by", Kind.TEXT),
    boolean("knowledge", "false"),
    integer("order"),
    integer("calendar_stc"),
    moment("closed_at"),
    reference("cmdb_ci", "cmdb_ci", label="Configuration item"),
    reference("delivery_plan", "sc_cat_item_delivery_plan"),
    reference("contract", "ast_contract"),
    choice("impact", lists.IMPACT, default="3"),
    boolean("active", "true"),
    text("work_notes_list", 4000),
    reference("business_service", "cmdb_ci_service", label="Service"),
    text("business_impact", 4000),
    choice("priority", lists.PRIORITY, default="5"),
    Column("sys_domain_path", "Domain Path", Kind.TEXT, 255, "/", is_writable=False),
    reference("rfc", "change_request", label="Change Request"),
    text("time_worked"),
    moment("expected_start"),
    moment("opened_at"),
    text("business_duration"),
    text("group_list", 4000),
    moment("work_end"),
    reference("caller_id", "sys_user", label="Caller"),
    moment("reopened_time"),
    moment("resolved_at"),
    moment("approval_set"),
    choice("subcategory", lists.SUBCATEGORY),
    journal("work_notes", "Work notes"),
    reference("universal_request", "universal_request"),
    text("short_description", 160),
    choice("close_code", lists.CLOSE_CODE, label="Resolution code"),
    text("correlation_display", 100),
    reference("delivery_task", "sc_cat_item_delivery_task"),
    moment("work_start"),
    reference("assignment_group", "sys_user_group"),
    text("additional_assignee_list", 4000),
    integer("business_stc"),
    text("cause", 4000, label="Probable cause"),
    text("description", 4000),
    text("origin_id", 32),
    text("calendar_duration"),
    text("close_notes", 4000, label="Resolution notes"),
    choice("notify", lists.NOTIFY, default="1"),
    reference("service_offering", "service_offering"),
    system("sys_class_name", "Task type", Kind.TEXT),
    reference("closed_by", "sys_user"),
    moment("follow_up"),
    reference("parent_incident", "incident"),
    system("sys_id", "Sys ID", Kind.TEXT),
    choice("contact_type", lists.CONTACT_TYPE, label="Channel"),
    reference("reopened_by", "sys_user", label="Last reopened by"),
    choice("incident_state", lists.INCIDENT_STATE, default="1"),
    choice("urgency", lists.IMPACT, default="3"),
    reference("problem_id", "problem", label="Problem"),
    reference("company", "core_company"),
    integer("reassignment_count", "0"),
    moment("activity_due"),
    reference("assigned_to", "sys_user"),
    choice("severity", lists.IMPACT, default="3"),
    journal("comments", "Additional comments"),
    choice("approval", lists.APPROVAL, default="not requested"),
    moment("sla_due"),
    Column("comments_and_work_notes", "Comments and Work notes", Kind.JOURNAL_LIST),
    moment("due_date"),
    system("sys_mod_count", "Updates", Kind.INTEGER),
    integer("reopen_count", "0"),
    system("sys_tags", "Tags", Kind.TEXT),
    choice("escalation", lists.ESCALATION, default="0"),
    choice("upon_approval", lists.UPON_APPROVAL, default="proceed"),
    text("correlation_id", 100),
    reference("location", "cmn_location"),
    choice("category", lists.CATEGORY, default="inquiry"),
)

# What `incident` adds to `task`; every other column belongs to all task tables.
_ONLY_INCIDENT = frozenset(
    [
        "caused_by",
        "child_incidents",
        "hold_reason",
        "origin_table",
        "resolved_by",
        "business_impact",
        "rfc",
        "caller_id",
        "reopened_time",
        "resolved_at",
        "subcategory",
        "close_code",
        "business_stc",
        "calendar_stc",
        "cause",
        "origin_id",
        "notify",
        "parent_incident",
        "reopened_by",
        "incident_state",
        "problem_id",
        "severity",
        "reopen_count",
        "category",
    ]
)
_TASK = tuple(column for column in INCIDENT if column.name not in _ONLY_INCIDENT)


def task_table(name: str, label: str, prefix: str, *own: Column) -> Table:
    """A table of the task family; a column in `own` replaces the one of `task` with its name, or comes last."""
    columns = {column.name: column for column in (*_TASK, choice("state", lists.TASK_STATE, default="1"), *own)}
    return Table(name, label, columns, "number", prefix, "" if name == "task" else "task")


TASK_TABLES: tuple[Table, ...] = (
    Table("incident", "Incident", {column.name: column for column in INCIDENT}, "number", "INC", "task"),
    task_table("task", "Task", "TASK"),
    task_table(
        "change_request",
        "Change Request",
        "CHG",
        choice("state", lists.CHANGE_STATE, default="-5"),
        reference("requested_by", "sys_user"),
        choice("type", (("normal", "Normal"), ("standard", "Standard"), ("emergency", "Emergency")), default="normal"),
        choice("risk", (("2", "High"), ("3", "Moderate"), ("4", "Low")), default="3"),
        text("reason", 4000),
        text("justification", 4000),
        text("implementation_plan", 4000),
        text("backout_plan", 4000),
        text("test_plan", 4000),
        moment("start_date"),
        moment("end_date"),
        text("close_code"),
    ),
    task_table(
        "problem",
        "Problem",
        "PRB",
        choice("state", lists.PROBLEM_STATE, default="101"),
        choice("problem_state", lists.PROBLEM_STATE, default="101"),
        text("cause_notes", 4000),
        text("fix_notes", 4000),
    ),
    task_table(
        "sc_request",
        "Request",
        "REQ",
        reference("requested_for", "sys_user"),
        text("request_state", default="requested"),
        text("stage", default="requested"),
        text("special_instructions", 4000),
        text("delivery_address", 4000),
        text("price", default="0"),
        moment("requested_date"),
        reference("parent_interaction", "interaction"),
    ),
    task_table(
        "sc_req_item",
        "Requested Item",
        "RITM",
        reference("request", "sc_request"),
        reference("cat_item", "sc_cat_item"),
        reference("requested_for", "sys_user"),
        integer("quantity", "1"),
        text("stage", default="request_approved"),
        text("price", default="0"),
    ),
    task_table("sc_task", "Catalog Task", "SCTASK", reference("request_item", "sc_req_item")),
    task_table(
        "sn_si_incident",
        "Security Incident",
        "SIR",
        choice("severity", lists.IMPACT, default="3"),
        text("category"),
        text("subcategory"),
        text("close_code"),
        reference("affected_user", "sys_user"),
    ),
)

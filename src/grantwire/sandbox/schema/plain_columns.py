"""The tables that are not tasks: users, groups, choices, configuration items, events, attachments, journals.

In: nothing. Out: tables as data, and the people and groups a fresh instance has.
Must never: hold logic beyond building the lists.
"""

from grantwire.sandbox.schema import choices as lists
from grantwire.sandbox.schema.dictionary import SYSTEM_COLUMNS, Column, Kind, Table, system
from grantwire.sandbox.schema.task_columns import TASK_TABLES, boolean, choice, integer, moment, reference, text


def plain(name: str, label: str, display: str, *own: Column) -> Table:
    columns = {column.name: column for column in (*own, *SYSTEM_COLUMNS)}
    return Table(name, label, columns, display)


def named(name: str, label: str, parent: str = "") -> Table:
    columns = {column.name: column for column in (text("name", 255), text("short_description", 1000), *SYSTEM_COLUMNS)}
    return Table(name, label, columns, "name", parent=parent)


_CONFIGURATION_ITEM = (
    text("name", 255),
    system("sys_class_name", "Class", Kind.TEXT),
    text("category"),
    text("serial_number", 255),
    text("asset_tag"),
    text("short_description", 1000),
    text("ip_address", 255),
    text("operational_status", default="1"),
    text("install_status", default="1"),
    reference("assigned_to", "sys_user"),
    reference("support_group", "sys_user_group"),
    text("correlation_id", 512),
)

PLAIN_TABLES: tuple[Table, ...] = (
    plain(
        "sys_user",
        "User",
        "name",
        Column("user_name", "User ID", Kind.TEXT, 40),
        text("first_name", 50),
        text("last_name", 50),
        text("name", 151),
        text("email", 100),
        text("title", 60),
        text("phone"),
        text("mobile_phone"),
        text("employee_number"),
        text("time_zone"),
        boolean("active", "true"),
        boolean("locked_out", "false"),
        boolean("web_service_access_only", "false"),
        integer("failed_attempts", "0"),
        reference("manager", "sys_user"),
        reference("company", "core_company"),
        reference("location", "cmn_location"),
        Column("user_password", "Password", Kind.SECRET, 255),
    ),
    plain(
        "sys_user_group",
        "Group",
        "name",
        text("name", 80),
        text("description", 1000),
        text("email", 100),
        boolean("active", "true"),
        reference("manager", "sys_user"),
        reference("parent", "sys_user_group"),
    ),
    plain(
        "sys_user_grmember",
        "Group Member",
        "sys_id",
        reference("user", "sys_user"),
        reference("group", "sys_user_group"),
    ),
    plain(
        "sys_choice",
        "Choice",
        "label",
        text("name", 80),
        text("element", 80),
        text("value"),
        text("label", 100),
        text("language", default="en"),
        integer("sequence"),
        boolean("inactive", "false"),
    ),
    plain("cmdb_ci", "Configuration Item", "name", *_CONFIGURATION_ITEM),
    plain(
        "em_event",
        "Event",
        "sys_id",
        text("source", 100),
        text("event_class", 100),
        text("node", 100),
        text("resource", 100),
        text("metric_name", 100),
        text("type", 100),
        text("message_key", 1024),
        choice("severity", lists.EVENT_SEVERITY),
        text("additional_info", 100_000),
        text("description", 4000),
        moment("time_of_event"),
        text("resolution_state", default="New"),
        text("state", default="Ready"),
    ),
    plain(
        "sys_journal_field",
        "Journal Entry",
        "sys_id",
        text("name", 80),
        text("element", 80),
        text("element_id", 32),
        text("value", 1_000_000),
    ),
    plain(
        "sys_attachment",
        "Attachment",
        "file_name",
        text("table_name", 80),
        text("table_sys_id", 32),
        text("file_name", 100),
        text("content_type", 100),
        text("size_bytes"),
        text("size_compressed"),
        text("compressed", default="true"),
        text("state", default="available"),
        text("chunk_size_bytes", default="700000"),
        text("hash", 64),
        text("average_image_color"),
        text("image_width"),
        text("image_height"),
    ),
    plain(
        "cmn_rota_member",
        "On-call Member",
        "sys_id",
        text("rota", 32),
        reference("member", "sys_user"),
        integer("order", "1"),
    ),
    named("core_company", "Company"),
    named("cmn_location", "Location"),
    named("cmn_rota", "On-call Schedule"),
    named("sc_cat_item", "Catalog Item"),
    named("cmdb_ci_service", "Service", "cmdb_ci"),
    named("service_offering", "Service Offering", "cmdb_ci"),
)

ALL_TABLES = (*TASK_TABLES, *PLAIN_TABLES)

ADMIN_SYS_ID = "6816f79cc0a8016401c5a33be04be441"  # the administrator's id on every fresh instance (recorded)

# A few of the demo people of a developer instance: sys_id, user_name, first name, last name, e-mail.
PEOPLE: tuple[tuple[str, str, str, str, str], ...] = (
    ("62826bf03710200044e0bfc8bcbe5df1", "abel.tuter", "Abel", "Tuter", "abel.tuter@example.com"),
    ("46d44a23a9fe19810012d100cca80666", "beth.anglin", "Beth", "Anglin", "beth.anglin@example.com"),
    ("5137153cc611227c000bbd1bd8cd2005", "fred.luddy", "Fred", "Luddy", "fred.luddy@example.com"),
    ("681ccaf9c0a8016400b98a06818d57c7", "joe.employee", "Joe", "Employee", "joe.employee@example.com"),
)
GROUPS: tuple[tuple[str, str], ...] = (
    ("287ebd7da9fe198100f92cc8d1d2154e", "Network"),
    ("d625dccec0a8016700a222a0f7900d06", "Service Desk"),
    ("8a5055c9c61122780043563ef53438e3", "Hardware"),
    ("287ee6fea9fe198100ada7950d0b1b73", "Database"),
)

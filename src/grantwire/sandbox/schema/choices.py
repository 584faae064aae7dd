"""The choice lists of the task tables as a fresh instance has them: value and label.

In: nothing. Out: data. Must never: hold logic.
"""

Choices = tuple[tuple[str, str], ...]


def same(*labels: str) -> Choices:
    return tuple((label, label) for label in labels)


IMPACT: Choices = (("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low"))
PRIORITY: Choices = (
    ("1", "1 - Critical"),
    ("2", "2 - High"),
    ("3", "3 - Moderate"),
    ("4", "4 - Low"),
    ("5", "5 - Planning"),
)
INCIDENT_STATE: Choices = (
    ("1", "New"),
    ("2", "In Progress"),
    ("3", "On Hold"),
    ("6", "Resolved"),
    ("7", "Closed"),
    ("8", "Canceled"),
)
TASK_STATE: Choices = (
    ("-5", "Pending"),
    ("1", "Open"),
    ("2", "Work in Progress"),
    ("3", "Closed Complete"),
    ("4", "Closed Incomplete"),
    ("7", "Closed Skipped"),
)
CHANGE_STATE: Choices = (
    ("-5", "New"),
    ("-4", "Assess"),
    ("-3", "Authorize"),
    ("-2", "Scheduled"),
    ("-1", "Implement"),
    ("0", "Review"),
    ("3", "Closed"),
    ("4", "Canceled"),
)
PROBLEM_STATE: Choices = (
    ("101", "New"),
    ("102", "Assess"),
    ("103", "Root Cause Analysis"),
    ("104", "Fix in Progress"),
    ("106", "Resolved"),
    ("107", "Closed"),
)
HOLD_REASON: Choices = (
    ("1", "Awaiting Caller"),
    ("5", "Awaiting Change"),
    ("3", "Awaiting Problem"),
    ("4", "Awaiting Vendor"),
)
CATEGORY: Choices = (
    ("inquiry", "Inquiry / Help"),
    ("software", "Software"),
    ("hardware", "Hardware"),
    ("network", "Network"),
    ("database", "Database"),
)
SUBCATEGORY: Choices = (
    ("antivirus", "Antivirus"),
    ("internal application", "Internal Application"),
    ("email", "Email"),
    ("os", "Operating System"),
    ("cpu", "CPU"),
    ("disk", "Disk"),
    ("keyboard", "Keyboard"),
    ("memory", "Memory"),
    ("monitor", "Monitor"),
    ("mouse", "Mouse"),
    ("dhcp", "DHCP"),
    ("dns", "DNS"),
    ("ip address", "IP Address"),
    ("vpn", "VPN"),
    ("wireless", "Wireless"),
    ("db2", "DB2"),
    ("sql server", "MS SQL Server"),
    ("oracle", "Oracle"),
)
CONTACT_TYPE: Choices = (
    ("chat", "Chat"),
    ("email", "Email"),
    ("phone", "Phone"),
    ("self-service", "Self-service"),
    ("virtual_agent", "Virtual Agent"),
    ("walk-in", "Walk-in"),
)
# Measured on a 2026 instance; "Solved (Permanently)" is gone there.
CLOSE_CODE = same(
    "Duplicate",
    "Known error",
    "No resolution provided",
    "Resolved by caller",
    "Resolved by change",
    "Resolved by problem",
    "Resolved by request",
    "Solution provided",
    "Workaround provided",
    "User error",
)
APPROVAL: Choices = (
    ("not requested", "Not Yet Requested"),
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
)
NOTIFY: Choices = (("1", "Do Not Notify"), ("2", "Send Email"), ("3", "Chat"))
ESCALATION: Choices = (("0", "Normal"), ("1", "Moderate"), ("2", "High"), ("3", "Overdue"))
UPON_REJECT: Choices = (("cancel", "Cancel all future Tasks"), ("goto", "Go to a previous Task"))
UPON_APPROVAL: Choices = (("proceed", "Proceed to Next Task"), ("wait", "Wait for a User to Proceed"))
EVENT_SEVERITY: Choices = (
    ("0", "Clear"),
    ("1", "Critical"),
    ("2", "Major"),
    ("3", "Minor"),
    ("4", "Warning"),
    ("5", "Info"),
)

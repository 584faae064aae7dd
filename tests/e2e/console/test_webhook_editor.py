"""The body's editor: what it says while somebody types, what it offers, what it would send."""

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.form_page import GUIDE_BODY, FormPage


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"short_description": "{{ data.requestor.name }}"}', "requestor"),
        ('{"short_description": "{{ data.requester.name }"}', "Problem"),
        ('{"{{ data.requester.name }}": 1, }', "Problem"),
        ('{"short_description": "{{ data.justification }}"}', "160"),
        ('{"caused_by": "{{ data.requester.name }}"}', "change_request"),
    ],
    ids=["unknown path", "bad syntax", "unsafe place", "longer than the column", "a name in a reference"],
)
def test_a_problem_is_told_at_its_place_while_one_types(form: FormPage, page: Page, body: str, told: str) -> None:
    form.add(start="servicenow-incident")
    form.url(f"{form.house.instance.url}/api/now/table/incident")
    form.write_body(body)
    expect(page.locator("#findings")).to_contain_text(told)
    expect(page.locator(".cm-lintRange").first).to_be_attached()


def test_the_preview_shows_the_body_for_the_chosen_event(form: FormPage, page: Page) -> None:
    form.house.send("RequestRejected", justification='past "words"')
    form.add()
    form.write_body('{"type": "{{ event_type }}", "why": "{{ data.justification }}"}')
    preview = page.locator("#preview")
    expect(preview).to_contain_text('"type": "RequestCreated"')
    page.get_by_label("Preview with").select_option("sample:RequestExpired")
    expect(preview).to_contain_text('"type": "RequestExpired"')
    past = page.locator("#event optgroup[label='A past event'] option").first
    page.get_by_label("Preview with").select_option(past.get_attribute("value") or "")
    expect(preview).to_contain_text('"why": "past \\"words\\""')


def test_an_event_that_does_not_render_says_where(form: FormPage, page: Page) -> None:
    form.add()
    form.write_body('{"a": {{ data.nothing }} ')
    expect(page.locator("#preview")).to_contain_text("Line 1, column")


def test_the_body_of_an_action_is_looked_over_and_shown_for_its_own_trigger(form: FormPage, page: Page) -> None:
    form.add(start="servicenow-request")
    part = page.locator("[id='actions.RequestApproved']")
    part.locator("summary").first.click()
    preview, findings = part.locator(".preview"), part.locator(".findings")
    expect(preview).to_contain_text('"work_notes"')
    expect(findings).to_be_empty()
    form.write_action(
        "RequestApproved", '{"work_notes": "{{ event_type }} {{ receipt.sys_id }} {{ data.requestor.name }}"}'
    )
    expect(findings).to_contain_text("requestor")
    expect(part.locator(".cm-lintRange").first).to_be_attached()
    expect(preview).to_contain_text("RequestApproved 9d385017c611228701d22104cc95c371")
    part.locator(".findings button").click()
    expect(part.locator(".cm-focused")).to_be_attached()
    assert "requestor" in part.locator("textarea").first.input_value()
    expect(page.locator("#findings")).not_to_contain_text("requestor")


def test_completion_offers_paths_with_type_and_sample(form: FormPage, page: Page) -> None:
    form.add()
    form.body.click()
    page.keyboard.type('{"who": "{{ data.requester.na')
    option = page.get_by_role("option", name="data.requester.name")
    expect(option).to_contain_text("text · Maeve O'Brien")
    option.click()
    expect(form.body).to_contain_text("data.requester.name")


def test_a_field_of_the_schema_is_found_and_put_where_the_cursor_is(form: FormPage, page: Page) -> None:
    form.add()
    form.write_body('{"why": ""}')
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="View event's payload schema").click()
    schema = page.get_by_role("dialog", name="Payload schema")
    schema.get_by_label("Search fields").fill("reason the requester")
    expect(schema.get_by_role("button", name="friendly_id")).to_be_hidden()
    schema.get_by_role("button", name="justification").click()
    expect(form.body).to_contain_text('{"why": "{{ data.justification }}"}')


def test_the_presets_are_a_choice_away(form: FormPage, page: Page) -> None:
    form.add()
    page.get_by_label("Start from").select_option(label="ServiceNow, as in the guide")
    expect(form.body).to_contain_text('"caused_by"')
    assert page.locator("#body").input_value() == GUIDE_BODY
    expect(page.get_by_label("Value", exact=True).first).to_have_value("Bearer <SERVICENOW_TOKEN>")


def test_a_filter_says_how_many_past_events_it_would_have_taken(form: FormPage, page: Page) -> None:
    for number in range(3):
        form.house.send("RequestCreated", access_duration_in_seconds=7200 if number else 60)
    form.add()
    form.trigger("RequestCreated")
    matches = page.locator("#matches")
    expect(matches).to_contain_text("would have matched")
    page.get_by_label("Expression (CEL)").fill("data.access_duration_in_seconds == 60")
    expect(matches).to_contain_text("would have matched 1 of the last")
    page.get_by_label("Expression (CEL)").fill("data.access_duration_in_seconds ==")
    expect(matches).to_contain_text("CEL")


def test_filters_offer_the_values_of_past_events(form: FormPage, page: Page) -> None:
    form.house.send("RequestCreated", requester={"id": "u-9", "name": "Zoë Quick", "email": "zoe@example.com"})
    form.add()
    page.locator("summary", has=page.locator("[id='filter.requester-summary']")).click()
    page.get_by_role("group", name="Requester: only these").get_by_role("checkbox", name="Zoë Quick").check()
    expect(page.locator("[id='filter.requester-summary']")).to_have_text("Zoë Quick")


def test_another_kind_has_other_triggers_and_keeps_what_was_typed(form: FormPage, page: Page) -> None:
    form.add()
    form.name("Audit to SIEM")
    page.get_by_label("Kind").select_option("audit")
    page.locator("summary", has=page.locator("#triggers-summary")).click()
    expect(page.get_by_role("checkbox", name="AuditLog")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Audit to SIEM")

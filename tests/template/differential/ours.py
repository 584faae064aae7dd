"""Our engine in text mode, asked the same way as handlebars.js: a case goes in, an outcome comes out.

An exception that is not one of the engine's own errors is a crash, never a refusal.
"""

from differential.handlebars_js import Case, Crashed, Outcome, Refused, Rendered

from grantwire.template import LIMITS, Limits, RenderError, TemplateError, Tier, compile_template


def render(case: Case, tier: Tier = Tier.CLOSURES, *, limits: Limits = LIMITS) -> Outcome:
    try:
        template = compile_template(case.template, mode="text", partials=case.partials, tier=tier, limits=limits)
        return Rendered(template.render(case.data))
    except (TemplateError, RenderError) as error:
        return Refused(str(error))
    except Exception as error:  # noqa: BLE001 - every other exception is the finding looked for
        return Crashed(repr(error))


def tiers_agree(case: Case, outcome: Outcome) -> bool:
    """Whether generated code makes of the case exactly what the closures made, down to the words of an error."""
    return render(case, Tier.GENERATED) == outcome

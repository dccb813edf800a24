"""isiceval explain."""

from __future__ import annotations

import rich_click as click

from isiceval.cli import options


@click.command(
    epilog=options.format_examples(
        "isiceval explain                    # list all codes",
        "isiceval explain wrong-dimensions   # show one rule",
    )
)
@click.argument("code", required=False, help="Code of a problem.")
def explain(code: str | None) -> None:
    """Explain a problem code: the rule, why it matters, how to fix it."""
    from isiceval.checks import rules
    from isiceval.reports.reference import describe_rule, describe_rules
    from isiceval.reports.text import make_console, print_blocks

    if code is None:
        print_blocks(make_console(), describe_rules(rules.list_rules()))
    else:
        print_blocks(make_console(), describe_rule(rules.find_rule(code)))

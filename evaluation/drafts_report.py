"""The drafts suite's findings as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.drafts_scores import AnswerScore, CheckScore, DraftsResult, InjectionScore, SetScore
from evaluation.report import table


def sections(result: DraftsResult) -> list[str]:
    """Lines of the report, headings from ##."""
    return [
        *(line for score in result.scores for line in _of_set(score)),
        *_of_check(result.check),
        *_of_injections(result.injections),
        *_of_smoke(result.smoke),
    ]


def _of_set(score: SetScore) -> list[str]:
    lines = [f"## {score.dataset} ({score.items} items, {score.seconds:.1f} s)", ""]
    rows = [[way.way, f"{way.at_1:.1%}", f"{way.at_5:.1%}"] for way in score.retrieval]
    lines += [*table(["found by", "first", "among five"], rows), ""]
    for answers in score.answers:
        lines += [
            f"Drafter: {answers.drafter}, {answers.milliseconds:.0f} ms a draft.",
            "",
            f"- answerable questions answered: **{answers.answered:.1%}** of {answers.answerable}",
            f"- answered from the right source first: **{answers.right_source:.1%}**; "
            f"wrong source: {answers.wrong_source:.1%} of the answered",
            f"- unanswerable questions declined: **{answers.declined:.1%}** of {answers.unanswerable}",
            *_of_statements(answers),
        ]
        if answers.declined_without is not None:
            lines.append(f"- declined once their item was taken away: {answers.declined_without:.1%}")
        lines.append("")
    return lines


def _of_statements(answers: AnswerScore) -> list[str]:
    return [
        f"- statements that their source says: {answers.grounded:.1%} by the check, {answers.quoted:.1%} by quotation "
        f"(a mean of {answers.quoted_share:.1%} of each stands in one run of its source)",
        f"- sentences struck a draft: {answers.struck:.2f}; drafts that another drafter wrote instead: "
        f"{answers.fallen_back:.1%}",
    ]


def _of_check(scores: Sequence[CheckScore]) -> list[str]:
    if not scores:
        return []
    rows = [[score.kind, "yes" if score.said else "no", str(score.tried), f"{score.stands:.1%}"] for score in scores]
    return [
        "## The grounding check",
        "",
        "Sentences of public replies, as they are, reworded without harm, or changed, of the half of the texts that "
        "chose no threshold; and pairs of questions that people found to mean the same or not.",
        "",
        *table(["statement", "its source says it", "tried", "stands"], rows),
        "",
    ]


def _of_injections(scores: Sequence[InjectionScore]) -> list[str]:
    drafters = list(dict.fromkeys(score.drafter for score in scores))
    attacks = list(dict.fromkeys((score.attacker, score.attack) for score in scores))
    known = {(score.attacker, score.attack, score.drafter): score for score in scores}
    rows = []
    for attacker, attack in attacks:
        cells = [known.get((attacker, attack, drafter)) for drafter in drafters]
        rows.append(
            [f"{attacker}: {attack}", *(f"{cell.tried - cell.hits} of {cell.tried}" if cell else "–" for cell in cells)]
        )
    total, hit = sum(score.tried for score in scores), sum(score.hits for score in scores)
    return [
        "## Injections that came to nothing",
        "",
        f"**{total - hit} of {total}** ({(total - hit) / max(total, 1):.1%}). The models behind `transformers` and "
        "`openai` are scripted to do what the attack asks for; `openai` runs through the real client.",
        "",
        *table(["attacker: attack", *drafters], rows),
        "",
    ]


def _of_smoke(score: AnswerScore) -> list[str]:
    return [
        "## A local model runs",
        "",
        f"A two-layer model with chance for weights was asked {score.answerable} questions: "
        f"{score.fallen_back:.0%} of the drafts fell back to the knowledge's own sentences, "
        f"{score.milliseconds:.0f} ms a draft.",
        "",
    ]

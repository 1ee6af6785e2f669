"""Figures as a table of Markdown, for the terminal and for README.md, where each part has markers of its own."""

import re
from collections.abc import Sequence
from pathlib import Path

from medidas import Grupo, Medida, format_number

README = Path(__file__).with_name("README.md")


def format_grupo(grupo: Grupo, circumstances: str) -> str:
    """Say title, circumstances, figures (a column for each place) and targets of one part."""
    places = list(dict.fromkeys(m.onde for m in grupo.medidas))
    names = list(dict.fromkeys((m.nome, m.unidade) for m in grupo.medidas))
    figures = [
        [f"{nome}, {unidade}" if unidade else nome, *(_say(grupo.find(nome, onde)) for onde in places)]
        for nome, unidade in names
    ]
    parts = [f"### {grupo.titulo}", circumstances, _format_table(["", *places], figures)]
    if grupo.alvos:
        targets = [
            [a.texto, "–" if a.medido is None else f"{format_number(a.medido)} {a.unidade}".strip(),
             f"≤ {format_number(a.limite)} {a.unidade}".strip(), str(a)]
            for a in grupo.alvos
        ]  # fmt: skip
        parts.append(_format_table(["target", "found", "asked", ""], targets))
    return "\n\n".join([*parts, *([grupo.nota] if grupo.nota else [])]) + "\n"


def write_readme(parts: dict[str, str]) -> None:
    """Put parts between their markers; the other parts and the words of people stay as they are."""
    text = README.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        found = pattern.search(text)
        assert found is not None, f"bench/README.md has no place for {name}"
        text = f"{text[: found.start()]}{begin}\n{part}{end}{text[found.end() :]}"
    README.write_text(text, encoding="utf-8")


def _say(medida: Medida | None) -> str:
    return "" if medida is None else str(medida)


def _format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    line = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([_format_row(head, widths), f"|{line}|", *(_format_row(row, widths) for row in rows)])


def _format_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {padded} |"

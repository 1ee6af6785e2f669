"""Which payment settles which sessão, and whose comissão is of which payment: links by the ids of the file.

Version 4 wrote the link of a sessão on either side, and its files are of one month each: the other side may have come
in an earlier file or come in a later one. What is missing is kept as pending and linked when it arrives.
"""

from typing import Any

from estudio.domain.dinheiro import calculate_comissao, format_dinheiro, format_percentual, from_centavos
from estudio.services.import_plano import Ajuste, Plano
from estudio.services.import_registros import AcertoLido, ComissaoLida, PagamentoLido, SessaoLida


def link_sessoes(plano: Plano) -> None:
    """Decide what settles each sessão; fills `pagas_por`, `vinculos` and `pendentes`."""
    claims: dict[int, list[PagamentoLido]] = {}
    for pagamento in sorted(plano.leitura.pagamentos, key=lambda p: (p.data, p.id)):
        if pagamento.sessao_id is not None:
            claims.setdefault(pagamento.sessao_id, []).append(pagamento)
    in_file = {sessao.id for sessao in plano.leitura.sessoes}
    for sessao in plano.leitura.sessoes:
        target = _choose(plano, sessao, claims.get(sessao.id, []))
        if target is not None:
            _link(plano, sessao.id, target, sessao.linha)
    for externo, pagamentos in claims.items():
        if externo not in in_file:
            _link(plano, externo, pagamentos[0].id, pagamentos[0].linha)
    for externo, target in plano.situacao.pendentes.items():
        if externo not in in_file and externo not in claims and target in plano.pagamentos:
            _link(plano, externo, target, plano.pagamentos[target].linha)


def link_comissoes(plano: Plano) -> None:
    """Check each comissão against its payment; fills `percentuais` and `ajustes`, refuses what cannot stand."""
    of_payment: dict[int, list[ComissaoLida]] = {}
    for comissao in list(plano.comissoes.values()):
        if _has_payment(plano, comissao):
            of_payment.setdefault(comissao.pagamento_id, []).append(comissao)
    for externo, comissoes in of_payment.items():
        pagamento = plano.pagamentos.get(externo)
        if pagamento is not None:
            _ensure_one_per_artista(plano, pagamento.artista, comissoes, taken=set())
            if plano.leitura.is_versao_4:
                plano.percentuais[externo] = _decide_percentual(plano, pagamento, comissoes)
        else:
            _add_to_payment_here(plano, plano.situacao.find("pagamento", externo), comissoes)
    if plano.leitura.is_versao_4:
        for externo, pagamento in plano.pagamentos.items():
            if plano.percentuais.setdefault(externo, 0) == 0 and pagamento.percentual:
                plano.recusas.add(
                    pagamento.linha,
                    f"o pagamento {externo} tem percentual {format_percentual(pagamento.percentual)} e nenhuma linha "
                    "de comissão. Acrescente a linha da comissão, ou apague o percentual.",
                )


def link_estornos(plano: Plano) -> None:
    """An estorno needs the payment that it reverses: in this file, or brought earlier."""
    for pagamento in plano.pagamentos.values():
        original = pagamento.estorno_de
        if original is not None and plano.find_mes(original) is None:
            plano.recusas.add(
                pagamento.linha,
                f"o pagamento {pagamento.id} é estorno do {original}, que não está no arquivo nem aqui. "
                "Importe antes o backup do mês dele.",
                codigo="vinculo",
            )


def link_recebidos(plano: Plano) -> None:
    """What an artista kept hangs on its pagamento, in this file or brought earlier, and says what that one says.

    Where the pagamento went another way here since, it stays as it is: the line is told of, and does not come in.
    """
    lines: dict[int, int] = {}
    for acerto in list(plano.acertos.values()):
        externo = acerto.pagamento_id
        if externo is None:
            continue
        if externo in lines:
            what = (
                f"o acerto {acerto.id} é do pagamento {externo}, como o da linha {lines[externo]}. Apague um dos dois."
            )
            plano.recusas.add(acerto.linha, what, codigo="vinculo")
        lines.setdefault(externo, acerto.linha)
        if externo in plano.pagamentos:
            _ensure_follows(plano, acerto, plano.pagamentos[externo])
        elif (why := _find_other_way(plano, acerto, externo)) is not None:
            del plano.acertos[acerto.id]
            plano.existentes["acerto"] += 1
            plano.avisos.add(acerto.linha, f"o acerto {acerto.id} não entra: {why}", codigo="recebido_fica")
        elif plano.find_mes(externo) is None:
            plano.recusas.add(
                acerto.linha,
                f"o acerto {acerto.id} é do pagamento {externo}, que não está no arquivo nem aqui. "
                "Importe o backup do mês inteiro.",
                codigo="vinculo",
            )


def _ensure_follows(plano: Plano, acerto: AcertoLido, pagamento: PagamentoLido) -> None:
    """Both come from the file, which has to agree with itself."""
    if (acerto.data, acerto.valor, acerto.artista) != (pagamento.data, -pagamento.valor, pagamento.artista):
        plano.recusas.add(
            acerto.linha,
            f"o acerto {acerto.id} não tem o dia, o valor e o artista do pagamento {pagamento.id}, que ele segue. "
            "Corrija um dos dois.",
            codigo="vinculo",
        )


def _find_other_way(plano: Plano, acerto: AcertoLido, externo: int) -> str | None:
    """Why an acerto cannot follow its pagamento as it is here; None where it can, or there is none."""
    if plano.situacao.was_deleted("pagamento", externo):
        return f"o pagamento {externo} foi apagado aqui depois de importado."
    here = plano.situacao.find("pagamento", externo)
    if here is None:
        return None
    if (own := plano.situacao.recebido_de.get(here.id)) is not None:
        return f"o pagamento {externo} (aqui nº {here.id}) já tem o acerto nº {own}, e assim continua."
    artista = plano.pessoas.find("artista", acerto.artista)
    if (acerto.data, acerto.valor, artista) != (here.data, -here.valor, here.artista_id):
        return (
            f"o pagamento {externo} (aqui nº {here.id}) foi alterado depois, e fica como está. Se o dinheiro dele "
            "passou pelo artista, diga isso no pagamento."
        )
    return None


def _choose(plano: Plano, sessao: SessaoLida, claims: list[PagamentoLido]) -> int | None:
    """The sessão's own word comes first; then the earliest payment that names it; then what an earlier file said."""
    if sessao.payment_id is not None:
        target = sessao.payment_id
    elif claims:
        target = claims[0].id
    else:
        return plano.situacao.pendentes.get(sessao.id)
    for other in claims:
        if other.id != target and other.id in plano.pagamentos:
            plano.avisos.add(
                other.linha,
                f"o pagamento {other.id} também aponta para a sessão {sessao.id}, que fica com o pagamento {target}: "
                "uma sessão é quitada por um pagamento só. O dinheiro dos dois conta.",
                codigo="sessao_disputada",
            )
    return target


def _link(plano: Plano, externo: int, target: int, linha: int) -> None:
    situacao = plano.situacao
    if plano.find_mes(target) is None or (
        externo not in plano.sessoes and externo not in situacao.conhecidos["sessao"]
    ):
        _keep_pending(plano, externo, target, linha)
    elif externo in plano.sessoes:
        plano.pagas_por[externo] = target
    elif target in plano.pagamentos:
        # Both here already: whoever freed the sessão since meant it.
        _link_to_sessao_here(plano, externo, target, linha)


def _keep_pending(plano: Plano, externo: int, target: int, linha: int) -> None:
    if ("sessao", externo) in plano.leitura.ilegiveis or ("pagamento", target) in plano.leitura.ilegiveis:
        return
    if plano.situacao.was_deleted("pagamento", target):
        what = f"o pagamento {target} foi apagado aqui depois de importado: a sessão {externo} fica sem pagamento."
    else:
        plano.pendentes.append((externo, target))
        missing = f"o pagamento {target}" if plano.find_mes(target) is None else f"a sessão {externo}"
        what = f"{missing} não está no arquivo nem foi importado antes: o vínculo é feito quando vier em outro arquivo."
    plano.avisos.add(linha, what, codigo="vinculo_pendente")


def _link_to_sessao_here(plano: Plano, externo: int, target: int, linha: int) -> None:
    here = plano.situacao.find("sessao", externo)
    if here is None:
        what = f"a sessão {externo} foi apagada aqui depois de importada: o pagamento {target} entra sem sessão."
        plano.avisos.add(linha, what, codigo="sessao_apagada")
    elif here.payment_id is None:
        plano.vinculos.append((here.id, target))
    else:
        what = (
            f"a sessão {externo} (aqui nº {here.id}) já está paga pelo pagamento nº {here.payment_id}, e assim "
            f"continua. O pagamento {target} entra sem sessão."
        )
        plano.avisos.add(linha, what, codigo="sessao_disputada")


def _has_payment(plano: Plano, comissao: ComissaoLida) -> bool:
    externo = comissao.pagamento_id
    if plano.find_mes(externo) is not None:
        return True
    if ("pagamento", externo) not in plano.leitura.ilegiveis:
        if plano.situacao.was_deleted("pagamento", externo):
            what = f"o pagamento {externo} foi apagado aqui depois de importado. Apague também a linha da comissão."
        else:
            what = (
                f"a comissão {comissao.id} é do pagamento {externo}, que não está no arquivo nem foi importado antes. "
                "Importe antes o arquivo em que ele está, ou apague a linha."
            )
        plano.recusas.add(comissao.linha, what, codigo="vinculo")
    return False


def _ensure_one_per_artista(
    plano: Plano, artista_do_pagamento: Any, comissoes: list[ComissaoLida], *, taken: set[int]
) -> None:
    lines: dict[int, int] = {}
    for comissao in comissoes:
        artista = plano.pessoas.find("artista", comissao.artista or artista_do_pagamento)
        if artista is None:
            continue
        if artista in lines or artista in taken:
            where = f"na linha {lines[artista]}" if artista in lines else "aqui"
            plano.recusas.add(
                comissao.linha,
                f"o pagamento {comissao.pagamento_id} já tem comissão desse artista {where}. Some as duas em uma.",
                codigo="comissao_repetida",
            )
        lines.setdefault(artista, comissao.linha)


def _decide_percentual(plano: Plano, pagamento: PagamentoLido, comissoes: list[ComissaoLida]) -> int:
    """The share of the payment's own artista; where only others have one, the first of theirs."""
    own = plano.pessoas.find("artista", pagamento.artista)
    artistas = [plano.pessoas.find("artista", c.artista or pagamento.artista) for c in comissoes]
    decided = next(
        (c for c, artista in zip(comissoes, artistas, strict=True) if artista == own), comissoes[0]
    ).percentual
    if pagamento.percentual is not None and pagamento.percentual != decided:
        plano.recusas.add(
            pagamento.linha,
            f"o pagamento {pagamento.id} diz {format_percentual(pagamento.percentual)} e a sua comissão "
            f"{format_percentual(decided)}. Corrija um dos dois.",
        )
    for comissao in comissoes:
        _tell_deviation(plano, comissao, pagamento.valor)
    return decided


def _tell_deviation(plano: Plano, comissao: ComissaoLida, pago: int) -> None:
    expected = calculate_comissao(pago, comissao.percentual)
    if comissao.valor != expected:
        plano.avisos.add(
            comissao.linha,
            f"a comissão {comissao.id} é de {format_dinheiro(from_centavos(comissao.valor))}, e "
            f"{format_percentual(comissao.percentual)} de {format_dinheiro(from_centavos(pago))} seriam "
            f"{format_dinheiro(from_centavos(expected))}: fica como foi paga.",
            codigo="comissao_difere",
        )


def _add_to_payment_here(plano: Plano, here: Any, comissoes: list[ComissaoLida]) -> None:
    """Comissões of a payment that came with an earlier file, which had none of it and so brought it as 0 %."""
    taken = plano.situacao.comissoes_de.get(here.id, set())
    # Whoever the comissão does not name is the payment's artista, who is known by the id here.
    named = [c for c in comissoes if c.artista is not None]
    _ensure_one_per_artista(plano, None, named, taken=taken)
    for comissao in comissoes:
        if comissao.artista is None and (here.artista_id in taken or len(comissoes) > 1):
            plano.recusas.add(comissao.linha, "a comissão não diz de que artista é. Preencha artista_name.")
        if plano.leitura.is_versao_4:
            _tell_deviation(plano, comissao, here.valor)
    if here.percentual == 0 and not taken and plano.leitura.is_versao_4:
        if here.versao > 1:
            plano.recusas.add(
                comissoes[0].linha,
                f"o pagamento {comissoes[0].pagamento_id} (aqui nº {here.id}) foi alterado depois de importado e está "
                "sem comissão. Informe a comissão nele e apague a linha.",
                codigo="alterado_depois",
            )
        own = [c for c in named if c.artista and plano.pessoas.find("artista", c.artista) == here.artista_id]
        plano.ajustes.append(Ajuste(here.id, here.percentual, (own or comissoes)[0].percentual))

"""What PostgreSQL's errors mean to a person: SQLSTATE and the constraint's name become refusals in this one place.

An error that means nothing to a person (a fault of ours) stays as it is and ends at the edge with its traceback.
"""

import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy.exc import DBAPIError

from estudio import clock
from estudio.domain import errors
from estudio.domain.competencia import Competencia
from estudio.domain.errors import EstudioError, Refusal

# A serialization failure and a deadlock: the same deed, tried once more, meets another world.
RETRIED: Final = frozenset({"40001", "40P01"})

# The server went away, is going, or has no place: nothing was committed.
AWAY: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "53300"})

_MES: Final = re.compile(r"\b(2\d{3})-(\d\d)\b")


@contextmanager
def translated() -> Generator[None, None, None]:
    """Errors of the database leave the block as refusals, where a person can do something about them."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        refusal = translate(error)
        if refusal is None:
            raise
        raise refusal from error


def translate(error: psycopg.Error | DBAPIError) -> EstudioError | None:
    """Return what an error says to a person, or None when it is not for one."""
    origin = find_origin(error)
    if origin is None:
        return None
    state = origin.sqlstate
    if state in _STATES:
        return _STATES[state](origin)
    if state is None:
        return _translate_without_state(origin)
    if state in RETRIED:
        return errors.Ocupado()
    if state in AWAY or state.startswith("08"):
        return errors.BancoIndisponivel()
    return None


def find_origin(error: BaseException | None) -> psycopg.Error | None:
    """Return psycopg's own error, also from within SQLAlchemy's."""
    if isinstance(error, DBAPIError):
        error = error.orig
    return error if isinstance(error, psycopg.Error) else None


def _translate_without_state(error: psycopg.Error) -> EstudioError | None:
    # Found by psycopg itself: a text that no text can be, or a connection that is gone.
    if isinstance(error, psycopg.OperationalError):
        return errors.BancoIndisponivel()
    if isinstance(error, psycopg.DataError) and "NUL" in str(error):
        return errors.TextoInvalido("O texto tem um caractere inválido (NUL). Apague-o e tente de novo.")
    return None


def _read_mes(error: psycopg.Error) -> Competencia | None:
    found = _MES.search(error.diag.message_primary or "")
    return Competencia(int(found[1]), int(found[2])) if found else None


def _read_detail(error: psycopg.Error) -> Any:
    try:
        return json.loads(error.diag.message_detail or "null")
    except ValueError:
        return None


def _label(error: psycopg.Error) -> str:
    mes = _read_mes(error)
    return mes.label if mes else "O mês"


def _fechada(error: psycopg.Error) -> EstudioError | None:
    mes, detail = _read_mes(error), _read_detail(error)
    if mes is None or not detail or detail["estado"] is None:
        return errors.CompetenciaInvalida("Esse mês não existe nos livros, que vão de 2000 a 2099.")
    return errors.CompetenciaFechada(mes, clock.today(), estado=detail["estado"])


def _estado(error: psycopg.Error) -> EstudioError | None:
    """A transition from a state that it does not start from."""
    mes, detail = _read_mes(error), _read_detail(error) or {}
    match detail.get("estado"):
        case "fechada":
            return errors.JaFechado(mes=_label(error))
        case "aberta" | "vazia":
            return errors.NaoFechado(mes=_label(error))
        case "selada" if mes is not None:
            return errors.CompetenciaFechada(mes, clock.today(), estado="selada")
        case _:
            return errors.CompetenciaInvalida("Esse mês não existe nos livros, que vão de 2000 a 2099.")


def _nao_pronto(error: psycopg.Error) -> EstudioError | None:
    mes, codigos = _read_mes(error), _read_detail(error)
    if mes is None or not codigos:
        return None
    if codigos == ["sem_dados"]:
        return errors.SemDados(mes=mes.label)
    achados: list[object] = [{"codigo": codigo, "bloqueia": True} for codigo in codigos]
    what = f"Motivos: {', '.join(codigos)}. Veja cada um com `estudio extrato check`."
    return errors.NaoPronto(mes, codigos[0], [what], achados=achados)


def _meses_posteriores(error: psycopg.Error) -> EstudioError | None:
    meses = [Competencia.parse(slug).label for slug in _read_detail(error) or []]
    return errors.MesesPosterioresFechados(meses=", ".join(meses))


def _sem_tabelas(_error: psycopg.Error) -> EstudioError | None:
    return errors.MigracaoRecusada(
        "As tabelas não estão neste banco, ou são de outra versão. Rode `estudio db migrate`."
    )


def _disco(_error: psycopg.Error) -> EstudioError | None:
    return errors.DiscoRecusou(
        "O disco do banco de dados está cheio, e nada foi gravado. Libere espaço e tente de novo.",
        motivo="o disco do banco de dados está cheio",
    )


def _unico(error: psycopg.Error) -> EstudioError | None:
    return _by_constraint(error) or errors.JaExiste("Já existe um registro igual a este. Procure-o na lista.")


def _referencia(error: psycopg.Error) -> EstudioError | None:
    # English and Portuguese servers begin with the same letters when the row written points at nothing.
    if (error.diag.message_primary or "").lower().startswith("ins"):
        return errors.DadosInvalidos(
            "O registro aponta para outro que não existe ou já foi apagado. Atualize a tela e escolha de novo.",
            motivo="referencia",
            restricao=error.diag.constraint_name,
        )
    return _em_uso(error)


def _em_uso(error: psycopg.Error) -> EstudioError | None:
    return errors.EmUso(
        "Não dá para apagar: outros registros ainda apontam para este. Desative-o em vez de apagar.",
        restricao=error.diag.constraint_name,
    )


def _regra(error: psycopg.Error) -> EstudioError | None:
    return _by_constraint(error) or errors.DadosInvalidos(
        f"Um dos valores não é aceito (regra {error.diag.constraint_name}). Confira o que foi digitado.",
        motivo=error.diag.constraint_name,
    )


def _horario(error: psycopg.Error) -> EstudioError | None:
    """Two at once: the second meets the constraint. The server says, in any language, when the first one is."""
    taken = re.findall(r'"\d{4}-\d\d-\d\d (\d\d:\d\d):\d\d"', error.diag.message_detail or "")[2:4]
    if len(taken) < 2:
        return None
    return errors.HorarioOcupado(artista="O artista", inicio=taken[0], fim=taken[1], campo="hora")


def _faltando(error: psycopg.Error) -> EstudioError | None:
    return errors.DadosInvalidos(
        f"Falta preencher {error.diag.column_name}.", motivo="faltando", campo=error.diag.column_name
    )


def _by_constraint(error: psycopg.Error) -> Refusal | None:
    name = error.diag.constraint_name or ""
    _, _, field = name.partition("_")
    found = _SENTENCES.get(name) or _SENTENCES.get(f"*_{field}")
    return found[0](found[1], motivo=name) if found else None


def _says(refusal: type[EstudioError]) -> Callable[[psycopg.Error], EstudioError | None]:
    return lambda error: refusal(mes=_label(error))


# P0F03 (isolation), P0F04 (already written) and P0F15 (a state without its extrato) are faults of ours: not here.
_STATES: Final[dict[str, Callable[[psycopg.Error], EstudioError | None]]] = {
    "P0F01": _fechada,
    "P0F02": _says(errors.RegistroPermanente),
    "P0F05": _says(errors.EmAndamento),
    "P0F06": _says(errors.SemPermissao),
    "P0F07": _estado,
    "P0F08": _nao_pronto,
    "P0F09": _says(errors.ContagensDiferem),
    "P0F11": _meses_posteriores,
    "P0F12": lambda error: errors.SessaoJaPaga(**_read_detail(error)),
    "P0F13": _says(errors.UltimoDono),
    "P0F14": _says(errors.MotivoFaltando),
    "23001": _em_uso,
    "23502": _faltando,
    "23503": _referencia,
    "23505": _unico,
    "23514": _regra,
    "23P01": _horario,
    "3F000": _sem_tabelas,
    "42P01": _sem_tabelas,
    "53100": _disco,
    "55P03": _says(errors.Ocupado),
    "57014": _says(errors.TempoEsgotado),
}

# By the constraint's whole name or, where every table means the same by it, by what follows the table.
_SENTENCES: Final[dict[str, tuple[type[Refusal], str]]] = {
    "*_data": (errors.DataInvalida, "A data precisa estar entre 01/01/2000 e 31/12/2099."),
    "*_valor": (errors.ValorInvalido, "O valor precisa estar entre R$ 0,01 e R$ 9.999.999,99."),
    "*_percentual": (errors.PercentualInvalido, "O percentual precisa estar entre 0 e 100."),
    "*_nome": (errors.TextoInvalido, "O nome está vazio ou é longo demais."),
    "*_nome_busca": (errors.TextoInvalido, "O nome precisa ter pelo menos uma letra ou um número."),
    "*_email": (errors.TextoInvalido, "O e-mail precisa ter de 3 a 254 caracteres."),
    "*_telefone": (errors.TextoInvalido, "O telefone precisa ter de 1 a 40 caracteres."),
    "*_observacoes": (errors.TextoInvalido, "As observações passam de 20.000 caracteres. Encurte o texto."),
    "*_descricao": (errors.TextoInvalido, "A descrição está vazia ou passa de 20.000 caracteres."),
    "*_motivo": (errors.TextoInvalido, "O motivo está vazio ou passa de 2.000 caracteres."),
    "*_rotulo": (errors.TextoInvalido, "O nome precisa ter de 1 a 60 letras."),
    "*_rotulo_unico": (errors.JaExiste, "Já existe um item com esse nome."),
    "*_email_unico": (errors.JaExiste, "Já existe um cadastro com esse e-mail."),
    "*_evento_unico": (errors.JaExiste, "Este evento já foi finalizado anteriormente."),
    "sessoes_hora": (errors.DadosInvalidos, "A hora precisa ser de 00:00 a 23:59."),
    "sessoes_duracao": (errors.DadosInvalidos, "A sessão precisa durar de 5 minutos a 24 horas."),
    "sessoes_hora_tem_duracao": (errors.DadosInvalidos, "Quem marca a hora diz também quanto dura."),
    "sessoes_valor": (errors.ValorInvalido, "O valor da sessão precisa estar entre R$ 0,00 e R$ 9.999.999,99."),
    "comissoes_uma_por_artista": (errors.JaExiste, "Este pagamento já tem comissão para esse artista."),
    "pagamentos_estorno_maximo": (errors.ValorInvalido, "Os estornos passariam do valor que foi pago."),
    "pagamentos_estorno_de_estorno": (errors.DadosInvalidos, "Um estorno não pode ser estornado. Lance um pagamento."),
    "pagamentos_estorno_artista": (errors.DadosInvalidos, "O estorno precisa ser do mesmo artista do pagamento."),
    "acertos_um_por_pagamento": (
        errors.JaExiste,
        "Já está anotado que o dinheiro deste pagamento passou pelo artista.",
    ),
    "acertos_recebido": (errors.DadosInvalidos, "O que o artista recebeu é o valor do pagamento: edite o pagamento."),
    "acertos_valor": (errors.ValorInvalido, "O valor precisa estar entre R$ 0,01 e R$ 9.999.999,99."),
    "acertos_forma_do_tipo": (errors.DadosInvalidos, "Escolha a forma quando há dinheiro entregue, e só então."),
    "acertos_motivo_do_tipo": (errors.TextoInvalido, "Escreva o motivo: sem ele ninguém entende esta linha depois."),
    "recorrentes_dia": (errors.DadosInvalidos, "O dia do mês precisa estar entre 1 e 31."),
    "recorrencias_uma_por_mes": (errors.RascunhoDecidido, errors.RascunhoDecidido.sentence),
    "identidade_cor": (errors.DadosInvalidos, "A cor não foi entendida. Escolha uma da lista ou outra no quadro."),
    "logotipos_png": (errors.ImagemRecusada, "O logotipo não é uma imagem que se possa guardar. Envie outra."),
    "logotipos_bytes": (errors.ImagemRecusada, "O logotipo é grande demais para ser guardado. Envie outro."),
    "itens_quantidade": (errors.ValorInvalido, "O estoque não pode ficar abaixo de zero."),
    "movimentos_saldo": (errors.ValorInvalido, "O estoque não pode ficar abaixo de zero."),
    "usuarios_artista_tem_artista": (
        errors.DadosInvalidos,
        "Quem entra como artista precisa estar ligado a um artista.",
    ),
    "clientes_eliminado": (
        errors.ClienteEliminado,
        "Este cliente foi eliminado: os dados dele não existem mais. Cadastre a pessoa de novo.",
    ),
    "demonstrativos_vigente": (errors.DemonstrativoSubstituido, errors.DemonstrativoSubstituido.sentence),
    "demonstrativo_respostas_vigente": (errors.DemonstrativoSubstituido, errors.DemonstrativoSubstituido.sentence),
    "demonstrativo_respostas_texto": (errors.TextoInvalido, "O texto está vazio ou passa de 2.000 caracteres."),
    "demonstrativo_respostas_uma_resolucao": (errors.JaExiste, "Esta contestação já foi respondida."),
    "segundos_fatores_um_por_usuario": (errors.FatorLigado, errors.FatorLigado.sentence),
    "segundos_fatores_passo_avanca": (errors.CodigoRecusado, errors.CodigoRecusado.sentence),
    "chaves_de_acesso_contador_avanca": (errors.ChaveRecusada, errors.ChaveRecusada.sentence),
    "chaves_de_acesso_credencial_unica": (errors.JaExiste, "Esta chave de acesso já está cadastrada."),
    "clientes_fundido_em_outro": (errors.DadosInvalidos, "Um cliente não pode ser unido a si mesmo."),
}

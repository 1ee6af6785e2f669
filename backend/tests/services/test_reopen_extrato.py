"""Reopening, sealing, force: who may, in which order, and what stays."""

from datetime import date

import pytest
from agosto import AGOSTO, SETEMBRO, add_payment, cheat, close, ensure_whole, enter_agosto, state
from conftest import Banco

from estudio import config
from estudio.domain.errors import (
    CompetenciaFechada,
    ForcaDesligada,
    MesesPosterioresFechados,
    MotivoFaltando,
    Refusal,
    SemPermissao,
)
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.extrato_service import (
    reopen_extrato,
    seal_extrato,
)


@pytest.mark.usefixtures("banco")
class TestReopeningAndSealing:
    def test_reopening_asks_for_a_reason_and_takes_the_latest_month_first(self) -> None:
        cast = enter_agosto()
        add_payment(cast, "10.00", date(2025, 9, 1))
        close(AGOSTO)
        close(SETEMBRO)
        with pytest.raises(MotivoFaltando):
            reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="  ")
        with pytest.raises(MesesPosterioresFechados, match="Setembro/2025"):
            reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="conferir de novo")
        with pytest.raises(SemPermissao):
            reopen_extrato(SETEMBRO, quem=cast.quem_bia, motivo="quero mais")
        reopen_extrato(SETEMBRO, quem=cast.quem_ana, motivo="conferir de novo")
        reopen_extrato(AGOSTO, quem=cast.quem_ana, motivo="conferir de novo")
        assert (state(AGOSTO), state(SETEMBRO)) == ("aberta", "aberta")
        ensure_whole()

    def test_reopening_and_closing_again_gives_the_same_content(self) -> None:
        enter_agosto()
        first = close(AGOSTO)
        reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="só para ver")
        second = close(AGOSTO)
        assert (first.versao, second.versao) == (1, 2)
        assert first.conteudo_sha256 == second.conteudo_sha256
        assert first.selo.selo_sha256 != second.selo.selo_sha256

    def test_a_sealed_month_never_opens_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        with pytest.raises(Refusal):
            seal_extrato(AGOSTO, quem=LINHA_DE_COMANDO)
        close(AGOSTO)
        seal_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="entregue ao contador")
        assert state(AGOSTO) == "selada"
        with pytest.raises(CompetenciaFechada, match="está selado e não abre mais"):
            reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="quero abrir")
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        with pytest.raises(CompetenciaFechada):
            close(AGOSTO, force=True, motivo="quero refazer")
        ensure_whole()

    def test_force_is_off_until_it_is_allowed_and_wants_a_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        close(AGOSTO)
        with pytest.raises(ForcaDesligada):
            close(AGOSTO, force=True, motivo="refazer tudo")
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        with pytest.raises(MotivoFaltando):
            close(AGOSTO, force=True)

    def test_force_without_a_change_answers_with_the_version_that_stands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        first = close(AGOSTO)
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        again = close(AGOSTO, force=True, motivo="refazer tudo")
        assert (again.id, again.versao) == (first.id, 1)

    def test_force_after_rows_changed_behind_the_guard_makes_a_version(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        close(AGOSTO)
        cheat(banco, "update pagamentos set valor_centavos = 25000 where valor_centavos = 15000")
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        second = close(AGOSTO, force=True, motivo="corrigido à mão")
        assert (second.versao, second.totais[0]) == (2, 45_000)
        ensure_whole()

"""What can go against a person's wish, one class each: refusals, broken books, outcomes nobody knows yet.

A refusal carries the Portuguese sentence that the person reads: what is wrong and what to do. `cli` turns families into
exit codes and `web` into HTTP, each in one place; nothing else looks at them. Imports neither Flask nor SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from estudio.domain.competencia import Competencia


class EstudioError(Exception):
    """A named end of a deed: `codigo` for programs, `message` for people, `details` (JSON values) for both.

    A class gives its `sentence`, or its occasion another; its fields are filled from the details, so that a page can
    say it in its own language. A `message` is said as it is.
    """

    codigo: str = "erro"
    sentence: str = ""

    def __init__(self, message: str = "", /, *, sentence: object = "", **details: object) -> None:
        self.is_ocasional = bool(message)
        """Whether the message is the whole sentence, with nothing to fill in."""
        # An object, because details are handed on as they are, in one dictionary.
        self.sentence = str(sentence) or self.sentence
        self.message = message or self.sentence.format_map(details)
        assert self.message, f"{type(self).__name__} without a sentence"
        self.details: dict[str, object] = details
        super().__init__(self.message)


class Refusal(EstudioError):
    """What was asked is not done, nothing changed, and the sentence says what to do (exit 1)."""

    codigo = "recusado"


class UsageRefusal(Refusal):
    """The command or a setting is wrong: nothing was tried (exit 2)."""

    codigo = "uso"


class IntegrityBroken(EstudioError):
    """The books, the chain or a backup do not tell what they told before (exit 4): no month is closed upon them."""

    codigo = "integridade"


class OutcomeUnknown(EstudioError):
    """The answer to a COMMIT was lost: it is neither done nor refused until somebody looks (exit 5)."""

    codigo = "desfecho_desconhecido"
    sentence = "Não dá para saber se a operação foi gravada. Rode `estudio extrato list` antes de tentar de novo."


class OperacaoFalhou(EstudioError):
    """The server went away in the middle of a transition, which is undone as a whole (exit 3); `etapa` says where."""

    codigo = "falhou"
    sentence = (
        "A operação em {mes} parou na etapa {etapa}: o banco de dados deixou de responder. Nada foi alterado. Confira "
        "o servidor e tente de novo."
    )


class LeitorParou(OperacaoFalhou):
    """One of the processes that read a month together was ended, or failed (exit 3); nothing was changed."""

    codigo = "leitor_parou"
    sentence = (
        "Um dos processos que leem o mês parou no meio, talvez por falta de memória. Nada foi alterado. Tente de novo; "
        "com EXTRATO_WORKERS=1 um processo só lê tudo."
    )


# --- settings -------------------------------------------------------------------------------------------------------


class ConfiguracaoInvalida(UsageRefusal):
    """One setting has a value that nobody can mean; `details['configuracao']` names it."""

    codigo = "configuracao_invalida"


class PastaDosDados(UsageRefusal):
    """ESTUDIO_DATA_DIR cannot hold the embedded server; `details['pasta']` names the folder that stands in the way."""

    codigo = "pasta_dos_dados"


class BancoRecusou(UsageRefusal):
    """The server of DATABASE_URL answered, but not as we need it: who logs in, which version, which rights."""

    codigo = "banco_recusou"


# --- what was entered -----------------------------------------------------------------------------------------------


class DadosInvalidos(Refusal):
    """Something entered cannot be kept; `details['motivo']` is a word for programs, `campo` the field when known."""

    codigo = "dados_invalidos"


class PedidoInvalido(DadosInvalidos):
    """What a program sent has not the shape that the API's document says; `erros` lists them (campo, mensagem)."""

    codigo = "pedido_invalido"
    sentence = "O pedido não foi aceito: {resumo}"


class JsonInvalido(DadosInvalidos):
    codigo = "json_invalido"
    sentence = "O corpo do pedido não pôde ser lido como um objeto. Confira vírgulas, aspas e nomes repetidos."


class VersaoFaltando(DadosInvalidos):
    codigo = "versao_faltando"
    sentence = "Diga qual versão você leu, no campo versao ou no cabeçalho If-Match, e uma só."


class ValorInvalido(DadosInvalidos):
    codigo = "valor_invalido"


class PercentualInvalido(DadosInvalidos):
    codigo = "percentual_invalido"


class TextoInvalido(DadosInvalidos):
    codigo = "texto_invalido"


class DataInvalida(DadosInvalidos):
    codigo = "data_invalida"


class CompetenciaInvalida(DadosInvalidos):
    codigo = "competencia_invalida"


class InstanteInvalido(DadosInvalidos):
    codigo = "instante_invalido"
    sentence = "Esse instante ainda não chegou. Escolha um dia e uma hora que já passaram."


class SenhaInvalida(DadosInvalidos):
    """`motivo`: curta, longa, comum, caractere."""

    codigo = "senha_invalida"


class ImagemRecusada(DadosInvalidos):
    """`motivo`: vazia, tamanho, formato, dimensoes, danificada."""

    codigo = "imagem_recusada"


class NaoEncontrado(Refusal):
    """`NaoEncontrado(coisa="o pagamento", id=7)`."""

    codigo = "nao_encontrado"
    sentence = "Não encontramos {coisa} {id}. Confira o número ou procure na lista."


class JaExiste(Refusal):
    codigo = "ja_existe"


class EmUso(Refusal):
    """Something else still points at it, so it cannot go."""

    codigo = "em_uso"


class RegistroPermanente(Refusal):
    codigo = "registro_permanente"
    sentence = "Este registro não pode ser alterado nem apagado: ele faz parte do que já foi fechado ou auditado."


class SessaoJaPaga(Refusal):
    codigo = "sessao_ja_paga"
    sentence = "A sessão {sessao_id} já está paga pelo pagamento {pagamento_id}. Confira antes de registrar outro."


class HorarioOcupado(Refusal):
    """An artista is in one place at a time; what was cancelled takes none."""

    codigo = "horario_ocupado"
    sentence = "{artista} já tem uma sessão das {inicio} às {fim} neste dia. Escolha outra hora ou outro artista."


class EventoJaPago(Refusal):
    """An agenda event is paid once; `pagamento_id` is the payment that settled it, and `pagamento` what it was."""

    codigo = "evento_ja_pago"
    sentence = "Este evento já foi finalizado anteriormente."


class ClienteAmbiguo(Refusal):
    """Several clientes have the name; `details['clientes']` lists them (id, nome, telefone) to choose from."""

    codigo = "cliente_ambiguo"
    sentence = "Há {quantidade} clientes com o nome {nome}. Escolha qual deles é."


class ClienteParecido(Refusal):
    """Somebody has that name or telefone; `details['clientes']` lists them (id, nome, telefone)."""

    codigo = "cliente_parecido"
    sentence = "Já há quem tenha este nome ou este telefone. Veja se é a mesma pessoa; se não for, registre de novo."


class ClienteEliminado(Refusal):
    codigo = "cliente_eliminado"
    sentence = "O cliente {id} foi eliminado em {em}: os dados dele não existem mais. Cadastre a pessoa de novo."


class PagamentoIgual(Refusal):
    """A notice, and no wall: whoever registers it once more, having been told of `pagamento_id`, means it."""

    codigo = "pagamento_igual"
    sentence = "Há um pagamento igual: {pagamento}. Se este é outro, registre de novo; os dois ficam."


class FusaoRecusada(Refusal):
    """These two clientes cannot be made one, or are none."""

    codigo = "fusao_recusada"


class EstornoAcimaDoPago(ValorInvalido):
    """`resta` is what may still be given back."""

    codigo = "estorno_acima_do_pago"
    sentence = "O estorno passa do que foi pago: deste pagamento ainda podem ser devolvidos {resta}."


class EstornoRecusado(Refusal):
    """A payment that cannot be reversed, or one that its estornos hold as it is."""

    codigo = "estorno_recusado"


class EstoqueInsuficiente(Refusal):
    codigo = "estoque_insuficiente"
    sentence = "Não dá para tirar {pedido} de {nome}: há {quantidade} no estoque. Confira a contagem."


class ChaveRepetida(Refusal):
    """A form that was already sent came again with other contents; `resultado` is the first answer."""

    codigo = "chave_repetida"
    sentence = "Este formulário já foi enviado com outros dados. Confira o primeiro envio, ou registre como novo."


class SaldoMudou(Refusal):
    """What a button promised to settle is not what is owed any more."""

    codigo = "saldo_mudou"
    sentence = "O saldo mudou enquanto a página estava aberta: agora é {saldo}. Confira o valor e registre de novo."


class AlteradoDepois(Refusal):
    """Somebody changed the row since the person saw it, or since the deed that is to be undone."""

    codigo = "alterado_depois"
    sentence = "Este registro foi alterado depois. Confira como ele está agora e tente de novo."


class NaoDesfaz(Refusal):
    """There is nothing to undo, or something else was done upon it since."""

    codigo = "nao_desfaz"


class SemRascunho(Refusal):
    """A month in which a recorrente has no draft: too early, too late, or it was stopped."""

    codigo = "sem_rascunho"
    sentence = "Este gasto recorrente não tem rascunho nesse mês. Confira a lista dos recorrentes."


class RascunhoDecidido(Refusal):
    codigo = "rascunho_decidido"
    sentence = "Este gasto recorrente já foi lançado ou pulado nesse mês. Confira a lista do mês."


class LinhasNaoProvadas(Refusal):
    """A version's rows, put together again, do not have the hash that was sealed."""

    codigo = "linhas_nao_provadas"
    sentence = (
        "As linhas da versão {versao} de {mes} não conferem com o selo dela, e por isso não são mostradas. "
        "As somas seladas valem."
    )


class MesNoExtrato(Refusal):
    """Histórico tells the open months; a closed one is told by its Extrato."""

    codigo = "mes_no_extrato"
    sentence = "{mes} não está mais no Histórico porque foi fechado. Veja em Extratos."


# --- who and when ---------------------------------------------------------------------------------------------------


class AcessoRecusado(Refusal):
    """The same sentence whatever was wrong: it tells nobody which addresses log in here."""

    codigo = "acesso_recusado"
    sentence = "E-mail ou senha não conferem. Confira os dois e tente de novo."


class MuitasTentativas(Refusal):
    """`segundos` is how long to wait."""

    codigo = "muitas_tentativas"
    sentence = "Foram muitas tentativas seguidas. Espere {segundos} segundos e tente de novo."


class SenhaErrada(Refusal):
    """The password of who is logged in already, asked once more."""

    codigo = "senha_errada"
    sentence = "A senha não confere. Digite a senha com que você entra."


class ProvaPeloPin(Refusal):
    """A password besides a PIN is less than what lets this person in."""

    codigo = "prova_pelo_pin"
    sentence = (
        "Neste navegador você entrou pelo PIN, e o seu acesso pede também um código. Saia e entre de novo com os dois."
    )


class CodigoRecusado(Refusal):
    """A second factor that does not fit, was used before, or is another's: the same sentence for all of them."""

    codigo = "codigo_recusado"
    sentence = "Este código não confere ou já foi usado. Espere o próximo, ou use um código de recuperação."


class CodigoErrado(Refusal):
    """The first code of an app, which is to be switched on."""

    codigo = "codigo_errado"
    sentence = (
        "Este código não confere. Digite o que o aplicativo mostra agora; o relógio do celular precisa estar certo."
    )


class FatorLigado(Refusal):
    codigo = "fator_ligado"
    sentence = "O código do celular já está ligado neste acesso."


class FatorDesligado(Refusal):
    codigo = "fator_desligado"
    sentence = "O código do celular não está ligado neste acesso. Ligue-o antes."


class EtapaVencida(Refusal):
    """The password was said too long ago, or it changed since."""

    codigo = "etapa_vencida"
    sentence = "Passou tempo demais desde a senha. Entre de novo."


class ChaveRecusada(Refusal):
    """What a passkey signed is not taken; the log says why."""

    codigo = "chave_recusada"
    sentence = "A chave de acesso não foi aceita. Tente de novo, ou entre com e-mail e senha."


class SegredoIlegivel(Refusal):
    """The key in the data folder is not the one that a secret was encrypted with."""

    codigo = "segredo_ilegivel"
    sentence = "O código do celular não pode ser conferido neste computador. Use um código de recuperação."


class GoogleRecusado(Refusal):
    """Not verified, not invited, not active: whoever asks does not learn which."""

    codigo = "google_recusado"
    sentence = "Esta conta do Google não abre este estúdio. Entre com e-mail e senha, ou peça ao dono um convite."


class GoogleFalhou(Refusal):
    """It did not answer, or not what it should."""

    codigo = "google_falhou"
    sentence = "O Google não confirmou quem você é. Tente de novo, ou entre com e-mail e senha."


class FichaInvalida(Refusal):
    """The same sentence for a key that is unknown, revoked or over, and for none at all."""

    codigo = "ficha_invalida"
    sentence = "Envie uma ficha válida no cabeçalho Authorization, depois da palavra Bearer. Crie uma em Fichas da API."


class ConviteVencido(Refusal):
    codigo = "convite_vencido"
    sentence = "Este link já foi usado ou venceu. Inicie `estudio web` de novo para receber outro."


class LinkVencido(Refusal):
    """A link that gives a password: unknown, used, old, or overtaken by another change."""

    codigo = "link_vencido"
    sentence = "Este link já foi usado ou venceu. Peça outro em Esqueci a senha, ou a quem é dono do estúdio."


class DemonstrativoVencido(Refusal):
    """The link of an artista's statement: unknown, old, ended or overtaken; which of these nobody is told."""

    codigo = "demonstrativo_vencido"
    sentence = "Este link não existe, venceu ou foi trocado por outro. Peça um link novo ao estúdio."


class DemonstrativoSubstituido(Refusal):
    """An answer to a version of a month that no longer stands."""

    codigo = "demonstrativo_substituido"
    sentence = "Este mês foi reaberto depois deste demonstrativo, e esta versão não vale mais. Peça a nova ao estúdio."


class PinInvalido(DadosInvalidos):
    codigo = "pin_invalido"
    sentence = "O PIN precisa ter de 4 a 8 algarismos, que não se repitam nem estejam em fila."


class PinRecusado(Refusal):
    """The same sentence for a wrong PIN, for one that no longer counts here, and for nobody's."""

    codigo = "pin_recusado"
    sentence = (
        "O PIN não confere, ou já não vale neste navegador. Depois de 5 erros, ou 12 horas depois da senha, entre "
        "com a senha."
    )


class CorreioRecusou(Refusal):
    """A letter that was not sent; `motivo` is for the log."""

    codigo = "correio_recusou"
    sentence = "O e-mail não foi enviado: {motivo}. Confira SMTP_HOST e as outras configurações do correio."


class AvisoRecusado(Refusal):
    """An alert that did not reach an address; `motivo` is for the log, and names none."""

    codigo = "aviso_recusado"
    sentence = "O aviso não foi entregue: {motivo}. Ele é tentado de novo sozinho; confira ALERT_ADDRESSES."


class SemDestino(Refusal):
    codigo = "sem_destino"
    sentence = "Não há para onde mandar avisos. Escreva os endereços em ALERT_ADDRESSES, no arquivo .env, e reinicie."


class SinalRecusado(Refusal):
    """Whoever waits for the sign of life did not take it; the address is a secret, and stands nowhere."""

    codigo = "sinal_recusado"
    sentence = "O sinal de vida não foi recebido: {motivo}. Confira HEARTBEAT_URL e a rede."


class SemPermissao(Refusal):
    codigo = "sem_permissao"
    sentence = "Só o dono pode fazer isso. Peça a quem é dono do estúdio."


class EscopoFaltando(SemPermissao):
    codigo = "escopo_faltando"
    sentence = "Esta ficha não tem o escopo {escopo}. Crie outra que tenha, em Fichas da API."


class UltimoDono(Refusal):
    codigo = "ultimo_dono"
    sentence = "Este é o último dono ativo. Torne outra pessoa dona do estúdio antes."


class MotivoFaltando(Refusal):
    codigo = "motivo_faltando"
    sentence = "Escreva o motivo, com pelo menos 5 letras."


class Ocupado(Refusal):
    codigo = "ocupado"
    sentence = "Outra pessoa está mexendo nos mesmos registros. Tente de novo em alguns segundos."


class DocumentosOcupados(Ocupado):
    """As many documents and packs as there is room for are being made by this process."""

    codigo = "documentos_ocupados"
    sentence = "Outros documentos estão sendo gerados ou baixados agora. Tente de novo em alguns segundos."


class TempoEsgotado(Refusal):
    codigo = "tempo_esgotado"
    sentence = "A operação passou do tempo permitido e foi desfeita por inteiro. Tente de novo mais tarde."


class BancoIndisponivel(Refusal):
    codigo = "banco_indisponivel"
    sentence = "O banco de dados não respondeu. Confira DATABASE_URL e se o servidor está ligado."


class BancoEmbutido(Refusal):
    """The server in the wheel cannot be made, started or opened."""

    codigo = "banco_embutido"


class MigracaoRecusada(Refusal):
    """The database and this program are not of the same age, or a sealed month would change."""

    codigo = "migracao_recusada"


class AtualizacaoDesfeita(Refusal):
    """What the doctor finds after the migration was not so before it: the old database stays in its place."""

    codigo = "atualizacao_desfeita"


# --- months ---------------------------------------------------------------------------------------------------------


class CompetenciaFechada(Refusal):
    """A write into a month that is not open; `estado` is that of the month: fechada, selada or vazia."""

    codigo = "competencia_fechada"

    def __init__(self, competencia: Competencia, hoje: date, *, estado: str = "fechada") -> None:
        ajuste = f"Lance um ajuste em {competencia.of(hoje).label.lower()}"
        message = {
            "fechada": f"{competencia.label} está fechado. {ajuste} ou peça ao dono para reabrir.",
            "selada": f"{competencia.label} está selado e não abre mais. {ajuste}.",
            "vazia": f"{competencia.label} foi fechado sem movimento. {ajuste} ou peça ao dono para reabrir.",
        }[estado]
        super().__init__(message, mes=competencia.slug, estado=estado)


class JaFechado(Refusal):
    codigo = "ja_fechado"
    sentence = "{mes} já está fechado. Para fechar de novo, reabra o mês antes."


class NaoFechado(Refusal):
    codigo = "nao_fechado"
    sentence = "{mes} não está fechado. O estado de cada mês está em Extratos e em `estudio extrato list`."


class DocumentoNaoGerado(Refusal):
    """A document of a month could not be made; the month stays as it is, and it can be made at any later time."""

    codigo = "documento_nao_gerado"
    sentence = "O documento não foi gerado: {motivo}. Tente outra vez; o log diz mais."


class DocumentosFaltando(Refusal):
    """The documents of a closed month were not made yet, or not all of them."""

    codigo = "documentos_faltando"
    sentence = "Os documentos de {mes} ainda não foram gerados. Gere-os na página do Extrato."


class PapelFaltando(Refusal):
    """A statement behind a link that has no paper: it could not be made, or named somebody who was erased."""

    codigo = "papel_faltando"
    sentence = "O PDF deste demonstrativo ainda não foi gerado. A página dele diz o mesmo; o estúdio pode gerar o PDF."


class MesesSemDocumentos(Refusal):
    """Of several months some got no documents; of each it was said why, and the others have theirs."""

    codigo = "meses_sem_documentos"
    sentence = "Ficaram sem documentos: {meses}. Corrija o motivo dito de cada um e rode de novo."


class DocumentosEmAndamento(Refusal):
    """Another process is making them."""

    codigo = "documentos_em_andamento"
    sentence = "Os documentos de {mes} estão sendo gerados agora. Espere um instante e atualize a página."


class EmAndamento(Refusal):
    """Another close, reopen, seal, restore or undo holds the one transition lock."""

    codigo = "em_andamento"
    sentence = "Já há um fechamento em andamento. Espere terminar e tente de novo."


class SemDados(Refusal):
    """Nothing to close: an outcome of its own, neither done nor refused (exit 0)."""

    codigo = "sem_dados"
    sentence = "{mes} não tem pagamento nem gasto. Não há o que fechar."


class NaoPronto(Refusal):
    """Readiness found what blocks; `codigo` is the first finding's, `details['achados']` holds them all."""

    def __init__(self, competencia: Competencia, codigo: str, mensagens: list[str], *, achados: list[object]) -> None:
        self.codigo = codigo
        super().__init__(
            f"{competencia.label} não pode ser fechado. " + " ".join(mensagens), mes=competencia.slug, achados=achados
        )


class BackupNaoProvado(Refusal):
    """No backup proves the month's rows; `motivo` says why, `diferencas` where when it was read whole."""

    codigo = "backup_nao_provado"
    sentence = "{mes} não pode ser fechado: nenhum backup prova os registros ({motivo}). Rode `estudio backup create`."


class MudouDesdeAConferencia(Refusal):
    """What would be sealed is not what the person who asked for it had been shown."""

    codigo = "mudou_desde_a_conferencia"
    sentence = (
        "{mes} mudou depois que você conferiu: o que seria selado já não é o que você viu. Nada foi fechado. "
        "Confira de novo e feche."
    )


class FechamentoSemResposta(Refusal):
    """A closing was asked for, and within the time that a page waits there was no sign that it began."""

    codigo = "fechamento_sem_resposta"
    sentence = (
        "O banco está demorando, e ainda não dá para ver se o fechamento de {mes} começou. Espere um minuto e confira "
        "o mês: lá aparece a última tentativa."
    )


class ContagensDiferem(Refusal):
    """The counts of one month do not agree; `details['diferencas']` says where (day, kind, difference)."""

    codigo = "contagens_diferem"
    sentence = (
        "{mes} não foi fechado: as contagens do banco, do programa e do backup não coincidem. Nada foi alterado. "
        "Rode `estudio doctor` e veja onde diferem."
    )


class ForcaDesligada(Refusal):
    codigo = "force_desligado"
    sentence = "--force está desligado. Ligue com FORCE_GENERATION_ALLOWED=true, ou reabra {mes} e feche de novo."


class CommitDesfeito(Refusal):
    """COMMIT was answered by nothing or by a rollback, and the server says that nothing was written."""

    codigo = "commit_desfeito"
    sentence = "A gravação de {mes} foi desfeita pelo servidor; nada foi alterado. Tente de novo."


class MesesPosterioresFechados(Refusal):
    """`meses` are the later closed months, latest first, as people read them."""

    codigo = "meses_posteriores_fechados"
    sentence = "Há meses fechados depois deste. Reabra antes, nesta ordem: {meses}. Ou lance um ajuste no mês aberto."


# --- backups --------------------------------------------------------------------------------------------------------


class DiscoRecusou(Refusal):
    """A file could not be written: full, read-only, not a folder. `precisa` and `livre` are bytes, where known."""

    codigo = "disco"
    sentence = "Não deu para gravar em {caminho}: {motivo}"


class BackupAusente(Refusal):
    codigo = "backup_ausente"
    sentence = "Não há backup de {mes}. Rode `estudio backup create --year {ano} --month {numero}`."


class BackupDanificado(Refusal):
    """The file is not what its manifest says; every kind of damage is one of these. `arquivo` names it."""

    codigo = "backup_danificado"


class BackupSumiu(BackupDanificado):
    codigo = "backup_sumiu"
    sentence = "{arquivo} não está mais na pasta, mas o manifesto o descreve. Traga-o de volta ou crie outro backup."


class BackupTamanhoErrado(BackupDanificado):
    codigo = "backup_tamanho_errado"
    sentence = "{arquivo} tem {encontrado} bytes e deveria ter {esperado}. {causa} Crie outro backup."


class BackupAlterado(BackupDanificado):
    codigo = "backup_alterado"
    sentence = (
        "{arquivo} mudou depois de gravado: o sha256 é {encontrado:.12}… e deveria ser {esperado:.12}…. "
        "{causa} Crie outro backup."
    )


class BackupIlegivel(BackupDanificado):
    """The bytes are those of the manifest, but no sheet of ours; `linha` counts from 1, the header included."""

    codigo = "backup_ilegivel"
    sentence = "{arquivo}, linha {linha}: {motivo}. O arquivo não foi escrito por este programa. Crie outro backup."


class BackupIncoerente(BackupDanificado):
    """The rows of the file do not add up to its manifest; `diferencas` says where (day, kind, difference)."""

    codigo = "backup_incoerente"
    sentence = (
        "As linhas de {arquivo} não dão os números do manifesto ({onde}). Arquivo ou manifesto foi editado. "
        "Crie outro backup."
    )


class ManifestoDanificado(BackupDanificado):
    codigo = "manifesto_danificado"
    sentence = "{arquivo} foi alterado ou cortado: {motivo}. Crie outro backup."


class ManifestoDeOutroMes(BackupDanificado):
    codigo = "manifesto_de_outro_mes"
    sentence = (
        "{arquivo} deveria ser de {esperado} e é de {encontrado}. Devolva o arquivo ao seu mês ou crie outro backup."
    )


class BackupDeOutroEstudio(BackupDanificado):
    codigo = "backup_de_outro_estudio"
    sentence = "{arquivo} é do estúdio {estudio} (outro banco de dados). Confira BACKUP_DIR."


class BackupDesatualizado(Refusal):
    """The file is whole, but the month has changed since; `diferencas` says where."""

    codigo = "backup_desatualizado"
    sentence = "O backup de {mes} está inteiro, mas os registros mudaram depois dele ({onde}). Crie outro backup."


class EnsaioFalhou(Refusal):
    """A backup was loaded into an empty database and did not give the same month, or could not be loaded."""

    codigo = "ensaio_falhou"
    sentence = "O ensaio de {arquivo} falhou: {motivo}. O backup não serve para restaurar; crie outro e ensaie de novo."


class RestauracaoImpedida(Refusal):
    """Something stands where the rows of a backup would go; `impedimentos` lists it."""

    codigo = "restauracao_impedida"


class FerramentaAusente(Refusal):
    codigo = "ferramenta_ausente"
    sentence = (
        "Não encontramos {ferramenta} da versão {versao} ou mais nova, que este servidor exige. "
        "Instale o cliente do PostgreSQL."
    )


class CopiaCompletaFalhou(Refusal):
    """pg_dump or pg_restore ended in an error; `saida` is what it said."""

    codigo = "copia_completa_falhou"
    sentence = "{ferramenta} não terminou: {saida}"


class CopiaImpedida(Refusal):
    """The folder of the copies outside cannot be used: not prepared, not mounted, another studio's."""

    codigo = "copia_impedida"
    sentence = "As cópias de fora não foram feitas: {motivo}"


class CopiaDanificada(Refusal):
    """A copy outside is not what was sent there."""

    codigo = "copia_danificada"
    sentence = "A cópia {arquivo} não serve: {motivo}."


class LogReescrito(CopiaDanificada):
    """A log that is only ever appended to is not what it was when it was copied; the copy of then was kept."""

    codigo = "log_reescrito"
    sentence = (
        "{arquivo} não continua o que já foi copiado: foi esvaziado, ou alguém o reescreveu. A cópia de antes ficou em "
        "{guardada}; `estudio copia fetch --to` uma pasta vazia traz os dois, para comparar."
    )


class ChaveDaCopiaErrada(Refusal):
    codigo = "chave_da_copia"
    sentence = "{arquivo} foi cifrado para outra chave. Use a chave da folha desse tempo."


# --- imports --------------------------------------------------------------------------------------------------------


class ArquivoAusente(UsageRefusal):
    """There is no file to read at that path, or none that may be read; `arquivo` names it."""

    codigo = "arquivo_ausente"
    sentence = "{arquivo} {motivo}"


class ArquivoNaoLido(Refusal):
    """The file as a whole is no sheet that can be read; `arquivo` names it, `linha` the place where there is one."""

    codigo = "arquivo_nao_lido"
    sentence = "{arquivo} não foi importado: {motivo}"


class EnvioVencido(Refusal):
    """A file that came by the browser is kept for a day, and no longer than it is needed."""

    codigo = "envio_vencido"
    sentence = "Este arquivo não está mais guardado. Envie-o de novo."


class EnvioMudou(Refusal):
    codigo = "envio_mudou"
    sentence = "O arquivo não é mais o que foi mostrado. Envie-o de novo e confira o que entra."


class ImportacaoRecusada(Refusal):
    """Some lines cannot come in, so none does; `recusas` lists them (linha, codigo, motivo)."""

    codigo = "importacao_recusada"
    sentence = "Nada foi importado de {arquivo}: {resumo}"


class ImportacaoPresa(Refusal):
    """Something was done upon what an import brought, so it cannot be taken back; `impedimentos` lists what."""

    codigo = "importacao_presa"
    sentence = "A importação {id} não pode ser desfeita: {resumo}"

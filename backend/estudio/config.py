"""Every setting, its default and its reason; the only reader of the environment.

A setting comes from the environment, from a `.env` in the current folder, or from a file of its name (`database_url`)
in the folder of secrets that Docker or systemd hands over. A value that nobody can mean stops the program with a
sentence that names the setting, instead of being guessed. `.env.example` lists the same settings.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from estudio.config_agenda import parse_cron, parse_zone
from estudio.config_avisos import parse_enderecos, parse_quieto, parse_reminder, parse_sinal
from estudio.config_copias import parse_key, parse_recipient
from estudio.config_correio import find_sender, parse_origin, parse_security, parse_sender, parse_smtp_host
from estudio.config_livros import parse_limite
from estudio.config_pastas import find_data_dir, find_log_dir
from estudio.config_valores import (
    PROGRAMA,
    File,
    Flag,
    Folder,
    Url,
    parse_hosts,
    parse_level,
    parse_rotation,
    parse_whole,
)
from estudio.domain.errors import ConfiguracaoInvalida

LOOPBACK: Final = ("127.0.0.1", "localhost")


class Settings(BaseSettings):
    """The settings, in the order of `.env.example`; `description` is the line of why that stands there."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: Url = Field(
        default="",
        repr=False,
        description="Banco de dados, entrando como estudio_app. Vazio: o programa liga um PostgreSQL próprio.",
    )
    database_owner_url: Url = Field(
        default="",
        repr=False,
        description="Quem cria as tabelas, ensaia e restaura backups. Vazio com DATABASE_URL vazio: automático.",
    )
    estudio_data_dir: Folder = Field(
        default_factory=find_data_dir,
        description="Pasta do que o programa guarda. Vazio: a pasta de dados da pessoa; como root, /var/lib/estudio.",
    )
    tz: Annotated[str, BeforeValidator(parse_zone)] = Field(
        default="America/Sao_Paulo", description="Fuso horário do estúdio: decide em que dia e mês cai um pagamento."
    )
    batch_size: str = Field(
        default="100",
        description="Registros na memória por vez: de 1 a 10000, ou auto. Muda a memória e nunca o resultado.",
    )
    extrato_workers: Annotated[int, BeforeValidator(parse_whole(1, 16, "processos"))] = Field(
        default=1,
        description="Processos que leem um mês grande ao mesmo tempo, de 1 a 16. Muda o tempo e nunca o resultado.",
    )
    extrato_require_backup: Flag = Field(
        default=True, description="Só fecha o mês com backup conferido. Com false, fecha sem prova e avisa."
    )
    atomic_transaction_timeout: Annotated[int, BeforeValidator(parse_whole(1, 86_400, "segundos"))] = Field(
        default=300, description="Segundos que um fechamento pode levar. Depois disso é desfeito por inteiro."
    )
    force_generation_allowed: Flag = Field(
        default=False, description="Permite --force: reabrir e fechar de novo um mês em um passo só."
    )
    backup_dir: Folder = Field(
        default_factory=lambda values: values["estudio_data_dir"] / "backups",
        description="Pasta dos backups. Vazio: backups dentro de ESTUDIO_DATA_DIR; outro disco é mais seguro.",
    )
    backup_retention_days: Annotated[int, BeforeValidator(parse_whole(1, 36_500, "dias"))] = Field(
        default=30,
        description="Dias que um backup sem extrato é guardado. O que um extrato cita fica, e 7 cópias completas.",
    )
    backup_compression_enabled: Flag = Field(
        default=False, description="Guarda também uma cópia .gz de cada backup, para enviar ou arquivar."
    )
    enable_monthly_extrato_job: Flag = Field(
        default=True,
        description="Fecha o mês na hora de CRON_SCHEDULE, com o worker ou o cron; o doctor diz se atrasa.",
    )
    cron_schedule: Annotated[str, BeforeValidator(parse_cron)] = Field(
        default="0 5 1 * *",
        description="Quando fecha: minuto, hora, dia, mês, dia da semana. O dia do estúdio vira às 04:00.",
    )
    extrato_grace_days: Annotated[int, BeforeValidator(parse_whole(0, 28, "dias"))] = Field(
        default=0, description="Dias de carência: o mês fecha sozinho tantos dias depois da hora de CRON_SCHEDULE."
    )
    extrato_notice_days: Annotated[int, BeforeValidator(parse_whole(0, 28, "dias"))] = Field(
        default=3, description="Dias antes em que o fechamento é anunciado, para lançar o que falta. 0: não anuncia."
    )
    extrato_retry_hours: Annotated[int, BeforeValidator(parse_whole(1, 168, "horas"))] = Field(
        default=6, description="Horas até tentar de novo um fechamento recusado, por exemplo por falta de comissão."
    )
    enable_backup_jobs: Flag = Field(
        default=True, description="Faz, confere, ensaia e limpa backups sozinho, com `estudio run` ou `estudio worker`."
    )
    backup_schedule: Annotated[str, BeforeValidator(parse_cron)] = Field(
        default="30 4 * * *", description="Quando são feitos os backups dos meses abertos, e a limpeza, como no cron."
    )
    full_backup_schedule: Annotated[str, BeforeValidator(parse_cron)] = Field(
        default="15 4 * * *", description="Quando é feita a cópia do estúdio inteiro. O padrão: todo dia, 04:15."
    )
    drill_schedule: Annotated[str, BeforeValidator(parse_cron)] = Field(
        default="45 4 * * *",
        description="Quando o backup novo é restaurado num banco vazio e comparado. O padrão: todo dia.",
    )
    copy_dir: File = Field(
        default=None, description="Pasta das cópias cifradas, em outro disco ou na rede. Vazio: não há cópias fora."
    )
    copy_recipient: Annotated[str, BeforeValidator(parse_recipient)] = Field(
        default="", description="A chave pública dessas cópias (age1…), que `estudio copia key` mostra."
    )
    copy_key: Annotated[str, BeforeValidator(parse_key)] = Field(
        default="", repr=False, description="A chave privada, só para conferir cada cópia. Vazio é mais seguro."
    )
    copy_schedule: Annotated[str, BeforeValidator(parse_cron)] = Field(
        default="30 5 * * *", description="Quando as cópias que faltam são enviadas e conferidas, como no cron."
    )
    mei_limite_anual: Annotated[Decimal, BeforeValidator(parse_limite)] = Field(
        default=Decimal("81000.00"),
        description="Limite de receita do MEI no ano, em reais: Relatórios mostra quanto falta. 0: não é MEI.",
    )
    # NoDecode: read here, and not as a list in JSON.
    trusted_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_hosts)] = Field(
        default_factory=tuple,
        description="Nomes com que o navegador chama o estúdio, separados por vírgula. Vazio: só este computador.",
    )
    trusted_proxies: Annotated[int, BeforeValidator(parse_whole(0, 5, "proxies"))] = Field(
        default=0, description="Quantos proxies com TLS (Caddy, nginx…) ficam na frente das páginas. 0: nenhum."
    )
    tls_certificate: File = Field(
        default=None, description="Certificado (PEM) para `estudio web` atender por https sem um proxy na frente."
    )
    tls_key: File = Field(default=None, description="A chave (PEM) desse certificado.")
    public_url: Annotated[str, BeforeValidator(parse_origin)] = Field(
        default="",
        description="Endereço das páginas nos links que vão por e-mail. Vazio: o nome com que o pedido chegou.",
    )
    smtp_host: Annotated[str, BeforeValidator(parse_smtp_host)] = Field(
        default="",
        description="Servidor que envia os e-mails de convite e de senha esquecida. Vazio: nenhum é enviado.",
    )
    smtp_port: Annotated[int, BeforeValidator(parse_whole(1, 65_535, "porta"))] = Field(
        default=587, description="Porta desse servidor: 587 com starttls, 465 com tls."
    )
    smtp_security: Annotated[str, BeforeValidator(parse_security)] = Field(
        default="starttls", description="Como a conexão é protegida: starttls, tls ou none (só na própria máquina)."
    )
    smtp_user: str = Field(default="", description="Com que nome o programa entra no servidor. Vazio: não entra.")
    smtp_password: str = Field(default="", repr=False, description="A senha desse nome.")
    mail_from: Annotated[str, BeforeValidator(parse_sender)] = Field(
        default_factory=find_sender,
        description="De quem são os e-mails. Vazio: SMTP_USER, se for um endereço.",
    )
    reminder_time: Annotated[str, BeforeValidator(parse_reminder)] = Field(
        default="18:00",
        description="Hora do e-mail com o que há amanhã e o que ficou por resolver; antes do meio-dia, hoje. Ou nunca.",
    )
    # NoDecode: read here, and not as a list in JSON.
    alert_addresses: Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_enderecos)] = Field(
        default_factory=tuple,
        repr=False,
        description="Para onde vão os avisos, separados por espaço: e-mails, ou tgram://, slack://, jsons://…",
    )
    alert_quiet_hours: Annotated[str, BeforeValidator(parse_quieto)] = Field(
        default="22:00-08:00",
        description="De que hora a que hora só o que é urgente é entregue. nunca: tudo sai na hora.",
    )
    heartbeat_url: Annotated[str, BeforeValidator(parse_sinal)] = Field(
        default="",
        repr=False,
        description="Endereço chamado enquanto tudo vai bem: quem o vigia avisa quando o estúdio para. Vazio: nenhum.",
    )
    heartbeat_minutes: Annotated[int, BeforeValidator(parse_whole(5, 1_440, "minutos"))] = Field(
        default=60, description="De quantos em quantos minutos HEARTBEAT_URL é chamado."
    )
    google_client_id: str = Field(
        default="", description="Entrar com o Google: o ID do cliente OAuth. Vazio: a porta do Google não aparece."
    )
    google_client_secret: str = Field(
        default="", repr=False, description="O segredo desse cliente. Endereço de retorno: /entrar/google/volta."
    )
    google_discovery_url: str = Field(
        default="https://accounts.google.com/.well-known/openid-configuration",
        description="Onde o Google diz como se entra com ele. Só muda para usar outro provedor OpenID Connect.",
    )
    metrics_token: str = Field(
        default="",
        repr=False,
        description="Segredo com que o Prometheus lê /metrics e /health/extrato. Vazio: só este computador lê.",
    )
    slow_query_ms: Annotated[int, BeforeValidator(parse_whole(0, 600_000, "milissegundos"))] = Field(
        default=500,
        description="Perguntas ao banco que demoram mais são anotadas, sem valores, e vistas em Funcionamento. 0: não.",
    )
    log_level: Annotated[str, BeforeValidator(parse_level)] = Field(
        default="INFO", description="Quanto se escreve no registro: DEBUG, INFO, WARNING, ERROR ou CRITICAL."
    )
    log_dir: Folder = Field(
        default_factory=find_log_dir,
        description="Pasta do registro, um arquivo por parte. Vazio: backend/logs do programa.",
    )
    log_to_file: Flag = Field(
        default=True, description="Escreve o registro em arquivo. Com false, só os avisos na tela."
    )
    log_rotation: Annotated[str, BeforeValidator(parse_rotation)] = Field(
        default=PROGRAMA, description="Quem limita o tamanho do registro: programa ou logrotate. Nunca os dois."
    )

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the pages by https only: by our own certificate, or by that of a proxy."""
        return self.tls_certificate is not None or self.trusted_proxies > 0


_overrides: dict[str, Any] = {}


@cache
def get_settings() -> Settings:
    """Read the settings once per process. Raises ConfiguracaoInvalida for the first that nobody can mean."""
    try:
        return Settings(_secrets_dir=_list_secret_folders(), **_overrides)
    except ValidationError as invalid:
        raise _refuse(invalid) from invalid
    except (UnicodeDecodeError, OSError) as unreadable:
        raise ConfiguracaoInvalida(
            "O arquivo .env da pasta atual não pôde ser lido. Salve-o em UTF-8 e confira as permissões.",
            configuracao=".env",
        ) from unreadable


def reset() -> None:
    """Forget what was read, so that the next look sees the environment as it is then."""
    _overrides.clear()
    get_settings.cache_clear()


def override(**values: object) -> None:
    """For the rest of the process these settings are so, whatever the environment says: the sample studio's are."""
    _overrides.update(values)
    get_settings.cache_clear()


def extend_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that we start: ours, and these besides. (A password never goes into its arguments,
    which every user of the machine can read.)"""
    return {**os.environ, **extra}


def set_tempos_dir(folder: str) -> None:
    """Where the processes of the pages count together: prometheus_client reads it from the environment, as they do."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def get_tempos_dir() -> str | None:
    """What `set_tempos_dir` said to the process that started this one."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def _list_secret_folders() -> list[Path]:
    """Of Docker and of systemd (LoadCredential), where they are. A password in a file is in no list of processes."""
    folders = [Path("/run/secrets"), Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/run/secrets")]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _refuse(invalid: ValidationError) -> ConfiguracaoInvalida:
    first = invalid.errors()[0]
    name = str(first["loc"][0])
    reason = str(first["ctx"]["error"])
    # What is shown nowhere else is not shown here, nor is any address: it may carry a password.
    secret = not Settings.model_fields[name].repr or name.endswith("_url")
    value = "" if secret else f"={first['input']}"
    return ConfiguracaoInvalida(
        f"Configuração {name.upper()}{value} não vale: {reason}. Corrija no .env ou no ambiente.",
        configuracao=name.upper(),
        motivo=reason,
    )

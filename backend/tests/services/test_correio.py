"""Letters, against a mail server on loopback: what arrives, what is refused, and that nobody reads along."""

import ipaddress
import ssl
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from carteiro import Carteiro, open_carteiro
from certificado import write_certificado
from cryptography import x509

from estudio import config
from estudio.domain.errors import ConfiguracaoInvalida, CorreioRecusou
from estudio.services import correio_service
from estudio.services.correio_service import Carta, dispatch, is_configured, send_carta, settle

CARTA = Carta("bia@estudio.example", "Olá, Bia: não é nada", "Uma linha.\n.\nOutra, depois do ponto: ação.\n")


@pytest.fixture
def certificado(tmp_path: Path) -> Path:
    """Of 127.0.0.1, signed by nobody: the certificate and its key in one file."""
    return write_certificado(tmp_path / "carteiro.pem", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


def use(monkeypatch: pytest.MonkeyPatch, carteiro: Carteiro, **settings: str) -> None:
    given = {"smtp_host": "127.0.0.1", "smtp_port": str(carteiro.port), "mail_from": "estudio@estudio.example"}
    for name, value in (given | settings).items():
        monkeypatch.setenv(name.upper(), value)
    config.reset()


def serve_tls(certificado: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificado)
    return context


def test_without_a_server_nothing_is_sent() -> None:
    assert not is_configured()
    with pytest.raises(CorreioRecusou, match="SMTP_HOST"):
        send_carta(CARTA)


def test_a_letter_arrives_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_carteiro(Carteiro()) as carteiro:
        use(monkeypatch, carteiro, smtp_security="none")
        assert is_configured()
        send_carta(CARTA)
        para, carta = carteiro.receive()
    assert para == CARTA.para
    assert carta["Subject"] == CARTA.assunto
    assert carta.get_content().replace("\r\n", "\n") == CARTA.texto
    assert carta["Message-ID"].endswith("@estudio.example>")
    # The server is told the sender's domain, and not how this machine is called.
    assert carteiro.ditos[0] == "ehlo estudio.example"


@pytest.mark.parametrize("desde_o_inicio", [False, True])
def test_a_server_whose_certificate_nobody_signed_gets_no_letter_and_no_password(
    monkeypatch: pytest.MonkeyPatch, certificado: Path, desde_o_inicio: bool
) -> None:
    carteiro = Carteiro(tls=serve_tls(certificado), desde_o_inicio=desde_o_inicio, login=("ana", "segredo"))
    with open_carteiro(carteiro):
        security = "tls" if desde_o_inicio else "starttls"
        use(monkeypatch, carteiro, smtp_security=security, smtp_user="ana", smtp_password="segredo")
        with pytest.raises(CorreioRecusou, match="CERTIFICATE_VERIFY_FAILED"):
            send_carta(CARTA)
        # The same server is believed as soon as whoever keeps this machine says so.
        monkeypatch.setenv("SSL_CERT_FILE", str(certificado))
        send_carta(CARTA)
        assert carteiro.receive()[0] == CARTA.para
    assert len([said for said in carteiro.ditos if said.startswith("AUTH")]) == 1


def test_a_server_that_offers_no_tls_gets_nothing_when_tls_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_carteiro(Carteiro()) as carteiro:
        use(monkeypatch, carteiro)
        with pytest.raises(CorreioRecusou, match="STARTTLS"):
            send_carta(CARTA)
        assert carteiro.cartas.empty()


def test_no_password_goes_in_the_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_carteiro(Carteiro(login=("ana", "segredo"))) as carteiro:
        settings = {"smtp_security": "none", "smtp_user": "ana", "smtp_password": "segredo"}
        use(monkeypatch, carteiro, **settings)
        send_carta(CARTA)
        assert carteiro.receive()[0] == CARTA.para
        # Another name of the same machine, which could be any other.
        use(monkeypatch, carteiro, smtp_host="127.0.0.2", **settings)
        monkeypatch.setattr(correio_service, "SEGUNDOS", 2)
        with pytest.raises(CorreioRecusou):
            send_carta(CARTA)
        assert len([said for said in carteiro.ditos if said.startswith("AUTH")]) == 1


@pytest.mark.parametrize(
    "carta",
    [
        Carta("bia@estudio.example\r\nBcc: ladrao@evil.example", "x", "x"),
        Carta("bia@estudio.example, ladrao@evil.example", "x", "x"),
        Carta("bia@estudio.example", "x\r\nBcc: ladrao@evil.example", "x"),
        Carta("bia@estudio.example", "x\nX: y", "x"),
        Carta("isto não é um endereço", "x", "x"),
        Carta("", "x", "x"),
    ],
)
def test_nothing_begins_a_header_of_its_own(monkeypatch: pytest.MonkeyPatch, carta: Carta) -> None:
    with open_carteiro(Carteiro()) as carteiro:
        use(monkeypatch, carteiro, smtp_security="none")
        with pytest.raises(CorreioRecusou):
            send_carta(carta)
        assert carteiro.cartas.empty()
        assert not any("evil" in said for said in carteiro.ditos)


def test_why_a_server_refused_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_carteiro(Carteiro(recusa=True)) as carteiro:
        use(monkeypatch, carteiro, smtp_security="none")
        with pytest.raises(CorreioRecusou, match=r"550.*aqui nao mora") as refused:
            send_carta(CARTA)
    assert CARTA.para not in str(refused.value)


@pytest.mark.parametrize("despedida", ["421 ocupado", "500 que", "isto nao e SMTP", "", None])
def test_what_the_server_took_it_has_whatever_it_says_to_the_goodbye(
    monkeypatch: pytest.MonkeyPatch, despedida: str | None
) -> None:
    with open_carteiro(Carteiro(despedida=despedida)) as carteiro:
        use(monkeypatch, carteiro, smtp_security="none")
        begun = time.monotonic()
        send_carta(CARTA)
        assert time.monotonic() - begun < correio_service.SEGUNDOS - 5
        assert carteiro.receive()[0] == CARTA.para
        assert carteiro.ditos[-1].upper() == "QUIT"


def test_what_it_did_not_take_is_refused_whatever_it_says_to_the_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_carteiro(Carteiro(recusa=True, despedida="421 ocupado")) as carteiro:
        use(monkeypatch, carteiro, smtp_security="none")
        with pytest.raises(CorreioRecusou, match="550"):
            send_carta(CARTA)


def test_what_was_refused_at_the_desk_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_carteiro(Carteiro()) as carteiro:
        use(monkeypatch, carteiro, smtp_security="none")
        dispatch(lambda: send_carta(Carta("x", "x", "x")))
        dispatch(lambda: send_carta(CARTA))
        assert carteiro.receive()[0] == CARTA.para
        settle()
    dispatch(lambda: send_carta(CARTA))
    settle()


def test_a_desk_that_is_full_takes_no_more_and_stops_nobody() -> None:
    opened, did = threading.Event(), list[int]()

    def wait() -> None:
        opened.wait(30)

    dispatch(wait)
    for number in range(correio_service.MAX_NA_FILA + 20):
        dispatch(partial(did.append, number))
    opened.set()
    settle()
    assert correio_service.MAX_NA_FILA - 1 <= len(did) <= correio_service.MAX_NA_FILA
    assert did == sorted(did)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "estudio.exemplo.com"),
        ("PUBLIC_URL", "https://estudio.exemplo.com/entrar"),
        ("PUBLIC_URL", "https://ana@estudio.exemplo.com"),
        ("PUBLIC_URL", "javascript:alert(1)"),
        ("SMTP_HOST", "smtp.exemplo.com:587"),
        ("SMTP_HOST", "https://smtp.exemplo.com"),
        ("SMTP_PORT", "0"),
        ("SMTP_SECURITY", "talvez"),
        ("MAIL_FROM", "estudio"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("MAIL_FROM", "A <a@b.example>, B <b@b.example>"),
    ],
)
def test_a_setting_that_nobody_can_mean_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    config.reset()
    with pytest.raises(ConfiguracaoInvalida, match=name):
        config.get_settings()


def test_without_a_sender_it_is_who_logs_in_at_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_HOST", "smtp.exemplo.com")
    config.reset()
    assert config.get_settings().mail_from == "estudio@smtp.exemplo.com"
    monkeypatch.setenv("SMTP_USER", "ana@estudio.example")
    config.reset()
    assert config.get_settings().mail_from == "ana@estudio.example"

"""Passwords: which ones are accepted, and the hash that is kept of them (argon2id).

A password is never changed on its way: no trimming, no Unicode normalisation, no other case. What is compared with the
guesses that everybody tries first is a copy. Imports neither Flask nor SQLAlchemy.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from estudio.domain.errors import SenhaInvalida

MINIMO: Final = 12
MAXIMO: Final = 256

# Well above 19 MiB and two passes, and still a tenth of a second; written out, so that a new version of the library
# does not change it without a word.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2, hash_len=32, salt_len=16)

# Each hash takes 64 MiB: as many as a small machine has processors, and whoever comes next waits.
_AO_MESMO_TEMPO: Final = BoundedSemaphore(2)

# What a guesser tries before anything else, as parts to be put together: the words below, the keyboard's rows, runs,
# years, what belongs to the person. A list of ten thousand ready passwords would still miss `Estudio@2031!`.
_PALAVRAS: Final = frozenset(
    re.findall(
        r"[a-z0-9]+",
        """
        senha senhas minhasenha password passwd passw pass admin administrador root teste test mudar trocar
        mudarsenha guest usuario user login entrar acesso access segredo secret master mestre chefe dono owner
        sistema system servidor server computador bemvindo welcome oi ola hello abc teste123 padrao default
        temporaria provisoria nova qwerty asdf zxcv estudio studio tattoo tatto tatuagem tatuador tatuadora tatuar
        tattooo tinta ink agulha maquina caveira rosa dragao piercing amor amore love teamo iloveyou paixao vida
        feliz felicidade saudade deus jesus cristo senhor maria jose fe paz anjo brasil brazil paulo saopaulo rio
        janeiro bahia minas curitiba flamengo corinthians palmeiras santos vasco gremio internacional cruzeiro
        atletico botafogo fluminense timao mengao futebol campeao copa mundo neymar pele ronaldo ana bia bruno caio
        carlos carla daniel davi dora eduardo felipe fernanda gabriel gabriela gustavo helena isabela joao julia
        juliana laura leonardo leticia lucas luiz luiza marcelo marcos mariana matheus miguel paula pedro rafael
        renata ricardo rodrigo silva souza oliveira sofia thiago vitor vinicius familia filho filha mamae papai mae
        pai princesa princess gatinha gata lindo linda bebe dinheiro money caixa banco bank pix cartao empresa loja
        trabalho cachorro gato cavalo leao tigre dragon monkey macaco football baseball batman superman pokemon
        starwars shadow sunshine letmein trustno flower michael jordan fevereiro marco abril maio junho julho agosto
        setembro outubro novembro dezembro verao inverno segunda terca quarta quinta sexta sabado domingo
        """,
    )
)
_LIGACOES: Final = frozenset({"de", "do", "da", "dos", "das", "e", "meu", "minha", "o", "a", "the", "my"})
_FILEIRAS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjklc",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb",
    "!@#$%^&*()_+",
)
_TROCAS: Final = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_ANO: Final = re.compile(r"(?:19|20)\d\d")

# In half characters: a character nobody foresees costs 2 and so does a whole guessable part; punctuation costs 1.
_CUSTO_MINIMO: Final = 10


def ensure_senha(senha: str, *, pessoais: Iterable[str] = ()) -> None:
    """Accept a new password or raise SenhaInvalida with what to do.

    `pessoais` are words that a guesser would know of this person: name, e-mail, the studio's name.
    """
    if len(senha) < MINIMO:
        raise SenhaInvalida(
            sentence="A senha tem {tem} caracteres e precisa de pelo menos {minimo}. Uma frase curta serve.",
            tem=len(senha),
            minimo=MINIMO,
            motivo="curta",
            campo="senha",
        )
    if len(senha) > MAXIMO:
        raise SenhaInvalida(
            sentence="A senha passa de {maximo} caracteres. Escolha uma menor.",
            maximo=MAXIMO,
            motivo="longa",
            campo="senha",
        )
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", senha):
        raise SenhaInvalida(
            "A senha tem um caractere que não se digita. Digite-a de novo.", motivo="caractere", campo="senha"
        )
    words = {part for word in pessoais for part in re.split(r"[^a-z0-9]+", _fold(word)) if len(part) > 2}
    if _cost(_fold(senha), _PALAVRAS | words) < _CUSTO_MINIMO:
        raise SenhaInvalida(
            "Essa senha é das primeiras que alguém tentaria: palavras comuns, nomes, anos ou teclas em fila. "
            "Junte três ou quatro palavras que só você juntaria.",
            motivo="comum",
            campo="senha",
        )


def hash_senha(senha: str) -> str:
    """What is kept of a password: argon2id, its parameters and its salt within."""
    with _AO_MESMO_TEMPO:
        return _HASHER.hash(senha)


@cache
def get_hash_of_nobody() -> str:
    """What a password is held against where there is none, so that looking at it takes as long."""
    return hash_senha(secrets.token_urlsafe(32))


def is_senha(senha: str, hash_guardado: str) -> bool:
    """Whether this is the password of that hash."""
    try:
        with _AO_MESMO_TEMPO:
            return _HASHER.verify(hash_guardado, senha)
    except (VerificationError, InvalidHashError):
        return False


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _cost(text: str, words: frozenset[str]) -> int:
    """How much of a password is left when its guessable parts are cheap: the cheapest way of putting it together."""
    unit = _find_unit(text)
    plain = unit.translate(_TROCAS)
    costs = [0]
    for end in range(1, len(unit) + 1):
        character = unit[end - 1]
        cheapest = costs[end - 1] + (2 if character.isalnum() else 1)
        for start in range(max(0, end - 24), end - 1):
            if costs[start] + 1 < cheapest:
                part = _part_cost(unit[start:end], plain[start:end], words)
                cheapest = min(cheapest, costs[start] + part)
        costs.append(cheapest)
    return costs[-1]


def _part_cost(part: str, plain: str, words: frozenset[str]) -> int:
    if part in _LIGACOES:
        return 1
    guessable = part in words or plain in words or _ANO.fullmatch(part) or (len(part) > 2 and _is_run(part))
    return 2 if guessable else 2 * len(part)


def _is_run(part: str) -> bool:
    return len(set(part)) == 1 or any(part in row or part in row[::-1] for row in _FILEIRAS)


def _find_unit(text: str) -> str:
    """`maria7maria7` is no better than `maria7`: the shortest part that, repeated, gives the whole."""
    length = (text + text).find(text, 1)
    return text[:length]

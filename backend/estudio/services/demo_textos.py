"""What the sample studio is made of: people who do not exist, what they had tattooed, what was bought. No code here."""

from typing import Final

ESTUDIO: Final = "Estúdio Agulha & Lua (exemplo)"

ARTISTAS: Final = (
    ("Helena Prado", 0),
    ("Téo Vasconcelos", 4000),
    ("Yara D'Ávila", 3550),
    ("Núbia Conceição", 0),
)
"""Name and share in hundredths. The first one owns the studio; the last one is learning and earns nothing yet."""

USUARIOS: Final = (
    ("Helena Prado", "helena@exemplo.com", "dono", 0),
    ("Otávio Bastos", "recepcao@exemplo.com", "recepcao", None),
    ("Téo Vasconcelos", "teo@exemplo.com", "artista", 1),
    ("Contábil Souto & Filhas", "contador@exemplo.com", "contador", None),
)
"""Name, e-mail, papel, which of the artistas."""

SENHA: Final = "girassol bordado violino"
"""Of all four, and of nobody else: the sample is served to this machine alone (cli/web.py)."""

NOMES: Final = (
    "Abigail",
    "Álvaro",
    "Amália",
    "Anísio",
    "Benício",
    "Berenice",
    "Breno",
    "Cássia",
    "Célio",
    "Cibele",
    "Conceição",
    "Dáfne",
    "Edmundo",
    "Élida",
    "Érico",
    "Estêvão",
    "Flora",
    "Gaspar",
    "Graça",
    "Hermínia",
    "Iara",
    "Inácio",
    "Ítalo",
    "Janaína",
    "Jerônimo",
    "Jussara",
    "Lázaro",
    "Leôncio",
    "Lúcia",
    "Magnólia",
    "Marília",
    "Moacir",
    "Nádia",
    "Noêmia",
    "Olímpia",
    "Otília",
    "Perpétua",
    "Quitéria",
    "Raimunda",
    "Régis",
    "Saulo",
    "Solange",
    "Tânia",
    "Tarcísio",
    "Úrsula",
    "Valquíria",
    "Vívian",
    "Zélia",
)
SOBRENOMES: Final = (
    "Abranches",
    "Aragão",
    "Araújo",
    "Bragança",
    "Brandão",
    "Camargo",
    "Cândido",
    "Coimbra",
    "Damásio",
    "Espíndola",
    "Falcão",
    "Frazão",
    "Galvão",
    "Guimarães",
    "Jordão",
    "Lobão",
    "Magalhães",
    "Marçal",
    "Muniz",
    "Nóbrega",
    "Paixão",
    "Peçanha",
    "Quintão",
    "Rondão",
    "Sampaio",
    "Simão",
    "Tavares",
    "Uchôa",
    "Valadão",
    "Xavier",
)
CLIENTES_DIFICEIS: Final = (
    'Zé "Trovão" Nogueira',
    "D'Artagnan O'Neill Sá",
    "Ana-Luz; a do piercing",
    "Ítalo 🦋 Borges",
    "=Igor Matoso",
    "João Antônio Açucena de Sant'Anna e Albuquerque Neto",
)
"""Names as people give them: quotes, apostrophes, a semicolon, an emoji, what spreadsheets take for a formula."""

TATUAGENS: Final = (
    "Fechamento de braço, 2ª sessão",
    "Flor de cerejeira no ombro",
    'Frase: "só por hoje"',
    "Gato preto 🐈‍⬛ na panturrilha",
    "Cobertura de tatuagem antiga; parte 1",
    "Retoque",
    "Mandala nas costas; sessão longa",
    "Fineline: ramo de oliveira 🌿",
    "Old school: andorinha e âncora ⚓",
    "Retrato do avô (referência no WhatsApp)",
    "Blackwork — antebraço inteiro",
    'Nome da filha: "Maitê"',
    "Borboleta 3D 🦋",
    "Aquarela; pediu cores frias",
    "Caveira mexicana 💀",
    "Leão & coroa, realismo",
    "Trocou o desenho na hora; gostou mais",
    "Cliente veio com a mãe (autorização assinada)",
    'Pagou metade antes, "sinal"',
)
AVULSOS: Final = (
    "Piercing no nariz",
    "Flash de sexta-feira 13 👻",
    "Troca de joia",
    "Mini tattoo: coração ❤️",
    "Piercing; levou a joia de titânio",
    None,
)

GASTOS_DO_MES: Final = (
    (5, "Aluguel da sala", "aluguel", "transferencia", (310000, 310000)),
    (8, "Contador", "outros", "pix", (45000, 45000)),
    (10, "Luz; conta de energia", "contas", "debito", (28000, 61000)),
    (12, 'Internet 500 "mega"', "contas", "debito", (11990, 11990)),
    (15, "Água", "contas", "debito", (9000, 16000)),
    (20, "DAS - Simples Nacional", "impostos", "transferencia", (60000, 140000)),
    (25, "Faxina", "limpeza", "pix", (36000, 36000)),
)
"""Day, what for, categoria, forma, from … to centavos: every month."""

RECORRENTES: Final = (
    (5, "Aluguel da sala", "aluguel", "transferencia", 310000, 1),
    (28, "Seguro do estúdio", "outros", "debito", 18990, 0),
)
"""Day of the month, what for, categoria, forma, centavos, from which month on: 0 is this one, whose draft waits."""

GASTOS_AVULSOS: Final = (
    ("Agulhas e cartuchos", "material", (18000, 52000)),
    ("Tintas: preto & cinza", "material", (22000, 68000)),
    ("Luvas, papel toalha; plástico filme", "material", (9000, 24000)),
    ("Anúncio no Instagram", "marketing", (10000, 40000)),
    ("Café, água e balas ☕", None, (4000, 12000)),
    ("Manutenção da máquina rotativa", "equipamento", (15000, 60000)),
    ("Maca nova", "equipamento", (89000, 189000)),
    ("Descarte de material (lixo infectante)", "limpeza", (12000, 12000)),
)

ITENS: Final = (
    ("Agulha 3RL (caixa)", 12, 6),
    ("Agulha 7M1 (caixa)", 8, 6),
    ("Cartucho 9RS (caixa)", 10, 6),
    ("Tinta preta 240 ml", 9, 4),
    ('Tinta "sumi" cinza claro', 5, 3),
    ("Tinta vermelha 30 ml", 6, 3),
    ("Luva nitrílica M (caixa)", 14, 8),
    ("Luva nitrílica P (caixa)", 9, 8),
    ("Papel toalha (fardo)", 7, 5),
    ("Plástico filme (rolo)", 11, 6),
    ("Vaselina 500 g", 4, 3),
    ("Pomada cicatrizante", 18, 10),
    ("Joia de titânio 16G", 25, 12),
)
"""Name, how many are there on the first day, below how many it is low."""

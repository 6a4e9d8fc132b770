"""The words that an export's titles are made of, in the languages of the service: season, part, episode, and numbers.

Words alone; how a title is put together is known in ``titles``. All are compared folded: without case, accents and the like.
"""

from __future__ import annotations

import re
import unicodedata

_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10}
_ROMAN = re.compile(r"(?=.)x{0,3}(?:ix|iv|v?i{0,3})")


def fold(text: str) -> str:
    """The text without case, accents and width, blanks made single: what is compared with the words below."""
    letters = (sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return " ".join("".join(letters).split())


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split(", "))


# With a number these are a season wherever they stand: no film is called "Season 2".
SEASON_WORDS = _folded(
    "season, series, temporada, saison, staffel, stagione, seizoen, sezon, sezonul, sezona, sezóna, kausi, säsong, sæson, "
    "sesong, évad, série, serie, řada, сезон, σεζόν, κύκλος, hooaeg, sezonas, sezona, musim, mùa, phần, "
    "시즌, シーズン, ซีซั่น, ซีซัน, ฤดูกาล, الموسم, עונה, सीज़न"
)

# A whole series of one season, which therefore bears no number.
ONE_SEASON = _folded(
    "limited series, mini-series, mini series, miniseries, serie limitada, série limitada, miniserie, minissérie, minisérie, "
    "série limitée, mini-série, mini série, miniserie tv, serie limitata, limitierte serie, beperkte serie, begränsad serie, "
    "begrænset serie, begrenset serie, miniserial, serial limitowany, minisarja, minisorozat, minisérie, limitovaná série, "
    "serie limitată, mini dizi, sınırlı seri, мини-сериал, минисериал, обмежений серіал, μίνι σειρά, seri terbatas, "
    "리미티드 시리즈, リミテッドシリーズ, 限定シリーズ, 迷你剧, 限定剧, 限定剧集, 迷你影集, مسلسل قصير, סדרה מוגבלת"
)

# A season of its own name; which one is not said.
LAST_SEASON = _folded(
    "final season, the final season, temporada final, última temporada, la última temporada, saison finale, finale staffel, "
    "die finale staffel, stagione finale, ostatni sezon, laatste seizoen, última temporada"
)

# With a number these may be a season or belong to a film's or an episode's name: only what follows tells.
PART_WORDS = _folded(
    "part, pt, pt., parte, partie, teil, deel, część, czesc, osa, del, díl, časť, rész, kısım, часть, частина, "
    "μέρος, bagian, 파트, パート, "
    "volume, vol, vol., volumen, volumul, tome, tomo, tom, svazek, niteet, cilt, том, 볼륨, "
    "chapter, capítulo, chapitre, kapitel, capitolo, hoofdstuk, rozdział, kapittel, luku, kapitola, fejezet, глава, κεφάλαιο, "
    "book, libro, livre, buch, boek, księga, livro, bok, bog, kirja, kniha, könyv, kitap, книга, βιβλίο, "
    "collection, colección, coleção, sammlung, collezione, collectie, kolekcja, samling, kokoelma, kolekce, коллекция, "
    "act, acto, acte, akt, atto, akte"
)

# With a number and as the beginning of an episode's name these give the episode's number.
CHAPTER_WORDS = _folded(
    "chapter, capítulo, chapitre, kapitel, capitolo, hoofdstuk, rozdział, kapittel, luku, kapitola, fejezet, глава, κεφάλαιο"
)
EPISODE_WORDS = _folded(
    "episode, ep, ep., episodio, episódio, épisode, folge, aflevering, odcinek, afsnit, avsnitt, avsnit, jakso, bölüm, epizóda, "
    "epizoda, epizód, epizod, episodul, episod, díl, rész, серия, эпизод, серія, επεισόδιο, tập, ตอนที่, ตอน, エピソード, "
    "에피소드, الحلقة, פרק, एपिसोड"
)

_UNITS = {
    "one un uno una um uma une eins ein een één jeden jedna en ett yksi bir": 1,
    "two deux dos due dois duas zwei twee dwa to två kaksi iki": 2,
    "three trois tres tre três drei drie trzy tre kolme üç": 3,
    "four quatre cuatro quattro quatro vier cztery fire fyra neljä dört": 4,
    "five cinq cinco cinque fünf vijf pięć fem viisi beş": 5,
    "six seis sei sechs zes sześć seks sex kuusi altı": 6,
    "seven sept siete sette sete sieben zeven siedem syv sju seitsemän yedi": 7,
    "eight huit ocho otto oito acht osiem otte åtta kahdeksan sekiz": 8,
    "nine neuf nueve nove neun negen dziewięć ni nio yhdeksän dokuz": 9,
    "ten dix diez dieci dez zehn tien dziesięć ti tio kymmenen": 10,
    "eleven onze once undici elf jedenaście": 11,
    "twelve douze doce dodici doze zwölf twaalf dwanaście": 12,
    "thirteen treize trece tredici treze dreizehn dertien": 13,
    "fourteen quatorze catorce quattordici catorze vierzehn veertien": 14,
    "fifteen quinze quince quindici quinze fünfzehn vijftien": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_ENGLISH_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_EAST_ASIAN = {sign: value for value, sign in enumerate("〇一二三四五六七八九十")}
_ENGLISH_UNITS = "one two three four five six seven eight nine"
_NUMBERS: dict[str, int] = {fold(word): value for words, value in _UNITS.items() for word in words.split()}
_NUMBERS |= ORDINALS | _ENGLISH_TENS | {fold(sign): value for sign, value in _EAST_ASIAN.items()}
_NUMBERS |= {
    f"{ten}{link}{unit}": tens + value
    for ten, tens in _ENGLISH_TENS.items()
    for value, unit in enumerate(_ENGLISH_UNITS.split(), start=1)
    for link in ("-", " ")
}


def read_number(text: str) -> int | None:
    """The number that a folded text is: digits, a number word, Roman numerals below 40; ``None`` for no number."""
    if text.isdecimal():
        return int(text) if len(text) <= 5 else None
    if text in _NUMBERS:
        return _NUMBERS[text]
    if _ROMAN.fullmatch(text):
        values = [_ROMAN_VALUES[sign] for sign in text]
        following = [*values[1:], 0]
        return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
    return None

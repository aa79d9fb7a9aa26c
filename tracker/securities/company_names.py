"""The names of companies as readers know them: `Odyssey Marine Exploration Inc`, not `ODYSSEY MARINE EXPLORATION INC`.

An exchange names the security: `Acme Corp. Class A Common Stock`. Without the words for the security that is the
company's own form, and it is used as it stands. Filings, SEC's lists and the fails-to-deliver files mostly write in
capitals; those are written anew, word by word, as the exchanges would:

- words that cannot be pronounced (TRX, ABVC) and words of three letters that are no English words (ABM, ICU) are
  initials and stay as they are; so do Roman numbers, forms like LLC, LP and ETF, and words with a digit or `&` in them;
- `Mc` and `O'` are followed by a capital; `and`, `of` and the like are small within a name;
- a state in slashes (`/DE/`) names no company and is left out.

A longer word in capitals may still be initials (AMTD); nothing shows it. A name is for readers:
identity is the CUSIP. Names are compared in `ticker_contests` alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

_SECURITY = re.compile(
    r"\b(?:Common (?:Stock|Shares?|Units?)|Ordinary Shares?|American Depositary|Depositary (?:Shares?|Receipts?)|ADSs?|"
    r"ADRs?|(?:(?:Subordinate|Restricted|Limited|Multiple) )?Voting Shares?|Shares? of Beneficial|Capital Stock|"
    r"Units?,? each)\b.*$",
    re.IGNORECASE,
)
_QUALIFIER = re.compile(
    r"[\s,\-–]+(?:(?P<class>(?:Class|Series) [A-Z](?:-?\d)?)|New|Registered|Sponsored|Non-Voting|Voting)$",
    re.IGNORECASE,
)
_BARE_CLASS = re.compile(r"[\s,\-]+(?P<class>(?:Class|CL|Series) [A-Z])(?: (?:Shares?|Stock))?$", re.IGNORECASE)
# the fails-to-deliver files and SEC's official list: ODYSSEY MARINE EXPLORATION COM NEW
_TITLE = re.compile(
    r"\s+(?:COM|COMMON|COM STK|ORD|ORD SHS|SHS|SHS NEW|COM NEW|COM PAR \S+|SPON(?:SORED|S)? AD[RS]|AD[RS]|NEW)\s*$"
)
_PLACE = re.compile(r"\s*[/\\]\s*(?:[A-Z]{2,4}\s*[/\\]?)?$")
_PART = re.compile(r"[A-Za-z0-9&']+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FORMS = _words(
    """
    LLC LP LLP PLC ETF ETN REIT USA US UK UAE EU AG SE NV SA AB ASA BV KK NA AI IT TV EV HQ DNA RNA ADR ADS SPAC
    IBM AMC AMD AES ADT AOL BHP HSBC NYSE UBS USCB SAB CV
    """
)
_SHORT = _words(
    """
    ACE ACT ADD AGE AID AIR ALL ALT AM AN AND ANT APE APP ARC ARK ARM ART AS ASH ASK AT ATE AXE BAD BAG BANC BAR
    BAY BE BED BEE BEN BET BIG BIO BIT BK BNCRP BNCSHS BOX BOY BUS BUY BY CAB CAN CAP CAR CAT CO COM COW CRY
    CTLS CUP CUT DA DAN DAY DE DEN DI DO DOG DON DOT DOW DR DRY DU DUO EAR EAT ECO EGG EGO EL ELI ELM END ERA
    EYE FAN FAR FAX FD FDS FIT FIX FLY FOR FOX FT FUN FUR GAP GAS GEL GEM GEO GET GIG GO GOD GP GRP GUM GUN GYM
    HAT HE HIP HIT HLDG HLDGS HOP HOT HUB HUT ICE IF ILL IN INC INK INN INTL ION IRA IS IVY JAM JET JIM JOB JOE
    JOG JOY JR KAY KEN KEY KID KIT LA LAB LAM LAS LAW LE LED LEE LEG LEN LEO LET LIP LIT LOG LOS LOT LOW LTD LUX
    MAD MAN MAP MAX ME MED MEN MET MFG MID MIX MOB MT MTG MY NATL NED NET NEW NEX NO NOR NOT NOW NUT OAK OF OFF
    OH OIL OLD ONE OPT OR ORE OUR OUT OWL OWN PAC PAL PAN PAY PEG PEN PEP PET PIE PIN PIT POP POT POW PPTYS PRO
    PRTNRS PTNRS PUB PWR RAD RAM RAW RAY RED RIG RIM RIO RLTY ROC ROD RON ROW ROY RUE RUN SAM SAN SEA SET SEX SHE SHS
    SIX SKI SKY SO SON SPA SR ST STK STL SUM SUN SVC SVCS SVGS TAB TAG TAL TAP TAX TEA TED TEN TEX THE TIE TIM
    TIN TIP TO TOM TOP TOY TR TRI TRST TWO UP URN USE VAL VAN VET VIA WAR WAY WE WEB WET WIN WIT YOU ZEN ZIP ZOO
    """
)
_SMALL = _words("AND OF THE FOR IN ON AT BY TO DE DEL DU LA VON VAN DER")
_LEGAL = _words(
    """
    corp corporation inc incorporated ltd limited plc co company llc lp sa nv ag se ab spa de cv bv as asa oyj
    tbk the and of
    """
)
# SEC's list: Energy Services of America CORP
_FORM_IN_CAPITALS = re.compile(r"\b(?:CORP|CORPORATION|INC|INCORPORATED|LTD|LIMITED|CO|COMPANY)(?=[.,]?$)")
_ROMAN = re.compile(r"(?=[IVX])(?:X{0,3})(?:IX|IV|V?I{0,3})$")
_INITIALS = re.compile(r"(?:[A-Z]\.)+[A-Z]?\.?,?$")
_MOST_CHARACTERS = 500  # of a name
_LONG = 5  # letters of a word in capitals that shows a name to be written in capitals throughout
_KNOWN = {
    "JPMORGAN": "JPMorgan",
    "BLACKROCK": "BlackRock",
    "ISHARES": "iShares",
    "PROSHARES": "ProShares",
    "EBAY": "eBay",
}
# a word of up to five letters that begins or ends otherwise is no word
_BEGINS = re.compile(
    r"[^AEIOUY]?(?:[AEIOUY]|$)|(?:BL|BR|CH|CL|CR|CZ|DJ|DR|DW|FJ|FL|FR|GH|GL|GN|GR|HJ|KH|KL|KN|KR|KW|LL|PF|PH|PL|PR|PS|"
    r"RH|SC|SCH|SCR|SH|SHR|SK|SL|SM|SN|SP|SPH|SPL|SPR|SQ|ST|STR|SV|SW|SZ|TH|THR|TR|TS|TW|VL|WH|WR|ZH|ZW)[AEIOUY]"
)
_ENDS = re.compile(
    r"(?:[AEIOUY][^AEIOUY]{0,2}|CHS|CKS|CTS|FTH|FTS|GHS|GHT|HLS|HNS|KKS|LCH|LDS|LKS|LLS|LMS|LPH|LPS|LTH|LTS|MBS|MPS|MPT|"
    r"NCH|NDS|NGS|NKS|NST|NTH|NTS|NTZ|PHS|PTS|RCH|RDS|RKS|RLD|RLS|RMS|RNS|RPS|RSH|RST|RTH|RTS|RTZ|SCH|SHS|SKS|STS|TCH|"
    r"THS|TTS|TTZ|TZS|WNS)$"
)


def display(names: pl.Series) -> pl.Series:
    """`names`, of an exchange or as filed, for readers; null for null and blank ones.

    The class of a share stays where `names` has several classes of one company.
    """
    given = names.unique().drop_nulls()
    parts = [_parts(name) for name in given]
    schema = {"given": pl.String, "company": pl.String, "class": pl.String}
    known = pl.DataFrame([(name, *part) for name, part in zip(given, parts, strict=True)], schema=schema, orient="row")
    several = pl.col("class").drop_nulls().n_unique().over("company") > 1
    known = known.with_columns(
        pl.when(several, pl.col("class").is_not_null())
        .then(pl.col("company") + " " + pl.col("class"))
        .otherwise("company")
        .alias("display")
    )
    return names.replace_strict(known["given"], known["display"], default=None, return_dtype=pl.String)


@lru_cache(maxsize=65536)
def _parts(name: str) -> tuple[str | None, str | None]:
    """The company's name, and the class of the share if the name states one."""
    text, share_class = _one_line(name), None
    security = _SECURITY.search(text, 1)
    if security:
        text = text[: security.start()].rstrip(" ,-–")
        while (match := _QUALIFIER.search(text)) and match.start():
            text, share_class = text[: match.start()], match["class"] or share_class
    elif (match := _BARE_CLASS.search(text)) and match.start():
        text, share_class = text[: match.start()], match["class"]
    text = re.sub(r"\s*\((?:The|THE)\)$", "", text.rstrip(" ,-"))
    text = _PLACE.sub("", text) or text
    text = titled(text)
    if share_class:
        share_class = f"Class {share_class.split()[-1].upper()}"
    return text or None, share_class


def _one_line(name: str) -> str:
    """A name with single blanks, and short enough for patterns that try each run of blanks anew."""
    return " ".join(name.split())[:_MOST_CHARACTERS].rstrip()


def titled(name: str) -> str:
    """One name that a filing gives, written anew if it is in capitals; of any other only the legal form."""
    name = _one_line(name)
    if is_shouted(name):
        return _titled(_TITLE.sub("", _PLACE.sub("", name)) or name)
    return _FORM_IN_CAPITALS.sub(lambda form: form[0].capitalize(), name)


def is_shouted(name: str) -> bool:
    """Whether a name is written in capitals, apart from its legal form: `BLACKBERRY Ltd`."""
    words = [word for word in re.findall(r"[A-Za-z][A-Za-z']*", name) if word.lower() not in _LEGAL]
    if any(word != word.upper() for word in words):
        return False
    # `FIGS, Inc.` is how a company writes itself, `DANA Inc` how SEC's list does
    return name == name.upper() or any(len(word) >= _LONG for word in words) or not re.search("[.,]", name)


def _titled(name: str) -> str:
    words = name.split()
    inner = range(1, len(words) - 1)
    return " ".join(_titled_word(word, is_inner=place in inner) for place, word in enumerate(words))


def _titled_word(word: str, *, is_inner: bool) -> str:
    bare = word.strip(".,()")
    if bare.lower() in ("inc", "corp", "ltd", "co", "plc") and bare != bare.upper():
        return word
    if _INITIALS.match(word):
        return word
    if is_inner and bare in _SMALL:
        return word.lower()
    if bare.endswith((".COM", ".AI", ".IO", ".NET", ".ORG")):
        head, _, tail = word.rpartition(".")
        return f"{_PART.sub(lambda match: _titled_part(match[0]), head)}.{tail.lower()}"
    return _PART.sub(lambda match: _titled_part(match[0]), word)


def _titled_part(part: str) -> str:
    """One run of letters and digits."""
    if part in _FORMS or _ROMAN.match(part) or len(part) == 1:
        return part
    if "'" in part:
        before, _, after = part.partition("'")
        return f"{before}'{after.capitalize()}" if len(before) == 1 else f"{_titled_part(before)}'{after.lower()}"
    if re.search(r"[0-9&]", part):
        if re.fullmatch(r"\d+(?:ST|ND|RD|TH)", part):
            return part.lower()
        return re.sub("[A-Z]{4,}", lambda match: match[0].capitalize(), part)
    if part in _KNOWN:
        return _KNOWN[part]
    if part in _SHORT:
        return part.capitalize()
    if len(part) <= 3 or not re.search("[AEIOUY]", part):
        return part
    if len(part) <= _LONG and not (_BEGINS.match(part) and _ENDS.search(part)):
        return part
    if re.match(r"MC[A-Z]{3}", part):
        return f"Mc{part[2:].capitalize()}"
    return part.capitalize()

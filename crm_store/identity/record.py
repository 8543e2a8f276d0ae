"""One client as one source has him, normalised: what is compared.

Phones, mailboxes, WeChat ids and streets are compared for being equal only, so they may stand
here as keyed hashes (the online index) or as they are (a file that is read in bulk).
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CompanyName:
    """上海康源医疗器械有限公司 → 上海, 康源, 医疗器械, 有限公司."""

    place: str = ""
    """The city or province in the name, as the region table writes it; empty: none is in it."""
    brand: str = ""
    """What sets the firm apart."""
    trade: str = ""
    suffix: str = ""
    """The legal form."""
    unit: str = ""
    """集团, 分公司, 运营中心 …: which part of a house it is; empty for the house itself."""

    def __reduce__(self) -> tuple[type["CompanyName"], tuple[str, ...]]:
        return CompanyName, (self.place, self.brand, self.trade, self.suffix, self.unit)

    @property
    def core(self) -> str:
        """Brand and trade: what is searched by."""
        return self.brand + self.trade


@dataclass(frozen=True, slots=True)
class Record:
    """Empty means not known. Texts are folded: width, case, script, blanks."""

    name: str = ""
    """The person, without title."""
    sound: str = ""
    """The person's name as it sounds: homophones are alike."""
    company: CompanyName | None = None
    company_sound: str = ""
    """The company's core as it sounds."""
    phones: tuple[str, ...] = ()
    """E.164 without extensions."""
    emails: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    """The mailboxes' domains that are a firm's own: free mail is left out."""
    wechats: tuple[str, ...] = ()
    credit_code: str = ""
    """统一社会信用代码, checked; else empty. Characters 9 to 17 name the organisation."""
    city: str = ""
    district: str = ""
    street: str = ""
    """The rest of the address, folded."""
    legal_person: str = ""
    ip: str = ""
    at: datetime | None = None
    """When it came: the same ip counts for some days only."""

    def __reduce__(self) -> tuple[type["Record"], tuple[object, ...]]:
        """Hundreds of thousands go from one process to another: twice as fast as by itself."""
        return Record, (
            self.name, self.sound, self.company, self.company_sound, self.phones, self.emails,
            self.domains, self.wechats, self.credit_code, self.city, self.district, self.street,
            self.legal_person, self.ip, self.at,
        )  # fmt: skip

    @property
    def organisation(self) -> str:
        return self.credit_code[8:17]
